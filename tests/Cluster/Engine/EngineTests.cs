using StreamActors.Runtime;
using StreamActors.Sharding;

namespace StreamActors.Cluster.Tests.Engine;

public sealed class EngineTests
{
    private const int Entities = 40;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly EngineWorld _world = new(11);

    [Fact]
    public async Task Ask_FromAnyHost_ReachesTheOneEntity()
    {
        var hosts = _world.Start("a", "b", "c");
        for (var entity = 0; entity < Entities; entity++)
        {
            var counts = new List<string>();
            var places = new HashSet<string>();
            foreach (var host in hosts)
            {
                counts.Add(await Within(host.AskAsync(entity, "count")));
                places.Add(await Within(host.AskAsync(entity, "where")));
            }
            Assert.Equal(["1", "2", "3"], counts);
            Assert.Single(places);
        }
        Assert.Equal(Entities, hosts.Sum(host => host.Starts));
        Assert.All(hosts, host => Assert.InRange(host.Starts, 1, Entities - 2));
    }

    [Fact]
    public async Task Leave_UnderLoad_NoAskFails()
    {
        var hosts = _world.Start("a", "b", "c");
        var asks = new List<Task<string>>();
        var left = hosts[1].Engine.Node.Ask<LeftCluster>(new LeaveCluster());
        for (var round = 0; round < 100; round++)
        {
            for (var entity = 0; entity < Entities; entity++) asks.Add(hosts[round % 2 * 2].AskAsync(entity, "where"));
            _world.Simulation.Advance(TimeSpan.FromMilliseconds(10));
        }
        await Within(left);
        foreach (var ask in asks) Assert.Contains(await Within(ask), new[] { "a", "b", "c" });
        for (var entity = 0; entity < Entities; entity++) Assert.NotEqual("b", await Within(hosts[0].AskAsync(entity, "where")));
    }

