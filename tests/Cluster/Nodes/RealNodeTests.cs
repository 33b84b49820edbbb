using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Cluster.Tests.Etcd;
using StreamActors.Etcd;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Nodes;

/// <summary>Nodes over a real etcd, on threads and on the clock that counts suspended time.</summary>
public sealed class RealNodeTests
{
    [Fact]
    public async Task Nodes_JoinAndLeave_HaveAllShardsAmongThem()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var a = new Member("a", etcd.Endpoint);
        await a.UntilAsync(host => host.Open.Count == 16);
        using var b = new Member("b", etcd.Endpoint);
        await b.UntilAsync(host => host.Open.Count > 0 && b.Node.Core.View.Members.Count == 2);
        a.Leave();
        await b.UntilAsync(host => host.Open.Count == 16);
        await a.UntilAsync(host => host.Happenings.Contains(new ClusterEffect.Left()));
    }

    [Fact]
    public async Task Nodes_OneIsKilled_TheOtherHasItsShardsAfterTheLease()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var a = new Member("a", etcd.Endpoint);
        var b = new Member("b", etcd.Endpoint);
        await b.UntilAsync(host => host.Open.Count > 0 && b.Node.Core.View.Members.Count == 2);
        b.Dispose();
        await a.UntilAsync(host => host.Open.Count == 16);
        Assert.All(await a.JournalsAsync(), journals => Assert.All(journals, journal => Assert.Equal(100, journal.Sealed)));
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task Node_OneOfThreeEtcdsIsGone_StaysAMemberAndGoesOn(string signal)
    {
        var etcds = await RealEtcd.StartThreeAsync();
        try
        {
            using var a = new Member("a", [.. etcds.Select(etcd => etcd.Endpoint)]);
            await a.UntilAsync(host => host.Open.Count == 16);

            // The one that the node speaks to.
            await etcds[0].SignalAsync(signal);
            using var b = new Member("b", [.. etcds[1..].Select(etcd => etcd.Endpoint)]);
            await b.UntilAsync(host => host.Open.Count > 0 && b.Node.Core.View.Members.Count == 2);
            await a.UntilAsync(_ => a.Node.Core.View.Members.Count == 2);
            b.Leave();
            await a.UntilAsync(host => host.Open.Count == 16);

            Assert.Empty((await a.HappeningsAsync()).OfType<ClusterEffect.Fenced>());
        }
        finally
        {
            foreach (var etcd in etcds) await etcd.DisposeAsync();
        }
    }

    [Fact]
    public void BootClock_ReadTwice_DoesNotGoBackAndIsAheadOfTheOther()
    {
        var (first, second) = (BootClock.Instance.GetTimestamp(), BootClock.Instance.GetTimestamp());
        Assert.True(second >= first);
        // It counts what the other leaves out.
        Assert.True(TimeSpan.FromTicks(second) >= TimeProvider.System.GetElapsedTime(0) - TimeSpan.FromSeconds(1));
    }

    private sealed class Member : IDisposable
    {
        private readonly Steps _steps = new();
        private readonly EtcdClient _etcd;
        private readonly RecordingHost _host = new();
        private (Func<RecordingHost, bool> Condition, TaskCompletionSource Promise)? _waiter;

        public Member(string name, params Uri[] endpoints)
        {
            _etcd = new EtcdClient(new EtcdOptions { Endpoints = endpoints }, TimeProvider.System);
            _host.Changed = Check;
            Node = new ClusterNode(
                new ClusterNodeSettings
                {
                    ClusterName = "real",
                    MemberName = name,
                    Address = $"{name}:1",
                    ShardCount = 16,
                    LeaseTimeToLive = TimeSpan.FromSeconds(3),
                },
                _etcd, BootClock.Instance, Guid.NewGuid, _steps.Run, _host, NullLogger.Instance);
            _steps.Begin();
        }

        public ClusterNode Node { get; }

        public Task<IReadOnlyList<JournalRecord>[]> JournalsAsync() => AskAsync(() => _host.Journals.Values.ToArray());

        public Task<ClusterEffect[]> HappeningsAsync() => AskAsync(() => _host.Happenings.ToArray());

        public void Leave() => _steps.Run(Node.Leave);

        public Task UntilAsync(Func<RecordingHost, bool> condition)
        {
            var promise = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _steps.Run(() =>
            {
                _waiter = (condition, promise);
                Check();
            });
            return promise.Task.WaitAsync(TestKitBase.Deadline);
        }

        public void Dispose()
        {
            _steps.Run(Node.Dispose);
            _etcd.Dispose();
        }

        private Task<T> AskAsync<T>(Func<T> question)
        {
            var promise = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            _steps.Run(() => promise.SetResult(question()));
            return promise.Task.WaitAsync(TestKitBase.Deadline);
        }

        private void Check()
        {
            if (_waiter is not { } waiter || !waiter.Condition(_host)) return;
            _waiter = null;
            waiter.Promise.SetResult();
        }
    }
}
