using System.Diagnostics;
using StreamActors.Mounted;

namespace StreamActors.Hosts.Members;

/// <summary>Waits for what other processes come to.</summary>
internal static class Until
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until something is so.</summary>
    /// <param name="what">What, for whom it fails.</param>
    /// <param name="isSo">Whether it is.</param>
    /// <param name="more">What else is told where it does not come to be.</param>
    public static async Task TrueAsync(string what, Func<Task<bool>> isSo, Func<string>? more = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (watch.Elapsed > Shell.Deadline)
                throw new TimeoutException($"not after {Shell.Deadline}: {what}\n{more?.Invoke()}");
            await Task.Delay(BetweenLooks);
        }
    }
}
