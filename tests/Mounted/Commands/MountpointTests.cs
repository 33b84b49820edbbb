using Xunit;

namespace StreamActors.Mounted.Commands;

/// <summary>Mountpoints that can't be used: one clear line, exit 1, and nothing is mounted.</summary>
public sealed class MountpointTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("streamactors-test-");

    private string Source => _home.CreateSubdirectory("source").FullName;

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public Task Mountpoint_Missing_IsRefused() => Refused(Path.Combine(_home.FullName, "nowhere"), "nowhere");

    [Fact]
    public async Task Mountpoint_IsAFile_IsRefused()
    {
        var file = Path.Combine(_home.FullName, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        await Refused(file, "not a directory");
    }

    [Fact]
    public async Task Mountpoint_NotEmpty_IsRefused()
    {
        var mountpoint = _home.CreateSubdirectory("mnt").FullName;
        await File.WriteAllTextAsync(Path.Combine(mountpoint, "file"), "", TestContext.Current.CancellationToken);
        await Refused(mountpoint, "not empty");
    }

    [Fact]
    public Task Mountpoint_InsideSource_IsRefused() => Refused(Directory.CreateDirectory(Path.Combine(Source, "below")).FullName, "inside");

    [Fact]
    public Task Mountpoint_InsideSourceThroughALink_IsRefused()
    {
        var below = Directory.CreateDirectory(Path.Combine(Source, "below")).FullName;
        var link = Path.Combine(_home.FullName, "link");
        File.CreateSymbolicLink(link, below);
        return Refused(link, "inside");
    }

    [Fact]
    public Task Mountpoint_IsSource_IsRefused() => Refused(Source, "the source itself");

    [Fact]
    public async Task Mountpoint_AlreadyMounted_IsRefused()
    {
        await using var mount = await Mount.Start();
        await Refused(mount.Root, "already");
    }

    [Fact]
    public async Task Source_Missing_IsRefused()
    {
        var mountpoint = _home.CreateSubdirectory("mnt").FullName;
        var result = await Shell.RunProgram(Launcher.Program, ["mount", Path.Combine(_home.FullName, "gone"), mountpoint]);
        AssertOneLine(result, 1, "gone");
    }

    private async Task Refused(string mountpoint, string reason)
    {
        var before = await MountsAt(mountpoint);
        AssertOneLine(await Shell.RunProgram(Launcher.Program, ["mount", Source, mountpoint]), 1, reason);
        Assert.Equal(before, await MountsAt(mountpoint));
    }

    private static async Task<int> MountsAt(string mountpoint) =>
        (await File.ReadAllLinesAsync("/proc/self/mountinfo")).Count(line => line.Contains($" {mountpoint} ", StringComparison.Ordinal));

    private static void AssertOneLine(ShellResult result, int exit, string reason)
    {
        Assert.Equal((exit, ""), (result.Exit, result.Output));
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(c => c == '\n'));
    }
}
