using System.Reflection;
using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>
/// Merges the sources (<c>reference.conf</c>, the file of <c>--config</c>, environment, <c>-o</c>, other options, SOURCE; a
/// later one overrides) and checks every value. What is wrong stops the start.
/// </summary>
public static class SettingsLoader
{
    /// <summary>What origins call the built-in settings.</summary>
    internal const string ReferenceName = "reference.conf";

    /// <summary>Loads the settings.</summary>
    /// <param name="sources">Where they come from.</param>
    /// <exception cref="SettingsException">A source can't be read, or a setting is unknown or wrong.</exception>
    public static StreamActorsSettings Load(SettingsSources sources)
    {
        try
        {
            var reference = ReadReference();
            return SettingsBinder.Bind(Merge(sources, reference, new SettingNames(reference)));
        }
        catch (HoconException cause)
        {
            throw new SettingsException(cause);
        }
    }

    /// <summary>The settings and defaults that are built in.</summary>
    internal static HoconObject ReadReference()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(ReferenceName)!;
        using var reader = new StreamReader(resource);
        return HoconReader.ReadText(reader.ReadToEnd(), ReferenceName, HoconReaderOptions.None);
    }

    private static HoconObject Merge(SettingsSources sources, HoconObject reference, SettingNames names)
    {
        var merged = reference;
        if (sources.ConfigFile is not null)
        {
            var options = new HoconReaderOptions { Environment = sources.Environment.GetValueOrDefault, Fallback = reference };
            var file = HoconReader.ReadFile(sources.ConfigFile, options);
            names.RefuseUnknown(file);
            if (sources.Source is not null)
                VolumesBinder.RefuseRoot(file);
            merged = file.WithFallback(merged);
        }

        merged = EnvironmentVariables.Read(sources.Environment, names).WithFallback(merged);
        merged = MountOptions.Read(sources.MountOptions, names).WithFallback(merged);
        if (sources.Layout is not null)
        {
            var layout = HoconScalar.Unquoted(HoconOrigin.Of("--layout"), sources.Layout);
            merged = HoconObject.Single("layout", layout).WithFallback(merged);
        }

        merged = ClusterBinder.OfOptions(sources.Cluster).WithFallback(merged);
        return sources.Source is null ? merged : VolumesBinder.OfSource(sources.Source).WithFallback(merged);
    }
}
