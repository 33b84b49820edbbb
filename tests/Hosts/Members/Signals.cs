using System.Globalization;
using StreamActors.Mounted;

namespace StreamActors.Hosts.Members;

/// <summary>Signals, by the names that <c>kill</c> has for them.</summary>
internal static class Signals
{
    /// <summary>Sends one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="process">Whom to.</param>
    public static async Task SendAsync(string name, int process) =>
        _ = (await Shell.RunProgram("kill", [$"-{name}", process.ToString(CultureInfo.InvariantCulture)])).Succeeded;
}
