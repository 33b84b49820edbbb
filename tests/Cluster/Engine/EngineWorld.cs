using StreamActors.Runtime;
using StreamActors.Sharding;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Cluster.Tests.Engine;

/// <summary>Several hosts with actors, over the model etcd and a network in memory; in one thread, on virtual time.</summary>
internal sealed class EngineWorld
{
    public const int Shards = 16;

    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NetworkDelay = TimeSpan.FromMilliseconds(5);

    private readonly Random _random;
    private readonly ClusterKeys _keys = new(Settings("x").KeyPrefix);

    public EngineWorld(int seed)
    {
        // Whatever context the test has, continuations run where the timers fire.
        SynchronizationContext.SetSynchronizationContext(null);
        (Simulation, _random) = (new Simulation(seed), new Random(seed));
        Etcd = new ModelEtcd(Simulation.Time, seed);
    }

    public Simulation Simulation { get; }

    public ModelEtcd Etcd { get; }

    public SortedDictionary<string, EngineHost> Hosts { get; } = new(StringComparer.Ordinal);

    /// <summary>Which entities stay with a host, for hosts that are started from now on.</summary>
    public Func<string, string?>? PinnedTo { get; set; }

    /// <summary>What must arrive though nobody waits for it, for hosts that are started from now on.</summary>
    public Func<object, object?>? ReceiptFor { get; set; }

    /// <summary>What may be carried out twice, for hosts that are started from now on.</summary>
    public Func<object, bool> MayRepeat { get; set; } = _ => true;

    /// <summary>Which answers say that nothing was done, for hosts that are started from now on.</summary>
    public Func<object, object, bool> IsRefusal { get; set; } = (_, _) => false;

    public int LossPerMille { get; set; }

    public int DoublePerMille { get; set; }

    public static ClusterNodeSettings Settings(string name) => new()
    {
        ClusterName = "engine",
        MemberName = name,
        Address = $"{name}:1",
        ShardCount = Shards,
        MaxHandOvers = 4,
    };

    public EngineHost[] Start(params string[] names)
    {
        foreach (var name in names) Hosts.Add(name, NewHost(name));
        Simulation.Advance(Settled);
        return [.. names.Select(name => Hosts[name])];
    }

    /// <summary>Kills a host, and starts it anew.</summary>
    public async Task RestartAsync(string name)
    {
        await Hosts[name].KillAsync();
        Hosts[name] = NewHost(name);
    }

    public void Send(string member, PeerMessage message)
    {
        if (_random.Next(1000) < LossPerMille) return;
        var copies = _random.Next(1000) < DoublePerMille ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            var delay = TimeSpan.FromTicks(_random.NextInt64(1, NetworkDelay.Ticks));
            Simulation.Time.CreateTimer(_ => HostOf(member)?.Engine.Receive(message), null, delay, Timeout.InfiniteTimeSpan);
        }
    }

    private EngineHost NewHost(string name)
    {
        var host = new EngineHost(this, name, new ClusterEngineSettings { PinnedTo = PinnedTo, ReceiptFor = ReceiptFor, MayRepeat = MayRepeat, IsRefusal = IsRefusal });
        if (PinnedTo is not null) host.Engine.OpenPinned();
        return host;
    }

    private EngineHost? HostOf(string member) => Etcd.Peek(_keys.Members)
        .Select(entry => Records.TryRead<MemberRecord>(entry.Value)!)
        .Where(record => record.Uid == member)
        .Select(record => Hosts.GetValueOrDefault(record.Name))
        .FirstOrDefault(host => host is { IsKilled: false });
}

/// <summary>One host: an actor system with an engine and a region of <see cref="Counter"/>s.</summary>
internal sealed class EngineHost : IPeers, IShardStorage
{
    private readonly EngineWorld _world;

