using System.Text;
using StreamActors.Hocon;

namespace StreamActors.Host.Tests.Hocon;

/// <summary>Reads a document, and shows a value as JSON, so that tests compare text.</summary>
internal static class HoconTestExtensions
{
    public static HoconObject Read(string text, HoconReaderOptions? options = null) =>
        HoconReader.ReadText(text, "test.conf", options ?? HoconReaderOptions.None);

    public static string ToJson(this HoconValue value) => value switch
    {
        HoconObject fields => "{" + string.Join(",", fields.Fields.Select(field => $"{HoconText.Quote(field.Key)}:{field.Value.ToJson()}")) + "}",
        HoconArray array => "[" + string.Join(",", array.Items.Select(ToJson)) + "]",
        HoconScalar { Kind: HoconScalarKind.String } text => HoconText.Quote(text.Text),
        HoconScalar other => other.Text,
        _ => throw new InvalidOperationException(),
    };

    public static HoconReaderOptions Environment(params (string Name, string Value)[] variables) => new()
    {
        Environment = name => variables.FirstOrDefault(variable => variable.Name == name).Value,
    };

    public static string Bytes(byte[] bytes) => Convert.ToHexString(bytes) + " " + Encoding.Latin1.GetString(bytes);
}
