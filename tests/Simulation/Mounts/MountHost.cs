using Microsoft.Extensions.Logging;
using StreamActors.Cluster;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Logs;
using StreamActors.Remote;
using StreamActors.Runtime;
using StreamActors.Sharding;
using StreamActors.SharedLogs;
using StreamActors.Sources.Log;
using StreamActors.Streams;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>One host: a mount that is a member of the cluster, put together as the program does it, without kernel and sockets.</summary>
internal sealed class MountHost : IPeers, IPeerByteClient, IDisposable
{
    private const string Volume = "v:";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan PassivateAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(10);

    private readonly MountWorld _world;
    private readonly double _drift;
    private readonly ModelEtcdClient _etcd;
    private HostClock? _clock;
    private SharedLogVolume? _volume;
    private StreamRegions? _regions;
    private long _dieAfter;

    public MountHost(MountWorld world, int index, double drift)
    {
        (_world, Index, _drift) = (world, index, drift);
        _etcd = world.Etcd.Connect();
    }

    public int Index { get; }

    public string Name => $"h{Index}";

    /// <summary>What runs on it; null while nothing does.</summary>
    public Process? Process { get; private set; }

    public bool IsRunning => Process is { IsAlive: true };

    public bool HasLeft { get; private set; }

    /// <summary>Whether it is about to leave, or has.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>The incarnation that this host is; null while it is no member.</summary>
    public string? Self { get; private set; }

    public ClusterEngine? Engine { get; private set; }

    public ReaderServer? Readers { get; private set; }

    /// <summary>The front-end, as a kernel talks to it.</summary>
    public MountKernel? Kernel { get; private set; }

    /// <summary>The rights to shards that the running process got last.</summary>
    public SortedDictionary<int, ShardLease> Leases { get; } = [];

    public bool IsCutFromEtcd
    {
        get => _etcd.IsCutOff;
        set => _etcd.IsCutOff = value;
    }

    public TimeSpan MaxDiskDelay { get; set; } = MountWorld.FastDisk;

    public int DiskErrorsPerMille { get; set; }

    public bool OwnsWithEffect(int shard) => IsRunning && Leases.TryGetValue(shard, out var lease) && lease.MayAnswer;

    public void Start()
    {
        var process = new Process(Index);
        (Process, HasLeft, IsLeaving, Self, _dieAfter) = (process, false, false, null, 0);
        Leases.Clear();
        process.Run(() =>
        {
            if (!TryStart(process)) Kill();
        });
        if (!process.IsAlive)
        {
            _world.After(RetryAfter, () =>
            {
                if (Process == process) _world.StartHost(this);
            });
        }
        _world.Log($"{Name} starts{(process.IsAlive ? "" : ", and can't")}");
    }

    /// <summary>The process ends.</summary>
    public void Kill()
    {
        if (!IsRunning) return;
        Process!.Kill();
        (Engine, Readers, Self) = (null, null, null);
        Leases.Clear();
        _world.Log($"{Name} is killed");
    }

    public void Dispose() => Process?.Kill();

    /// <summary>Kills the process within one of the next calls of its disk.</summary>
    public void KillInDiskCall() => _dieAfter = 1 + _world.Below(200);

    public void SurviveDiskCalls() => _dieAfter = 0;

    public bool DiesInThisCall()
    {
        if (_dieAfter == 0 || --_dieAfter > 0) return false;
        _world.Log($"{Name} dies in a call of its disk");
        Kill();
        return true;
    }

    public void SetClock(TimeSpan skew)
    {
        if (_clock is not null) _clock.Skew = skew;
    }

    public void Leave()
    {
        var process = Process!;
        IsLeaving = true;
        process.Run(() =>
        {
            _world.Log($"{Name} leaves");
            _ = LeaveAsync(Engine!);
        });

        async Task LeaveAsync(ClusterEngine engine)
        {
            await engine.Node.Ask<LeftCluster>(new LeaveCluster()).ConfigureAwait(false);
            if (!process.IsAlive) return;
            HasLeft = true;
            _world.Log($"{Name} has left");
        }
    }

    /// <summary>The topics and partitions that run on it.</summary>
    public async Task<IReadOnlyList<string>> RunningAsync()
    {
        var running = new List<string>();
        foreach (var region in new[] { _regions!.Topics, _regions.Partitions })
        {
            var state = await region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance).ConfigureAwait(false);
            running.AddRange(state.Shards.SelectMany(shard => shard.EntityIds));
        }
        return running;
    }

    public string Describe() => !IsRunning ? "dead" :
        $"{(Process!.IsFrozen ? "frozen " : "")}{(Self is null ? "no member" : "member")}, has {string.Join(' ', Leases.Values.Select(lease => $"{lease.Shard}@{lease.Epoch}{(lease.MayAnswer ? "" : "!")}"))}, {Kernel!.Describe()}";

    public void Send(string member, PeerMessage message) => _world.Network.Send(this, Self, member, message);

    public void MembersAre(string? self, IReadOnlyList<MemberRecord> members)
    {
        if (self is not null && self != Self)
        {
            _world.Network.Joined(self, this);
            _world.Log($"{Name} joins");
        }
        Self = self;
    }

