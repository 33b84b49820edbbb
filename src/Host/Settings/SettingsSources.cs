using StreamActors.Cli;

namespace StreamActors.Host.Settings;

/// <summary>Where settings come from, the weakest first; below all of them is <c>reference.conf</c>.</summary>
/// <param name="ConfigFile">The HOCON file of <c>--config</c>, or null.</param>
/// <param name="Environment">
/// The process's environment: variables that start with <c>STREAMACTORS_</c> are settings, and files may refer to
/// all as <c>${NAME}</c>.
/// </param>
/// <param name="MountOptions">The values of <c>-o</c>, in order.</param>
/// <param name="Layout">The value of <c>--layout</c>, or null.</param>
/// <param name="Source">SOURCE of the command line, or null where the file names what is mounted.</param>
public sealed record SettingsSources(
    string? ConfigFile,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<string> MountOptions,
    string? Layout,
    string? Source = null)
{
    /// <summary>The values of <c>--cluster</c>, <c>--listen</c>, <c>--admin</c> and <c>--data</c>.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>The environment of this process.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";

        return variables;
    }
}
