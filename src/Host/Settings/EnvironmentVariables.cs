using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>Settings from the environment: <c>STREAMACTORS_SIMULATED_MAX_BYTES</c> is <c>simulated.max-bytes</c>.</summary>
internal static class EnvironmentVariables
{
    private const string Prefix = "STREAMACTORS_";

    /// <summary>Reads every variable with the prefix.</summary>
    /// <exception cref="SettingsException">A variable with the prefix names no setting.</exception>
    public static HoconObject Read(IReadOnlyDictionary<string, string> environment, SettingNames names)
    {
        var settings = HoconObject.Of(HoconOrigin.Of("environment"));
        var variables = environment.Keys.Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        if (variables.Count == 0)
            return settings;

        var paths = names.Paths.ToDictionary(NameOf, StringComparer.Ordinal);
        variables.Sort(StringComparer.Ordinal);
        foreach (var variable in variables)
        {
            var origin = HoconOrigin.Of($"environment {variable}");
            if (!paths.TryGetValue(variable, out var path))
                throw names.Unknown(origin, variable, paths.Keys);

            settings = HoconObject.Single(path, SettingText.Parse(origin, environment[variable])).WithFallback(settings);
        }

        return settings;
    }

    /// <summary>The variable of a setting. That no two settings share one is shown by a test.</summary>
    internal static string NameOf(string path) => Prefix + path.Replace('.', '_').Replace('-', '_').ToUpperInvariant();
}
