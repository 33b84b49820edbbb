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
        Assert.SkipUnless(File.Exists(FuseDevice.Path), "/dev/fuse is missing");
        _root.Add("plain", _plain);
        _root.Add("follow", _followed);
        _plain.Append("hello\n"u8);
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.StopAsync();
            Assert.True(_session.Ended.IsCompleted, "the session went on after the unmount");
        }
        Assert.Null(MountTable.Find(_path));
        Directory.Delete(_path);
    }

    [Fact]
    public async Task Mount_WithATree_ShowsIt()
    {
        await MountAsync();
        Assert.Equal(["follow", "plain"], Directory.GetFiles(_path).Select(Path.GetFileName).Order());
        Assert.Equal((0, "hello\n", ""), await Shell.RunAsync($"cat {_path}/plain"));
        Assert.Equal(1, (await Shell.RunAsync($"cat {_path}/nothing")).Exit);
        Assert.Equal(FuseMount.Type, MountTable.Find(_path)?.Type);
        Assert.True(_session!.Features.Minor >= 31);
    }

    [Fact]
    public async Task Mount_WithOptions_IsWhatProcMountsTells()
    {
        await MountAsync(new FuseMountOptions { Mountpoint = _path, FileSystemName = "a name, with blanks", AllowOther = true, ReadOnly = true, NoExec = true, NoAtime = true });
        var line = File.ReadLines("/proc/mounts").Last(line => line.Contains(_path, StringComparison.Ordinal));
        Assert.Equal($"a\\040name,\\040with\\040blanks {_path} fuse.streamactors ro,nosuid,nodev,noexec,noatime,user_id=0,group_id=0,default_permissions,allow_other 0 0", line);
        Assert.Contains("Read-only file system", (await Shell.RunAsync($"touch {_path}/plain")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task ParkedRead_Signalled_EndsAtOnce(string signal)
    {
        await MountAsync();
        using var cat = Shell.Start($"exec cat {_path}/follow");
        await _followed.WaitingAsync();
        cat.Signal(signal);
        await _followed.InterruptedAsync();
        Assert.NotEqual(0, (await cat.EndAsync()).Exit);
        Assert.Equal(0, _session!.ParkedRequests);
    }

    [Fact]
    public async Task ParkedRead_DataComes_GetsIt()
    {
        await MountAsync();
        using var head = Shell.Start($"exec head -c 6 {_path}/follow");
        await _followed.WaitingAsync();
        _followed.Append("abc"u8);
        await _followed.WaitingAsync();
        _followed.Append("def"u8);
        Assert.Equal((0, "abcdef", ""), await head.EndAsync());
    }

    [Fact]
    public async Task ParkedRead_TokenDropped_GetsEio()
    {
        await MountAsync();
        using var cat = Shell.Start($"exec cat {_path}/follow");
        await _followed.WaitingAsync();
        _followed.DropWaiters();
        var end = cat.EndAsync();
        while (!end.IsCompleted)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }
        Assert.Contains("Input/output error", (await end).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WithManyParkedReads_EndsThemWithEnodev()
    {
        await MountAsync();
        var cats = Enumerable.Range(0, 20).Select(_ => Shell.Start($"exec cat {_path}/follow")).ToArray();
        foreach (var _ in cats)
            await _followed.WaitingAsync();
        Assert.Equal(20, _session!.ParkedRequests);
        await _session.StopAsync();
        foreach (var cat in cats)
        {
            Assert.Contains("No such device", (await cat.EndAsync()).Error, StringComparison.Ordinal);
            cat.Dispose();
        }
        Assert.True(_session.Ended.IsCompleted);
        Assert.Equal(20, _followed.Released);
    }

    [Fact]
    public async Task Stop_WhileSomebodyLooks_AwaitsItAndUnmountsAsUsual()
    {
        await MountAsync(busyPatience: TimeSpan.FromHours(1));
        using var holder = await HoldAsync($"cat {_path}/plain");
        var stopping = _session!.StopAsync();
        holder.CloseInput();
        Assert.Equal((0, "hello\n", ""), await holder.EndAsync());
        await stopping;
        Assert.True(_session.Ended.IsCompleted);
    }

    [Fact]
    public async Task Stop_FileOpen_ServesItUntilItIsClosed()
    {
        await MountAsync(shutdownTimeout: TimeSpan.FromHours(1));
        using var holder = await HoldAsync("cat <&3");
        var stopping = _session!.StopAsync();
        while (MountTable.Find(_path) is not null)
            await Task.Yield();
        Assert.False(stopping.IsCompleted);
        holder.CloseInput();
        Assert.Equal((0, "hello\n", ""), await holder.EndAsync());
        await stopping;
        Assert.True(_session.Ended.IsCompleted);
    }

    [Fact]
    public async Task Stop_FileOpenPastTheTimeout_AbortsTheConnection()
    {
        await MountAsync(shutdownTimeout: TimeSpan.FromMilliseconds(50));
        using var holder = await HoldAsync("stat -L /proc/self/fd/3");
        await _session!.StopAsync();
        Assert.True(_session.Ended.IsCompleted);
        holder.CloseInput();
        Assert.Contains("not connected", (await holder.EndAsync()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_CalledAgain_AbortsAtOnce()
    {
        await MountAsync(shutdownTimeout: TimeSpan.FromHours(1));
        using var holder = await HoldAsync("true");
        var stopping = _session!.StopAsync();
        Assert.False(stopping.IsCompleted);
        await _session.StopAsync();
        Assert.True(_session.Ended.IsCompleted);
    }

    [Fact]
    public async Task Stop_WhileAHandlerHangs_IsForcedAllTheSame()
    {
        using var release = new ManualResetEventSlim();
        _plain.Before = release.Wait;
        await MountAsync(shutdownTimeout: TimeSpan.FromHours(1));
        using var cat = Shell.Start($"exec cat {_path}/plain");
        await _plain.OpenedAsync();
        var stopping = _session!.StopAsync();
        await _session.StopAsync();
        Assert.NotEqual(0, (await cat.EndAsync()).Exit);
        Assert.True(stopping.IsCompleted);
        release.Set();
        await _session.Ended.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Unmount_BySomebodyElse_EndsTheSession()
    {
        await MountAsync();
        FuseMount.Unmount(_path);
        await _session!.Ended.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Unmount_Busy_SaysSoAndLeavesIt()
    {
        await MountAsync();
        using (var holder = await HoldAsync("true"))
        {
            var refusal = Assert.Throws<MountException>(() => FuseMount.Unmount(_path));
            Assert.Equal($"{_path} is busy: a file in it is open, or it is somebody's working directory", refusal.Message);
            holder.CloseInput();
            await holder.EndAsync();
        }
        Assert.Equal("hello\n", await File.ReadAllTextAsync($"{_path}/plain", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Threads_WithFullLoad_ReadTheSame()
    {
        await MountAsync();
        _plain.Append(new byte[3_000_000]);
        var sums = await Shell.RunAsync($"for i in 1 2 3 4 5 6 7 8; do md5sum < {_path}/plain & done; wait");
        Assert.Single(sums.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct());
        Assert.Equal(8, sums.Output.Count(letter => letter == '\n'));
    }

    [Fact]
    public async Task Mount_WithTheShortestWrites_IsServed()
    {
        _plain.Append(new byte[100_000]);
        Start(new FuseMountOptions { Mountpoint = _path }, connection: new FuseConnectionOptions { MaxWrite = 4096 });
        Assert.Equal(4096, (await _session!.Mounted).MaxWrite);
        Assert.Equal("100006\n", (await Shell.RunAsync($"cat {_path}/plain | wc -c")).Output);
    }

    [Fact]
    public async Task Poll_FileChanges_WakesUp()
    {
        await MountAsync();
        Assert.Equal(Errno.None, Syscall.Open($"{_path}/follow", Linux.O_RDONLY | Linux.O_NONBLOCK, out var opened));
        using var file = opened!;
        Assert.Equal(Errno.None, Syscall.Poll(file, (short)Linux.POLLIN, 0, out var events));
        Assert.Equal(0, events);
        var polling = new TaskCompletionSource<short>();
        var thread = new Thread(() =>
        {
            Syscall.Poll(file, (short)Linux.POLLIN, -1, out var woken);
            polling.SetResult(woken);
        });
        thread.Start();
        await _followed.PolledAsync();
        await _followed.PolledAsync();
        _followed.Append("x"u8, _session!.Notifier);
        Assert.Equal((short)Linux.POLLIN, await polling.Task);
    }

    [Fact]
    public async Task Mount_WithoutSysAdmin_GoesThroughFusermount3()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fusermount3"), "fusermount3 is not installed");
        var done = new TaskCompletionSource();
        var thread = new Thread(() =>
        {
            // Capabilities are a thread's own: what is started from here is an ordinary mounter, as far as we can tell.
            Syscall.GetCapabilities(out var all);
            Syscall.SetCapabilities(all with { Effective = all.Effective & ~(1UL << Capabilities.SysAdmin) });
            try
            {
                Start(new FuseMountOptions { Mountpoint = _path, FileSystemName = "a,b" });
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        thread.Start();
        await done.Task;
        await _session!.Mounted;
        Assert.Equal(("a,b", FuseMount.Type), (MountTable.Find(_path)?.Source, MountTable.Find(_path)?.Type));
        Assert.Equal("hello\n", await File.ReadAllTextAsync($"{_path}/plain", TestContext.Current.CancellationToken));
        await _session.StopAsync();
    }

    private async Task<Shell> HoldAsync(string then)
    {
        var holder = Shell.Start($"exec 3<{_path}/plain; read line; {then}");
        await _plain.OpenedAsync();
        return holder;
    }

    private Task<FuseFeatures> MountAsync(FuseMountOptions? options = null, TimeSpan? shutdownTimeout = null, TimeSpan? busyPatience = null)
    {
        Start(options ?? new FuseMountOptions { Mountpoint = _path }, shutdownTimeout, busyPatience);
        return _session!.Mounted;
    }

    private void Start(FuseMountOptions options, TimeSpan? shutdownTimeout = null, TimeSpan? busyPatience = null, FuseConnectionOptions? connection = null)
    {
        var tree = new FuseTree(_root, new TreeOptions(TimeSpan.Zero, TimeSpan.Zero));
        _session = FuseSession.Start(
            tree,
            new FuseSessionOptions
            {
                Mount = options,
                Connection = connection ?? new FuseConnectionOptions(),
                BusyPatience = busyPatience ?? TimeSpan.FromMilliseconds(50),
                ShutdownTimeout = shutdownTimeout ?? TimeSpan.FromSeconds(5),
            },
            NullLogger.Instance);
    }
}
