using System.Globalization;
using Xunit;

namespace StreamActors.Mounted.Overlay;

/// <summary>A mount that nobody uses takes no processor time: threads that look for requests do so for a moment only.</summary>
public sealed class IdleTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task DeviceThreads_AfterManyRequests_Sleep()
    {
        await using var mount = await Mount.Start("entry_timeout=0,attr_timeout=0");
        _ = (await mount.Run("touch f; for i in $(seq 300); do test -e f; done")).Succeeded;

        var before = DeviceNanoseconds(mount);
        await Task.Delay(Window, TestContext.Current.CancellationToken);
        var taken = DeviceNanoseconds(mount) - before;

        // One that went on looking would take all of it.
        Assert.InRange(taken, 0, Window.TotalNanoseconds / 3);
    }

    private static long DeviceNanoseconds(Mount mount)
    {
        var tasks = Directory.EnumerateDirectories($"/proc/{mount.Server.Id}/task")
            .Where(task => File.ReadAllText($"{task}/comm").StartsWith("fuse-", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(tasks);
        return tasks.Sum(task => long.Parse(File.ReadAllText($"{task}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
