using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using Xunit;

namespace StreamActors.Fuse.Tests.Mounting;

/// <summary>What a file system asks of its mount: backing files and notifications, against the real kernel.</summary>
[Trait("category", "mount")]
public sealed class ConnectionTests : IAsyncDisposable
{
    private static readonly TimeSpan ForEver = TimeSpan.FromHours(1);

    private readonly string _path = Directory.CreateTempSubdirectory("streamactors-connection-").FullName;
    private readonly string _backing = Path.GetTempFileName();
    private readonly MemoryDirectory _root = new();
    private readonly BackedFile _file;
    private FuseSession? _session;

    public ConnectionTests()
    {
        Assert.SkipUnless(File.Exists(FuseDevice.Path), "/dev/fuse is missing");
        File.WriteAllText(_backing, "from the backing file");
        _file = new BackedFile(_backing);
        _root.Add("file", _file);
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
            await _session.StopAsync();
        Directory.Delete(_path);
        File.Delete(_backing);
    }

    [Fact]
    public async Task Passthrough_Agreed_ReadsWithoutTheServer()
    {
        var features = await MountAsync(new FuseConnectionOptions());
        Assert.SkipUnless(features.Passthrough, "the kernel has no passthrough");
        Assert.Equal((0, "from the backing file", ""), await Shell.RunAsync($"cat {_path}/file"));
        Assert.Equal(0, _file.Reads);
        await File.AppendAllTextAsync(_backing, ", which grew", TestContext.Current.CancellationToken);
        Assert.Equal((0, "from the backing file, which grew", ""), await Shell.RunAsync($"cat {_path}/file"));
    }

    [Fact]
    public async Task Passthrough_NotAsked_ReadsThroughTheServer()
    {
        var features = await MountAsync(new FuseConnectionOptions { Passthrough = false });
        Assert.False(features.Passthrough);
        Assert.Equal((0, "from the server", ""), await Shell.RunAsync($"cat {_path}/file"));
        Assert.True(_file.Reads > 0);
    }

    [Fact]
    public async Task InvalidateInode_CachedAttributes_AreAskedAgain()
    {
        await MountAsync(new FuseConnectionOptions());
        Assert.Equal("1", await StatAsync());
        _file.Size = 2;
        Assert.Equal("1", await StatAsync());
        Assert.True(_session!.Notifier.InvalidateInode(_file.NodeId, -1, 0));
        while (await StatAsync() != "2")
            await Task.Yield();
    }

    [Fact]
    public async Task InvalidateEntry_CachedName_IsLookedUpAgain()
    {
        await MountAsync(new FuseConnectionOptions());
        await StatAsync();
        await StatAsync();
        Assert.Equal(1, _file.LookupCalls);
        foreach (var expireOnly in new[] { false, true })
        {
            var before = _file.LookupCalls;
            Assert.True(_session!.Notifier.InvalidateEntry(InodeTable.RootId, "file"u8, expireOnly));
            while (_file.LookupCalls == before)
                await StatAsync();
        }
    }

    [Fact]
    public async Task Threads_Eight_ServeAtOnce()
    {
        await MountAsync(new FuseConnectionOptions { Threads = 8, Passthrough = false });
        var reads = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Shell.RunAsync($"cat {_path}/file")));
        Assert.All(reads, read => Assert.Equal((0, "from the server", ""), read));
    }

    private async Task<string> StatAsync() => (await Shell.RunAsync($"stat -c %s {_path}/file")).Output.Trim();

    private Task<FuseFeatures> MountAsync(FuseConnectionOptions options)
    {
        var tree = new FuseTree(_root, new TreeOptions(ForEver, ForEver));
        _session = FuseSession.Start(
            tree, new FuseSessionOptions { Mount = new FuseMountOptions { Mountpoint = _path }, Connection = options }, NullLogger.Instance);
        return _session.Mounted;
    }

    /// <summary>A file that the kernel reads itself where it can.</summary>
    private sealed class BackedFile(string backing) : Inode, IMemoryFile
    {
        private int _reads;
        private int _lookups;

        public int Reads => _reads;

        public int LookupCalls => _lookups;

        public int Size { get; set; } = 1;

        public FuseAttr Attributes() => new() { Ino = 9, Mode = Linux.S_IFREG | 0x1A4, Nlink = 1, Size = (ulong)Size };

        public void LookedUp() => Interlocked.Increment(ref _lookups);

        public override void GetAttr(Call call, in GetAttrRequest request) => call.Attr(this, Attributes());

        public override void StatFs(Call call) => call.Struct(new FuseKStatFs());

        public override void Open(Call call, in OpenRequest request)
        {
            Syscall.Open(backing, Linux.O_RDONLY, out var file);
            using (file)
            {
                if (call.Tree.Connection.OpenBacking(file!, out var id) == Errno.None)
                    call.Opened(new Opened(this, call.Tree.Connection, id), OpenReplyFlags.Passthrough, id);
                else
                    call.Opened(new Opened(this, call.Tree.Connection, 0), OpenReplyFlags.DirectIo);
            }
        }

        private sealed class Opened(BackedFile file, IFuseConnection connection, int backingId) : Handle(file)
        {
            public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
            {
                Interlocked.Increment(ref file._reads);
                var text = Encoding.UTF8.GetBytes("from the server");
                call.Data(text.AsSpan(Math.Min((int)request.Offset, text.Length)));
            }

            public override void Abandon()
            {
                if (backingId > 0)
                    connection.CloseBacking(backingId);
            }
        }
    }
}
