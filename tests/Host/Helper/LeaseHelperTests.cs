using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using StreamActors.Cluster.Tests.Etcd;
using StreamActors.Etcd;
using StreamActors.Host.Helper;
using StreamActors.TestKit;
using Xunit;

namespace StreamActors.Host.Tests.Helper;

/// <summary>The helper process, with a real etcd and real processes.</summary>
public sealed class LeaseHelperTests(RealEtcdFixture fixture) : IClassFixture<RealEtcdFixture>, IDisposable
{
    // Longer than any test waits: who sees the end of a lease sees that it was ended.
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(10);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "streamactors");

    private readonly EtcdClient _etcd = new(new EtcdOptions { Endpoints = [fixture.Etcd.Endpoint] }, TimeProvider.System);

    public void Dispose() => _etcd.Dispose();

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task Server_Dies_ItsLeaseEndsAtOnce(string signal)
    {
        var lease = await GrantAsync();
        using var server = await StartServerAsync();
        await server.StandardInput.WriteLineAsync(OrderOf(server.Id, lease));
        using var ended = await WatchAsync(lease);
        await SignalAsync(server.Id, signal);
        await ended.Task.WaitAsync(TestKitBase.Deadline);
    }

    [Fact]
    public async Task Server_DiesBeforeItsHelperLooks_ItsLeaseEndsAtOnce()
    {
        var lease = await GrantAsync();
        using var server = await StartServerAsync();
        using var ended = await WatchAsync(lease);
        await SignalAsync(server.Id, "KILL");
        await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        await server.StandardInput.WriteLineAsync(OrderOf(server.Id, lease));
        await ended.Task.WaitAsync(TestKitBase.Deadline);
    }

    [Fact]
    public async Task Server_HasANewLease_TheNewOneEnds()
    {
        var (first, second) = (await GrantAsync(), await GrantAsync());
        using var server = await StartServerAsync();
        await server.StandardInput.WriteLineAsync(OrderOf(server.Id, first));
        await server.StandardInput.WriteLineAsync("no order");
        await server.StandardInput.WriteLineAsync(OrderOf(server.Id, second));
        using var ended = await WatchAsync(second);
        await SignalAsync(server.Id, "KILL");
        await ended.Task.WaitAsync(TestKitBase.Deadline);
        Assert.True((await _etcd.TimeToLiveAsync(first)).Succeeded);
    }

    [Fact]
    public async Task Server_ClosesThePipeAndLives_NothingEndsBeforeItDoes()
    {
        var lease = await GrantAsync();
        using var server = await StartServerAsync();
        await server.StandardInput.WriteLineAsync(OrderOf(server.Id, lease));
        using var ended = await WatchAsync(lease);
        server.StandardInput.Close();
        Assert.True((await _etcd.TimeToLiveAsync(lease)).Succeeded);
        Assert.False(ended.Task.IsCompleted);
        await SignalAsync(server.Id, "KILL");
        await ended.Task.WaitAsync(TestKitBase.Deadline);
    }

    [Fact]
    public async Task Helper_ServerLeavesAsItShould_EndsAndLeavesTheLeaseAlone()
    {
        var lease = await GrantAsync();
        var log = new Lines();
        Process process;
        using (var helper = new LeaseHelper(OptionsOf(), Program, TimeProvider.System, log))
        {
            helper.Watch(lease);
            process = Process.GetProcessById(helper.ProcessId!.Value);
        }
        using (process)
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TestKitBase.Deadline);
        Assert.True((await _etcd.TimeToLiveAsync(lease)).Succeeded);
        Assert.False(log.All.TryRead(out _));
    }

    [Fact]
    public async Task Helper_EndsWhileItsServerLeaves_HoldsNothingUp()
    {
        // One that ends as soon as it is told to, or before.
        var program = Path.Combine(AppContext.BaseDirectory, "ends-at-once");
        await File.WriteAllTextAsync(program, "#!/bin/sh\nread -r order\nread -r over\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        for (var life = 0; life < 50; life++)
        {
            var helper = new LeaseHelper(OptionsOf(), program, TimeProvider.System, new Lines());
            helper.Watch(1);
            if (life % 2 == 0)
                helper.Watch(2);
            await Task.Factory.StartNew(helper.Dispose, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(TestKitBase.Deadline);
        }
    }

    [Fact]
    public async Task Helper_IsKilled_IsStartedAgainAndLogged()
    {
        var lease = await GrantAsync();
        var log = new Lines();
        using var helper = new LeaseHelper(OptionsOf(), Program, TimeProvider.System, log);
        helper.Watch(lease);
        // The second one, too: so there was one.
        for (var life = 0; life < 2; life++)
        {
            var process = await NextProcessAsync(helper, TimeSpan.FromMilliseconds(20));
            await SignalAsync(process, "KILL");
            Assert.Contains("started again", await log.NextAsync(), StringComparison.Ordinal);
        }
        Assert.True((await _etcd.TimeToLiveAsync(lease)).Succeeded);
    }

    [Fact]
    public async Task Helper_HasNoProgram_IsLoggedAndTheServerGoesOn()
    {
        var log = new Lines();
        using var helper = new LeaseHelper(OptionsOf(), Program + "-is-not-there", TimeProvider.System, log);
        helper.Watch(await GrantAsync());
        Assert.Contains("can't be started", await log.NextAsync(), StringComparison.Ordinal);
        Assert.Null(helper.ProcessId);
    }

    [Fact]
    public async Task Helper_ItsArgumentsAndEnvironment_HoldNoSecret()
    {
        Environment.SetEnvironmentVariable("STREAMACTORS_TEST_SECRET", "of the environment");
        using var helper = new LeaseHelper(
            OptionsOf() with { User = new EtcdUser("me", "the password") }, Program, TimeProvider.System, new Lines());
        helper.Watch(await GrantAsync());
        var process = helper.ProcessId!.Value;
        var shown = await File.ReadAllTextAsync($"/proc/{process}/cmdline", TestContext.Current.CancellationToken) +
            await File.ReadAllTextAsync($"/proc/{process}/environ", TestContext.Current.CancellationToken);
        Assert.Contains(HelperProcess.Verb, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("the password", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("of the environment", shown, StringComparison.Ordinal);
    }

    private static async Task<int> NextProcessAsync(LeaseHelper helper, TimeSpan look)
    {
        using var timer = new PeriodicTimer(look);
        for (var start = Stopwatch.StartNew(); start.Elapsed < TestKitBase.Deadline; await timer.WaitForNextTickAsync())
            if (helper.ProcessId is { } process)
                return process;
        throw new TimeoutException("There is no helper.");
    }

    private EtcdOptions OptionsOf() => new() { Endpoints = [fixture.Etcd.Endpoint] };

    private string OrderOf(int server, long lease) => (HelperOrder.Of(OptionsOf(), lease, isOver: false) with { Server = server }).Write();

    /// <summary>
    /// A process that has a helper, and does nothing else. The test has the pipe, too, which therefore does not break. (A shell's
    /// standard input is not that of what it starts in the background.)
    /// </summary>
    private static async Task<Process> StartServerAsync()
    {
        var server = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec 3<&0; \"{Program}\" {HelperProcess.Verb} <&3 3<&- & echo; wait"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        // One that is killed before it has a helper gets none.
        await server.StandardOutput.ReadLineAsync().WaitAsync(TestKitBase.Deadline);
        return server;
    }

    private async Task<long> GrantAsync() => (await _etcd.GrantAsync(TimeToLive)).Value!.Id;

    private async Task<LeaseEnd> WatchAsync(long lease)
    {
        var key = $"/helper/{lease:x}";
        var put = (await _etcd.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put(key, "", lease)))).Value!;
        return new LeaseEnd(_etcd, key, put.Revision);
    }

    private static async Task SignalAsync(int process, string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{process}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Ends when a key does.</summary>
    private sealed class LeaseEnd : IEtcdWatcher, IDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly IDisposable _watch;

        public LeaseEnd(EtcdClient etcd, string key, long revision) => _watch = etcd.Watch(key, revision, this);

        public Task Task => _ended.Task;

        public void OnEvents(IReadOnlyList<EtcdEvent> events)
        {
            if (events.Any(change => change.IsDelete))
                _ended.TrySetResult();
        }

        public void OnEnded(EtcdFault fault) => _ended.TrySetException(new IOException(fault.Detail));

        public void Dispose() => _watch.Dispose();
    }

    private sealed class Lines : ILogger
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public ChannelReader<string> All => _lines.Reader;

        public Task<string> NextAsync() => _lines.Reader.ReadAsync().AsTask().WaitAsync(TestKitBase.Deadline);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Writer.TryWrite(formatter(state, exception));
    }
}
