using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;
using Xunit;

namespace StreamActors.Fuse.Tests.Mounting;

[Trait("category", "mount")]
public sealed class MountTests : IAsyncDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("streamactors-mount-").FullName;
    private readonly MemoryDirectory _root = new();
    private readonly MemoryFile _plain = new(follow: false);
    private readonly MemoryFile _followed = new(follow: true);
    private FuseSession? _session;

    public MountTests()
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "/dev/fuse is missing");
        _root.Add("plain", _plain);
        _root.Add("follow", _followed);
        _plain.Append("hello\n"u8);
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.StopAsync();
            await _session.StopAsync();
        }
        Directory.Delete(_path);
    }

    [Fact]
    public async Task Mount_WithATree_ShowsIt()
    {
        await MountAsync();
        Assert.Equal(["follow", "plain"], Directory.GetFiles(_path).Select(Path.GetFileName).Order());
        Assert.Equal("hello\n", await File.ReadAllTextAsync($"{_path}/plain", TestContext.Current.CancellationToken));
        Assert.False(File.Exists($"{_path}/nothing"));
        Assert.Equal(FuseMount.Type, MountTable.Find(_path)?.Type);
    }

    private async Task MountAsync(FuseSessionOptions? options = null)
    {
        var tree = new FuseTree(_root, new TreeOptions(TimeSpan.Zero, TimeSpan.Zero));
        _session = FuseSession.Start(tree, options ?? new FuseSessionOptions { Mount = new FuseMountOptions { Mountpoint = _path } }, NullLogger.Instance);
        await _session.Mounted;
    }
}
