using System.Net;
using StreamActors.Cluster;
using StreamActors.Etcd;
using StreamActors.Messages;
using StreamActors.Peers;
using StreamActors.Remote;
using StreamActors.Runtime;
using StreamActors.Sharding;
using StreamActors.Streams;

namespace StreamActors.Benchmarks.Members;

/// <summary>A member whose partitions answer at once; or, alone, the actors of one host without a cluster.</summary>
internal sealed class BenchMember : IShardStorage, IAsyncDisposable
{
    /// <summary>How many shards there are.</summary>
    public const int Shards = 64;

    private const int ValueBytes = 100;

    private static readonly RemoteReadSettings Reads = new();

    private readonly ActorSystem _system = ActorSystem.Create("bench", new ActorSystemOptions());
    private IActorRef _partitions = ActorRefs.Nobody;
    private PeerNetwork? _network;
    private EtcdClient? _etcd;
    private IActorRef _node = ActorRefs.Nobody;
    private int _shardsHeld;
    private long _lastHandle;

    private BenchMember()
    {
    }

    public static BenchMember Alone()
    {
        var member = new BenchMember();
        member.StartRegion();
        return member;
    }

    /// <summary>Starts one that joins.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="weight">How many shards it takes in proportion to others.</param>
    /// <param name="etcd">Where the cluster is.</param>
    /// <param name="secretFile">What members know.</param>
    /// <param name="hasEntities">Whether partitions are those of the program, over a source that keeps nothing.</param>
    public static async Task<BenchMember> StartAsync(string name, int weight, Uri etcd, string secretFile, bool hasEntities = false)
    {
        var member = new BenchMember();
        var system = member._system;
        member._network = new PeerNetwork(
            system, new PeerOptions { ClusterName = "bench", Listen = new IPEndPoint(IPAddress.Loopback, 0), Secret = PeerSecret.Read(secretFile) },
            new MessageCodec());
        member._etcd = new EtcdClient(new EtcdOptions { Endpoints = [etcd] }, system.TimeProvider);
        var readers = new ReaderServer();
        await member._network.StartAsync(readers, _ => Task.FromResult<string?>(null));
        var node = new ClusterNodeSettings
        {
            ClusterName = "bench",
            MemberName = name,
            Address = member._network.EndPoint.ToString(),
            ShardCount = Shards,
            Weight = weight,
        };
        var engine = new ClusterEngine(
            system, node, new ClusterEngineSettings { PatienceOf = message => StreamAsks.PatienceOf(message, TimeSpan.FromSeconds(30)) },
            member._etcd, BootClock.Instance, member._network, member,
            new ReaderExchange("", readers, member._network, new RangeCache(Reads.CacheBytes), Reads, system.TimeProvider));
        member._network.ReceiveBy(engine.Receive);
        ClusterSharding.Get(system).Use(engine);
        member._node = engine.Node;
        if (hasEntities)
            member._partitions = StreamRegions.Start(system, new BenchSource(), new EntitySettings { Shards = Shards }).Partitions;
        else
            member.StartRegion();
        return member;
    }

    /// <summary>How many shards it has.</summary>
    public int ShardsHeld => Volatile.Read(ref _shardsHeld);

    /// <summary>Hands over what it has, and leaves.</summary>
    public Task LeaveAsync() => _node.Ask<LeftCluster>(new LeaveCluster());

    /// <summary>Asks a partition to append 100 bytes.</summary>
    public Task<object> AskAsync(PartitionId partition)
    {
        var batch = new MessageBatch();
        batch.Add(stackalloc byte[ValueBytes]);
        return _partitions.Ask<object>(new PartitionRequest.Append(partition, batch));
    }

    public async Task<IPartitionReader> OpenAsync(PartitionId partition)
    {
        // Another view each time, so that no byte is here already.
        var open = new PartitionRequest.Open(partition, new HandleId(Guid.Empty, ++_lastHandle), new ViewId(ViewKind.Default, (int)_lastHandle, null));
        return ((PartitionReply.Opened)await _partitions.Ask<object>(open)).Reader;
    }

    public void Measure(int shard, long epoch, Action<long?> measured) => measured(0);

    public void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened)
    {
        Interlocked.Increment(ref _shardsHeld);
        opened();
    }

    public void Close(int shard, long epoch, Action<long> closed)
    {
        Interlocked.Decrement(ref _shardsHeld);
        closed(0);
    }

    public void Abandon(int shard, long epoch)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        if (_network is not null) await _network.DisposeAsync();
        _etcd?.Dispose();
    }

    private void StartRegion() => _partitions = ClusterSharding.Get(_system).Start(
        "partitions", _ => Props.Create(() => new Partition()), ClusterShardingSettings.Create(_system),
        HashCodeMessageExtractor.Create(Shards, message => (message as PartitionRequest)?.Partition.Value));

    private sealed class Partition : ReceiveActor
    {
        private static readonly PartitionReply.Appended Done = new(0);

        public Partition()
        {
            Receive<PartitionRequest.Append>(_ => Sender.Tell(Done, Self));
            Receive<PartitionRequest.Open>(_ => Sender.Tell(new PartitionReply.Opened(new BenchBytes()), Self));
            Receive<PartitionRequest.Close>(_ => { });
        }
    }
}
