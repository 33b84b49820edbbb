using System.Buffers;
using System.IO.Pipelines;
using StreamActors.Messages;
using StreamActors.Remote;
using StreamActors.Runtime;
using StreamActors.Sharding;
using StreamActors.Streams;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>Several hosts with the actors of streams, over the model etcd and a network in memory that carries only bytes.</summary>
internal sealed class StreamWorld
{
    private const int Shards = 16;
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NetworkDelay = TimeSpan.FromMilliseconds(5);

    private readonly Random _random;
    private readonly ClusterKeys _keys;

    public StreamWorld(int seed)
    {
        // Whatever context the test has, continuations run where the timers fire.
        SynchronizationContext.SetSynchronizationContext(null);
        (Simulation, _random) = (new Simulation(seed), new Random(seed));
        Etcd = new ModelEtcd(Simulation.Time, seed);
        Logs = new SharedLogs(Simulation.Time, TimeSpan.FromMilliseconds(20));
        _keys = new ClusterKeys(SettingsOf("x").KeyPrefix);
    }

    public Simulation Simulation { get; }

    public ModelEtcd Etcd { get; }

    public SharedLogs Logs { get; }

    public SortedDictionary<string, StreamHost> Hosts { get; } = new(StringComparer.Ordinal);

    public int LossPerMille { get; set; }

    public int DoublePerMille { get; set; }

    public StreamHost[] Start(params string[] names)
    {
        foreach (var name in names) Hosts.Add(name, new StreamHost(this, name));
        Simulation.Advance(Settled);
        return [.. names.Select(name => Hosts[name])];
    }

    /// <summary>The host that has a partition's shard.</summary>
    public StreamHost OwnerOf(PartitionId partition) => OwnerOf(partition.Value);

    /// <summary>The host that has an entity's shard.</summary>
    public StreamHost OwnerOf(string entity)
    {
        var shard = (int)(StableHash.Of(entity) % Shards);
        return Hosts.Values.Single(host => !host.IsKilled && host.Leases.TryGetValue(shard, out var lease) && lease.MayAnswer);
    }

    /// <summary>A partition that a host has.</summary>
    public PartitionId PartitionOn(string host) =>
        Enumerable.Range(0, 1000).Select(i => new PartitionId($"p{i}")).First(partition => OwnerOf(partition).Name == host);

    public void Send(string member, PeerMessage message)
    {
        var sent = Carried(member, message);
        if (_random.Next(1000) < LossPerMille) return;
        for (var copies = _random.Next(1000) < DoublePerMille ? 2 : 1; copies > 0; copies--)
            After(() => HostOf(member)?.Engine.Receive(sent()));
    }

    /// <summary>One request of the data plane, and its answer, each of them after a while.</summary>
    public Task<Stream> OpenAsync(string from, string member, byte[] request)
    {
        var opened = new TaskCompletionSource<Stream>();
        After(() =>
        {
            if (HostOf(member) is { } host) _ = AnswerAsync(host);
            else opened.SetException(new PeerUnavailableException($"{member} is gone."));
        });
        return opened.Task;

        async Task AnswerAsync(StreamHost host)
        {
            var answer = new MemoryStream();
            var writer = PipeWriter.Create(answer);
            await host.Server.ServeAsync(from, request, writer, CancellationToken.None);
            await writer.CompleteAsync();
            After(() => opened.SetResult(new MemoryStream(answer.ToArray())));
        }
    }

    public static ClusterNodeSettings SettingsOf(string name) => new()
    {
        ClusterName = "streams",
        MemberName = name,
        Address = $"{name}:1",
        ShardCount = Shards,
        MaxHandOvers = 4,
    };

    public static EntitySettings Entities { get; } = new() { Shards = Shards };

