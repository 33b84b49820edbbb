using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace StreamActors.Hocon.Configuration;

/// <summary>
/// Flattens a document to the keys of Microsoft.Extensions.Configuration: path elements joined by colons, elements
/// of arrays by their number.
/// </summary>
internal sealed class HoconConfigurationProvider(Func<HoconObject> read) : ConfigurationProvider
{
    public override void Load()
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in read().Fields)
            Flatten(data, field.Key, field.Value);

        Data = data;
    }

    private static void Flatten(Dictionary<string, string?> data, string path, HoconValue value)
    {
        switch (value)
        {
            case HoconObject fields:
                foreach (var field in fields.Fields)
                    Flatten(data, ConfigurationPath.Combine(path, field.Key), field.Value);
                break;

            case HoconArray array:
                for (var i = 0; i < array.Items.Count; i++)
                    Flatten(data, ConfigurationPath.Combine(path, i.ToString(CultureInfo.InvariantCulture)), array.Items[i]);
                break;

            case HoconScalar scalar:
                data[path] = scalar.Kind == HoconScalarKind.Null ? null : scalar.Text;
                break;
        }
    }
}