    public Task<Stream> OpenAsync(string member, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        _world.Network.OpenAsync(this, Self, member, request.ToArray(), cancellationToken);

    private bool TryStart(Process process)
    {
        var clock = _clock = new HostClock(_world, process, 1 + _drift, TimeSpan.FromSeconds(1000 * (Index + 1)));
        var dispatcher = new HostDispatcher(_world, process);
        var logger = new HostLog(_world, this);
        var system = ActorSystem.Create(Name, new ActorSystemOptions
        {
            Dispatcher = dispatcher,
            TimeProvider = clock,
            Seed = _world.NextSeed(),
            Logger = logger,
        });
        var etcd = new HostEtcd(process, _world.Plant == Plant.DontWaitForLease ? new ForgetfulEtcd(_etcd) : _etcd);
        var opened = SharedLogVolume.Open(
            OptionsOf(system, process), etcd, "/names/", AskTimeout, clock, dispatcher.ContinuationScheduler, logger,
            () => new DiskWorker(_world, this, process));
        if (!opened.Succeeded) return false;
        _volume = opened.Value;
        Readers = new ReaderServer();
        var reads = new RemoteReadSettings { CacheBytes = 512 << 10, ReadAheadBytes = 64 << 10, Deadline = AskTimeout };
        Engine = new ClusterEngine(
            system, Settings(Name),
            new ClusterEngineSettings
            {
                PatienceOf = request => StreamAsks.PatienceOf(request, AskTimeout),
                MayRepeat = StreamAsks.MayRepeat,
                IsRefusal = StreamAsks.IsRefusal,
                ReceiptFor = StreamAsks.ReceiptFor,
            },
            etcd, clock, this, new WatchedStorage(_world, this, process, _volume.Storage),
            new ReaderExchange("", Readers, this, new RangeCache(reads.CacheBytes), reads, clock));
        ClusterSharding.Get(system).Use(Engine);
        var entities = new EntitySettings { Shards = MountWorld.Shards, PassivateAfter = PassivateAfter, PartitionTimeout = AskTimeout };
        var regions = StreamRegions.Start(system, _volume.Source, entities);
        _regions = regions;
        var source = _volume.Source;
        var names = system.ActorOf(Props.Create(() => new VolumeActor(source, entities)), "names");
        var options = new StreamsOptions(StreamLayout.Partitions, AskTimeout, KernelChecksPermissions: true)
        {
            IsReadOnly = false,
            HasViews = true,
            MessageMaxBytes = MountWorld.MessageMaxBytes,
            StampsAppends = true,
            NewTopicsHaveOnePartition = false,
            NumberSeed = "/",
        };
        var shown = new StreamsVolume(
            system, new StreamsAddresses(regions.Streams, regions.Topics, regions.Partitions, names), options,
            new StreamOwner(0, 0, clock.GetUtcNow()), null, logger);
        Kernel = new MountKernel(_world, process, dispatcher, new FuseTree(shown.Root, new TreeOptions(TimeSpan.Zero, TimeSpan.Zero)));
        return true;
    }

    public static ClusterNodeSettings Settings(string name) => new()
    {
        ClusterName = "mounts",
        MemberName = name,
        Address = $"{name}:1",
        ShardCount = MountWorld.Shards,
        MaxHandOvers = 2,
    };

    private SharedLogOptions OptionsOf(ActorSystem system, Process process) => new()
    {
        Directory = MountWorld.Directory,
        Owner = "cluster mounts, volume /",
        Shards = MountWorld.Shards,
        Disk = new HostDisk(_world, this, process),
        Log = new LogOptions
        {
            NewDirectoryId = system.NewGuid(),
            Holder = Name,
            MessageMaxBytes = MountWorld.MessageMaxBytes,
            SegmentBytes = 16 << 10,
            JournalSpareBytes = 32 << 10,
            CheckpointBytes = 24 << 10,
            JournalMaxBytes = 64 << 10,
            CheckpointInterval = TimeSpan.FromSeconds(10),
            MaxActive = 16,
            MaxSegments = 2,
        },
        Source = new LogSourceOptions
        {
            Partitions = MountWorld.Partitions,
            MessageMaxBytes = MountWorld.MessageMaxBytes,
            IdPrefix = Volume,
            MaxActive = 16,
        },
    };

    /// <summary>The volume's storage, seen from outside: which rights the host got, and bugs that can be planted.</summary>
    private sealed class WatchedStorage(MountWorld world, MountHost host, Process process, IShardStorage storage) : IShardStorage
    {
        public void Measure(int shard, long epoch, Action<long?> measured) => storage.Measure(shard, epoch, length =>
        {
            world.Log($"{host.Name} measures shard {shard} epoch {epoch}: {length}");
            measured(length);
        });

        public void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened)
        {
            host.Leases[shard] = lease;
            if (world.Plant == Plant.ForgottenJournal && journals.Count > 1) journals = [.. journals.Take(journals.Count - 1)];
            if (world.Plant == Plant.AnswerWithoutLease)
            {
                var eternal = new LeaseGuard(TimeSpan.FromTicks(1));
                eternal.Granted(1, TimeSpan.Zero, TimeSpan.FromDays(1000));
                lease = new ShardLease(shard, lease.Epoch, eternal, host._clock!) { OnCheckpointed = lease.Checkpointed, OnGivenUp = lease.GiveUp };
            }
            var text = string.Join(' ', journals.Select(journal => $"{journal.Epoch}:{journal.Sealed}"));
            storage.Open(shard, lease, journals, () =>
            {
                if (process.IsAlive) world.Log($"{host.Name} opens shard {shard} epoch {lease.Epoch} after [{text}]");
                opened();
            });
        }

        public void Close(int shard, long epoch, Action<long> closed) => storage.Close(shard, epoch, length =>
        {
            world.Log($"{host.Name} closes shard {shard} epoch {epoch} at {length}");
            closed(length);
        });

        public void Abandon(int shard, long epoch)
        {
            world.Log($"{host.Name} abandons shard {shard} epoch {epoch}");
            storage.Abandon(shard, epoch);
        }
    }

    /// <summary>What a host logs stands in the trace.</summary>
    private sealed class HostLog(MountWorld world, MountHost host) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var text = $"{formatter(state, exception)}{(exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})")}";
            world.Log($"{host.Name} logs: {text.Split('\n')[0]}");
        }
    }
}