    // What is sent is what its bytes are when it is sent.
    private static Func<PeerMessage> Carried(string to, PeerMessage message)
    {
        var codec = new MessageCodec();
        object? content = message switch
        {
            PeerMessage.Ask ask => ask.Message,
            PeerMessage.Answered answered => answered.Answer,
            _ => null,
        };
        if (content is null) return () => message;
        var bytes = new ArrayBufferWriter<byte>();
        var form = codec.Encode(content, to, 1, bytes);
        var written = bytes.WrittenSpan.ToArray();
        return () => codec.Decode(form, written, "", 1) is var read && message is PeerMessage.Ask ask
            ? ask with { Message = read } : ((PeerMessage.Answered)message) with { Answer = read };
    }

    private void After(Action action) => Simulation.Time.CreateTimer(
        _ => action(), null, TimeSpan.FromTicks(_random.NextInt64(1, NetworkDelay.Ticks)), Timeout.InfiniteTimeSpan);

    private StreamHost? HostOf(string member) => Etcd.Peek(_keys.Members)
        .Select(entry => Records.TryRead<MemberRecord>(entry.Value)!)
        .Where(record => record.Uid == member)
        .Select(record => Hosts.GetValueOrDefault(record.Name))
        .FirstOrDefault(host => host is { IsKilled: false });
}

/// <summary>One host.</summary>
internal sealed class StreamHost : IPeers, IPeerByteClient, IShardStorage
{
    private static readonly RemoteReadSettings Reads = new() { CacheBytes = 1 << 20, ReadAheadBytes = 128 << 10, Deadline = TimeSpan.FromSeconds(10) };

    private readonly StreamWorld _world;
    private string _self = "";

    public StreamHost(StreamWorld world, string name)
    {
        (_world, Name) = (world, name);
        var time = world.Simulation.Time;
        System = ActorSystem.Create(name, world.Simulation.Options with { Seed = world.Simulation.Seed + name[0] });
        Cache = new RangeCache(Reads.CacheBytes);
        Engine = new ClusterEngine(
            System, StreamWorld.SettingsOf(name),
            new ClusterEngineSettings
            {
                PatienceOf = request => StreamAsks.PatienceOf(request, TimeSpan.FromSeconds(30)),
                MayRepeat = StreamAsks.MayRepeat,
                IsRefusal = StreamAsks.IsRefusal,
            },
            world.Etcd.Connect(), time, this, this, new ReaderExchange("v", Server, this, Cache, Reads, time));
        ClusterSharding.Get(System).Use(Engine);
        Regions = StreamRegions.Start(System, new SharedSource(world.Logs), StreamWorld.Entities).MergedHere(System, StreamWorld.Entities);
    }

    public string Name { get; }

    public ActorSystem System { get; }

    public ClusterEngine Engine { get; }

    public ReaderServer Server { get; } = new();

    public RangeCache Cache { get; }

    public StreamRegions Regions { get; }

    public SortedDictionary<int, ShardLease> Leases { get; } = [];

    public bool IsKilled { get; private set; }

    public int RangeRequests { get; private set; }

    public async Task KillAsync()
    {
        IsKilled = true;
        await _world.Simulation.Complete(System.Terminate(), TimeSpan.FromSeconds(1));
    }

    public Task<object> AskAsync(PartitionRequest request) => Regions.Partitions.Ask<object>(request);

    /// <summary>Asks of all partitions of a topic as one.</summary>
    public Task<object> AskAsync(TopicRequest request) => Regions.Merged.Ask<object>(request);

    public Task<object> AppendAsync(PartitionId partition, WriterStamp stamp, string value, long? time = null)
    {
        var batch = new MessageBatch { Stamp = stamp };
        batch.Add(global::System.Text.Encoding.ASCII.GetBytes(value), null, null, time);
        return AskAsync(new PartitionRequest.Append(partition, batch));
    }

    public Task<LeftCluster> LeaveAsync() => Engine.Node.Ask<LeftCluster>(new LeaveCluster());

    public void Send(string member, PeerMessage message)
    {
        if (!IsKilled) _world.Send(member, message);
    }

    public void MembersAre(string? self, IReadOnlyList<MemberRecord> members) => _self = self ?? _self;

    public Task<Stream> OpenAsync(string member, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        RangeRequests++;
        return _world.OpenAsync(_self, member, request.ToArray());
    }

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