    [Fact]
    public async Task Leave_UnderLoadThatMayNotBeRepeated_EveryAskIsDoneOnce()
    {
        _world.MayRepeat = _ => false;
        var hosts = _world.Start("a", "b", "c");
        var asks = new List<Task<string>>();
        for (var round = 0; round < 300; round++)
        {
            if (round == 50) _ = hosts[1].Engine.Node.Ask<LeftCluster>(new LeaveCluster());
            if (round == 150) _ = hosts[2].Engine.Node.Ask<LeftCluster>(new LeaveCluster());
            for (var entity = 0; entity < Entities; entity++) asks.Add(hosts[0].AskAsync(entity, "count"));
            _world.Simulation.Advance(TimeSpan.FromMilliseconds(3));
        }
        foreach (var ask in asks) await Within(ask);
        Assert.Equal(asks.Count, hosts.Sum(host => host.Counted));
        Assert.Equal(["a"], hosts[0].Members.Select(member => member.Name));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_ThatWasRefused_IsNotCarriedOutByACopyThatComesLate(bool isRefused)
    {
        (_world.IsRefusal, _world.DoublePerMille) = ((_, _) => isRefused, 1000);
        var hosts = _world.Start("a", "b");
        var counted = hosts[1].Counted;
        var asks = Enumerable.Range(0, 10 * Entities).Select(ask => hosts[0].AskAsync(ask % Entities, "count")).ToArray();
        foreach (var ask in asks) await Within(ask);
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(isRefused, hosts.Sum(host => host.Counted) == asks.Length);
        Assert.NotEqual(counted, hosts[1].Counted);
    }

    [Fact]
    public async Task Join_OfAnotherHost_MovesEntitiesAndNoAskFails()
    {
        var a = _world.Start("a")[0];
        for (var entity = 0; entity < Entities; entity++) await Within(a.AskAsync(entity, "where"));
        var b = _world.Start("b")[0];
        for (var entity = 0; entity < Entities; entity++)
        {
            var place = await Within(a.AskAsync(entity, "where"));
            Assert.Equal(place, await Within(b.AskAsync(entity, "where")));
        }
        Assert.InRange(b.Starts, 1, Entities - 1);
    }

    [Fact]
    public async Task Wait_ShardMoves_GoesOnAtTheNextOwner()
    {
        var (a, b) = (_world.Start("a", "b")[0], _world.Hosts["b"]);
        var waits = new List<Task<string>>();
        for (var entity = 0; entity < Entities; entity++) waits.AddRange([a.AskAsync(entity, "wait"), b.AskAsync(entity, "wait")]);
        // Longer than asks are sent again.
        _world.Simulation.Advance(TimeSpan.FromSeconds(3));
        Assert.DoesNotContain(waits, wait => wait.IsCompleted);

        _world.Start("c");
        for (var entity = 0; entity < Entities; entity++) Assert.Equal("2", await Within(a.AskAsync(entity, "wake")));

        var woken = new List<string>();
        foreach (var wait in waits) woken.Add(await Within(wait));
        Assert.Equal(["woken on a", "woken on b", "woken on c"], woken.Distinct().Order());
    }

    [Fact]
    public async Task Leave_WithAWaiterElsewhere_ItGoesOnAtTheNextOwner()
    {
        var (a, b) = (_world.Start("a", "b")[0], _world.Hosts["b"]);
        var entity = await EntityOnAsync("b");
        var wait = a.AskAsync(entity, "wait");
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        await Within(b.Engine.Node.Ask<LeftCluster>(new LeaveCluster()));
        await Within(a.AskAsync(entity, "wake"));
        Assert.Equal("woken on a", await Within(wait));
    }

    [Fact]
    public async Task Kill_OneOfThree_ItsEntitiesAnswerElsewhereAfterTheLease()
    {
        var hosts = _world.Start("a", "b", "c");
        for (var entity = 0; entity < Entities; entity++) await Within(hosts[0].AskAsync(entity, "where"));
        await hosts[2].KillAsync();
        var asks = Enumerable.Range(0, Entities).Select(entity => hosts[0].AskAsync(entity, "where")).ToArray();
        foreach (var ask in asks) Assert.NotEqual("c", await Within(ask));
    }

    [Fact]
    public void Lease_HostCutFromEtcd_EndsBeforeAnotherBegins()
    {
        var (a, b) = (_world.Start("a", "b")[0], _world.Hosts["b"]);
        var (shard, old) = b.Leases.First(lease => lease.Value.MayAnswer);
        b.Etcd.IsCutOff = true;
        Assert.True(_world.Simulation.RunUntil(() => !old.MayAnswer, Limit));
        Assert.False(a.Leases.TryGetValue(shard, out var none) && none.MayAnswer);
        Assert.True(_world.Simulation.RunUntil(() => a.Leases.TryGetValue(shard, out var next) && next.MayAnswer, Limit));
        Assert.True(a.Leases[shard].Epoch > old.Epoch);
        b.Etcd.IsCutOff = false;
        _world.Simulation.Advance(Limit);
        Assert.False(old.MayAnswer);
        Assert.All(Enumerable.Range(0, EngineWorld.Shards), each => Assert.Single(
            new[] { a, b }, host => host.Leases.TryGetValue(each, out var lease) && lease.MayAnswer));
    }

    [Fact]
    public async Task Leave_AllShardsHandedOver_NoLeaseHolds()
    {
        var b = _world.Start("a", "b")[1];
        await Within(b.Engine.Node.Ask<LeftCluster>(new LeaveCluster()));
        Assert.All(b.Leases.Values, lease => Assert.False(lease.MayAnswer));
    }

    [Fact]
    public async Task Network_LosesAndDoubles_EveryAskIsAnsweredOnce()
    {
        var hosts = _world.Start("a", "b", "c");
        (_world.LossPerMille, _world.DoublePerMille) = (300, 300);
        var asks = Enumerable.Range(0, 200).Select(i => hosts[i % 3].AskAsync(i % Entities, "where")).ToArray();
        foreach (var ask in asks) Assert.Contains(await Within(ask), new[] { "a", "b", "c" });
    }

    [Fact]
    public async Task Tell_ThatMustArrive_DoesOverANetworkThatLoses()
    {
        _world.ReceiptFor = message => message is ShardingEnvelope { Message: "count" } ? "counted" : null;
        var hosts = _world.Start("a", "b");
        _world.LossPerMille = 600;
        for (var entity = 0; entity < Entities; entity++) hosts[0].Region.Tell(new ShardingEnvelope($"e{entity}", "count"), ActorRefs.NoSender);
        _world.Simulation.Advance(Limit);
        _world.LossPerMille = 0;
        for (var entity = 0; entity < Entities; entity++) Assert.NotEqual("1", await Within(hosts[0].AskAsync(entity, "count")));
    }

    [Fact]
    public async Task Shard_ThatIsGivenUp_ComesBackInALaterEpochAndWaitsGoOn()
    {
        var (a, b) = (_world.Start("a", "b")[0], _world.Hosts["b"]);
        var entity = await EntityOnAsync("b");
        var shard = (int)(StableHash.Of($"e{entity}") % EngineWorld.Shards);
        var lease = b.Leases[shard];
        var wait = a.AskAsync(entity, "wait");
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        lease.GiveUp();
        Assert.True(_world.Simulation.RunUntil(() => b.Leases[shard] != lease, Limit));
        Assert.False(lease.MayAnswer);
        Assert.True(b.Leases[shard].Epoch > lease.Epoch);
        Assert.Equal("1", await Within(a.AskAsync(entity, "wake")));
        Assert.Equal("woken on b", await Within(wait));
        // Of an epoch that is over nothing is given up.
        var next = b.Leases[shard];
        lease.GiveUp();
        _world.Simulation.Advance(TimeSpan.FromSeconds(5));
        Assert.Same(next, b.Leases[shard]);
    }

    [Fact]
    public async Task Entity_Throws_AskerElsewhereLearnsItAndLaterAsksGo()
    {
        var a = _world.Start("a", "b")[0];
        var entity = await EntityOnAsync("b");
        var failing = a.AskAsync(entity, "throw");
        await Assert.ThrowsAnyAsync<Exception>(() => Within(failing));
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("b", await Within(a.AskAsync(entity, "where")));
    }

    [Fact]
    public async Task Tell_WithoutSender_ArrivesOnceAlsoWhereTheOwnerIsNotKnownYet()
    {
        var early = new EngineHost(_world, "a", new ClusterEngineSettings());
        _world.Hosts.Add("a", early);
        early.Region.Tell(new ShardingEnvelope("e1", "count"), ActorRefs.NoSender);
        _world.Simulation.Advance(TimeSpan.FromSeconds(2));
        var b = _world.Start("b")[0];
        var entity = await EntityOnAsync("b");
        early.Region.Tell(new ShardingEnvelope($"e{entity}", "count"), ActorRefs.NoSender);
        _world.Simulation.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("2", await Within(b.AskAsync(entity, "count")));
    }

    [Fact]
    public async Task Etcd_Away_AsksEndWithTheirPatienceAndMoreThanMayAtOnce()
    {
        _world.Etcd.IsAway = true;
        var host = new EngineHost(_world, "a", new ClusterEngineSettings
        {
            Asks = new AskSettings { MaxAsks = 2 },
            PatienceOf = _ => TimeSpan.FromSeconds(3),
        });
        var (first, second, third) = (host.AskAsync(1, "where"), host.AskAsync(2, "where"), host.AskAsync(3, "where"));
        await Assert.ThrowsAsync<TooManyAsksException>(() => _world.Simulation.Complete(third));
        _world.Simulation.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(first.IsCompleted);
        await Assert.ThrowsAsync<AskTimeoutException>(() => Within(first));
        await Assert.ThrowsAsync<AskTimeoutException>(() => Within(second));
    }

    [Fact]
    public async Task State_OfRegionAndCluster_TellsWhatIsThere()
    {
        var (a, b) = (_world.Start("a", "b")[0], _world.Hosts["b"]);
        for (var entity = 0; entity < Entities; entity++) await Within(a.AskAsync(entity, "where"));
        var regions = new[]
        {
            await Within(a.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance)),
            await Within(b.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance)),
        };
        Assert.Equal(EngineWorld.Shards, regions.Sum(region => region.Shards.Count));
        Assert.Equal(Entities, regions.Sum(region => region.Shards.Sum(shard => shard.EntityIds.Count)));
        var state = await Within(b.Engine.Node.Ask<CurrentClusterState>(new GetClusterState()));
        Assert.Equal("streamactors://engine@b:1", state.Self.ToString());
        Assert.Equal(["a", "b"], state.Members.Select(member => member.Address.Host));
    }

    [Fact]
    public async Task Peers_MembersComeAndGo_LearnThemAndWhichOneTheHostIs()
    {
        var (a, b) = (_world.Start("a", "b")[0], _world.Hosts["b"]);
        Assert.Equal(["a", "b"], a.Members.Select(member => member.Name));
        Assert.Equal(a.Members[0].Uid, a.Self);
        Assert.Equal(a.Members[1].Uid, b.Self);
        a.Etcd.IsCutOff = true;
        Assert.True(_world.Simulation.RunUntil(() => a.Self is null, Limit));
        a.Etcd.IsCutOff = false;
        Assert.True(_world.Simulation.RunUntil(() => a.Self is not null && b.Members.Any(member => member.Uid == a.Self), Limit));
        await Within(b.Engine.Node.Ask<LeftCluster>(new LeaveCluster()));
        Assert.Null(b.Self);
    }

    [Fact]
    public void Engine_ChosenLateOrTwice_IsRefused()
    {
        var a = _world.Start("a")[0];
        Assert.Throws<InvalidOperationException>(() => ClusterSharding.Get(a.System).Use(a.Engine));
    }

    [Fact]
    public void Region_WithAnotherNumberOfShards_IsRefused()
    {
        var a = _world.Start("a")[0];
        Assert.Throws<ArgumentException>(() => ClusterSharding.Get(a.System).Start(
            "others", id => Props.Create(() => new Counter(id, "a", a)), ClusterShardingSettings.Create(a.System), HashCodeMessageExtractor.Create(3, _ => null)));
    }

    [Fact]
    public void Peer_MessageOfAnUnknownKind_IsNotTaken() =>
        Assert.False(_world.Start("a")[0].Engine.Receive(new PeerMessage.NotOwner("others", 1)));

    private async Task<int> EntityOnAsync(string host)
    {
        for (var entity = 0; ; entity++)
            if (await Within(_world.Hosts[host].AskAsync(entity, "where")) == host) return entity;
    }

    private Task<T> Within<T>(Task<T> task) => _world.Simulation.Complete(task, Limit);
}