    public EngineHost(EngineWorld world, string name, ClusterEngineSettings settings)
    {
        (_world, Name) = (world, name);
        System = ActorSystem.Create(name, world.Simulation.Options with { Seed = world.Simulation.Seed + name[0] });
        Etcd = world.Etcd.Connect();
        Engine = new ClusterEngine(System, EngineWorld.Settings(name), settings, Etcd, world.Simulation.Time, this, this);
        var sharding = ClusterSharding.Get(System);
        sharding.Use(Engine);
        Region = sharding.Start(
            "counters", id => Props.Create(() => new Counter(id, name, this)), ClusterShardingSettings.Create(System),
            HashCodeMessageExtractor.Create(
                EngineWorld.Shards, message => (message as ShardingEnvelope)?.EntityId, message => ((ShardingEnvelope)message).Message));
    }

    public string Name { get; }

    public ActorSystem System { get; }

    public ClusterEngine Engine { get; }

    public ModelEtcdClient Etcd { get; }

    public IActorRef Region { get; }

    public bool IsKilled { get; private set; }

    public int Starts { get; set; }

    /// <summary>How often entities have counted here.</summary>
    public int Counted { get; set; }

    /// <summary>Which member this host was told last that it is.</summary>
    public string? Self { get; private set; }

    /// <summary>The members that it was told of last.</summary>
    public IReadOnlyList<MemberRecord> Members { get; private set; } = [];

    /// <summary>How many instances of each entity live here.</summary>
    public SortedDictionary<string, int> Living { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether an entity lives here, and may tell something.</summary>
    public bool Answers(string entity) =>
        !IsKilled && Living.GetValueOrDefault(entity) > 0
        && Leases.TryGetValue((int)(StableHash.Of(entity) % EngineWorld.Shards), out var lease) && lease.MayAnswer;

    /// <summary>The rights to shards that this host got last.</summary>
    public SortedDictionary<int, ShardLease> Leases { get; } = [];

    public Task<string> AskAsync(int entity, string message) => Region.Ask<string>(new ShardingEnvelope($"e{entity}", message));

    /// <summary>The process is gone; what it has in etcd ends with its lease.</summary>
    public async Task KillAsync()
    {
        IsKilled = true;
        await _world.Simulation.Complete(System.Terminate(), TimeSpan.FromSeconds(1));
    }

    public void Send(string member, PeerMessage message)
    {
        if (!IsKilled) _world.Send(member, message);
    }

    public void MembersAre(string? self, IReadOnlyList<MemberRecord> members) => (Self, Members) = (self, members);

    public void Measure(int shard, long epoch, Action<long?> measured) => measured(0);

    public void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened)
    {
        Leases[shard] = lease;
        opened();
    }

    public void Close(int shard, long epoch, Action<long> closed) => closed(0);

    public void Abandon(int shard, long epoch)
    {
    }
}

/// <summary>Counts, and lets askers wait until somebody wakes them.</summary>
internal sealed class Counter : ReceiveActor
{
    private readonly string _id;
    private readonly EngineHost _home;
    private readonly List<IActorRef> _waiting = [];
    private int _count;

    public Counter(string id, string host, EngineHost home)
    {
        (_id, _home) = (id, home);
        home.Starts++;
        home.Living[id] = home.Living.GetValueOrDefault(id) + 1;
        Receive<string>(text => text == "where", _ => Sender.Tell(host));
        Receive<string>(text => text == "count", _ =>
        {
            home.Counted++;
            Sender.Tell($"{++_count}");
        });
        Receive<string>(text => text == "wait", _ => _waiting.Add(Sender));
        Receive<string>(text => text == "wake", _ =>
        {
            foreach (var asker in _waiting) asker.Tell($"woken on {host}");
            Sender.Tell($"{_waiting.Count}");
            _waiting.Clear();
        });
        Receive<string>(text => text == "throw", _ => throw new FormatException("as told"));
    }

    // Whoever waits goes on to wait where the entity is next.
    protected override void PostStop()
    {
        _home.Living[_id]--;
        foreach (var asker in _waiting) Context.Parent.Tell(new ShardingEnvelope(_id, "wait"), asker);
    }
}
