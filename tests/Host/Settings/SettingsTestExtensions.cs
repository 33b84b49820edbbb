using StreamActors.Host.Settings;

namespace StreamActors.Host.Tests.Settings;

/// <summary>Loads settings from sources that a test writes down.</summary>
internal static class SettingsTestExtensions
{
    public static StreamActorsSettings Load(
        string[]? options = null, string? config = null, string? layout = null, params (string Name, string Value)[] environment) =>
        SettingsLoader.Load(new SettingsSources(
            config, environment.ToDictionary(variable => variable.Name, variable => variable.Value), options ?? [], layout));

    public static StreamActorsSettings LoadText(string config)
    {
        using var directory = new TemporaryDirectory();
        return Load(config: directory.Write("my.conf", config));
    }

    public static string Refused(string[] options) => Assert.Throws<SettingsException>(() => Load(options)).Message;

    /// <summary>The message for a file, without the file's directory.</summary>
    public static string RefusedText(string config)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("my.conf", config);
        return Assert.Throws<SettingsException>(() => Load(config: path)).Message.Replace(directory.Path + "/", "", StringComparison.Ordinal);
    }
}
