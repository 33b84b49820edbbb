using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamActors.Admin;
using StreamActors.Cluster;
using StreamActors.Etcd;
using StreamActors.Fuse.Kernel;
using StreamActors.Host.Helper;
using StreamActors.Host.Settings;
using StreamActors.Host.Volumes;
using StreamActors.Peers;
using StreamActors.Remote;
using StreamActors.Sharding;
using StreamActors.SharedLogs;
using StreamActors.Sources;
using StreamActors.Sources.Log;
using StreamActors.Streams;

namespace StreamActors.Host.Cluster;

/// <summary>This host as a member of a cluster: etcd, the network between members, and the engine that all volumes share.</summary>
internal sealed class ClusterHost : IAsyncDisposable
{
    private readonly ClusterSettings _settings;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _leaveAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EtcdClient _etcd;
    private readonly PeerNetwork _network;
    private readonly ClusterSources _sources = new();
    private readonly LeaseHelper _helper;

    // By the prefix of a volume's ids: on whose disk it is; and the names of those that are on this host's.
    private readonly Dictionary<string, string> _pinned;
    private readonly ConcurrentDictionary<string, IStreamVolume> _pinnedNames = new(StringComparer.Ordinal);
    private AdminServer? _adminServer;
    private EtcdTable? _seals;
    private int _names;
    private EndWatch? _watch;

    private ClusterHost(
        VolumeHost host, ClusterSettings settings, ClusterNodeSettings node, ClusterData? data, ActorSystem actors, EtcdClient etcd, PeerNetwork network,
        ReaderServer readers, ClusterAdmin admin)
    {
        (_settings, Data, Actors, _etcd, _network) = (settings, data, actors, etcd, network);
        _log = actors.Log;
        _helper = new LeaseHelper(EtcdOf(settings.Etcd), Environment.ProcessPath!, actors.TimeProvider, _log);
        admin.LeaveAsked += () =>
        {
            _log.AskedToLeave();
            _leaveAsked.TrySetResult();
        };
        var reads = new RemoteReadSettings
        {
            CacheBytes = settings.CacheBytes,
            ReadAheadBytes = settings.ReadAheadBytes,
            Deadline = host.Settings.Actors.AskTimeout,
        };
        _pinned = host.Settings.Volumes.OfType<LogVolumeSettings>().Where(volume => volume.Host is not null)
            .ToDictionary(volume => ClusterSources.PrefixOf(volume.Path), volume => volume.Host!, StringComparer.Ordinal);
        var exchange = new ReaderExchange("", readers, network, new RangeCache(reads.CacheBytes), reads, actors.TimeProvider);
        if (Data is not null)
            network.Joined += () => _ = Data.KeepClusterIdAsync(etcd, new ClusterKeys(node.KeyPrefix), _log);
        Engine = new ClusterEngine(
            actors, node, EngineOf(host, settings) with { LeaseChanged = _helper.Watch, PinnedTo = _pinned.Count == 0 ? null : PinnedTo }, etcd, BootClock.Instance, network, Storage, exchange);
        network.ReceiveBy(Engine.Receive);
        network.Changed += () =>
        {
            if (network is { HasMet: true, Self: { } self })
                Engine.Node.Tell(new MetOthers(self), ActorRefs.NoSender);
        };
        ClusterSharding.Get(actors).Use(Engine);
        var entities = host.Entities with { Shards = settings.Shards };
        Regions = StreamRegions.Start(actors, _sources, entities).MergedHere(actors, entities);
        Volumes = VolumeRegion.Start(actors, id => _pinnedNames.GetValueOrDefault(id), entities);
        admin.Begin(Engine.Node, Regions);
    }

    /// <summary>Where all actors of the cluster's volumes run.</summary>
    public ActorSystem Actors { get; }

    /// <summary>Where streams, topics and partitions of all these volumes are asked, on whichever host they are.</summary>
    public StreamRegions Regions { get; }

    /// <summary>Where the names of volumes are asked that lie on one member's disk.</summary>
    public IActorRef Volumes { get; }

    /// <summary>What the shards of the volumes keep.</summary>
    public ClusterStorage Storage { get; } = new();

    /// <summary>Where the cluster is.</summary>
    public IEtcd Etcd => _etcd;

    /// <summary>The engine.</summary>
    public ClusterEngine Engine { get; }

    /// <summary>Ends when somebody asks this host to leave: the mount is to end then.</summary>
    public Task LeaveAsked => _leaveAsked.Task;

    /// <summary>What this host keeps; null for nothing.</summary>
    public ClusterData? Data { get; }

    /// <summary>Begins to listen, and to join. The host need not be a member yet when this returns, nor etcd be there.</summary>
    /// <param name="host">What all volumes are opened with.</param>
    /// <param name="settings">What this host is.</param>
    /// <exception cref="IOException">A file can't be read, or an address can't be had.</exception>
    public static async Task<ClusterHost> StartAsync(VolumeHost host, ClusterSettings settings)
    {
        var actors = host.CreateActors("StreamActors.Cluster");
        PeerNetwork? network = null;
        EtcdClient? etcd = null;
        AdminServer? server = null;
        try
        {
            network = new PeerNetwork(actors, NetworkOf(settings), new MessageCodec());
            etcd = new EtcdClient(EtcdOf(settings.Etcd), actors.TimeProvider);
            var readers = new ReaderServer();
            var data = settings.Data is { } directory ? new ClusterData(directory) : null;
            var node = NodeOf(settings, data?.ReadClusterId()) with
            {
                Volumes = ClusterSources.CommonOf(host.Settings.Volumes),
                WaitsForOthers = true,
                Logs = [.. host.Settings.Volumes.OfType<LogVolumeSettings>().Where(volume => volume.IsShared).Select(volume => volume.Path)],
            };
            var admin = new ClusterAdmin(actors, etcd, network, node);
            await network.StartAsync(readers, admin.AnswerAsync);
            if (settings.Admin is { } http)
                server = await AdminServer.StartAsync(http.Listen.Resolve(), AdminOf(http), admin, actors.TimeProvider);
            return new ClusterHost(host, settings, node, data, actors, etcd, network, readers, admin) { _adminServer = server };
        }
        catch (Exception cause)
        {
            if (server is not null)
                await server.DisposeAsync();
            await actors.Terminate();
            if (network is not null)
                await network.DisposeAsync();
            etcd?.Dispose();
            if (cause is ArgumentException or System.Security.Cryptography.CryptographicException)
                throw new MountException($"cluster {settings.Name}: {cause.Message}");
            throw;
        }
    }

    /// <summary>Adds a volume.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="source">Its source, whose ids have the volume's prefix.</param>
    public void Add(string path, IStreamSource source) => _sources.Add(path, source);

    /// <summary>Adds a volume that stays with this host, and whose names others ask here, too.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="source">Its source, whose ids have the volume's prefix.</param>
    public void AddPinned(string path, LogSource source)
    {
        Add(path, source);
        _pinnedNames[ClusterSources.PrefixOf(path)] = source;
    }

    /// <summary>A table of a volume that all members have in common. The caller disposes of it.</summary>
    /// <param name="name">What it holds.</param>
    /// <param name="path">The volume's path.</param>
    public EtcdTable TableOf(string name, string path) => new(
        _etcd, $"{_settings.Etcd.Prefix}{name}/{Uri.EscapeDataString(path)}/", Actors.TimeProvider,
        fault => _log.TableNotFollowed(fault.Cause, name, path, fault.ToString()));

    /// <summary>A name for the next actor of names.</summary>
    public string NextNames() => $"names-{++_names}";

    /// <summary>All volumes are open.</summary>
    public void Complete()
    {
        Storage.Complete(volumes => new CombinedStorage(
            volumes, _seals = new EtcdTable(_etcd, $"{_settings.Etcd.Prefix}seals/", Actors.TimeProvider, fault => _log.SealsNotFollowed(fault.Cause, fault.ToString())),
            Actors.TimeProvider, _log));
        _sources.Complete();
        if (_pinned.Count > 0)
            Engine.OpenPinned();
    }

    /// <summary>Hands over, leaves, and ends the actors.</summary>
    /// <param name="watch">Told what is waited for, here and at its disposal.</param>
    public async Task StopAsync(EndWatch watch)
    {
        _watch = watch;
        Complete();
        watch.Next("what this host has to be handed over to other members");
        try
        {
            await Engine.Node.Ask<LeftCluster>(new LeaveCluster(), _settings.LeaveTimeout);
        }
        catch (AskTimeoutException)
        {
            _log.NotLeft(_settings.LeaveTimeout.TotalSeconds);
        }
        watch.Next("the actors of the cluster");
        await Actors.Terminate();
    }

    /// <summary>Ends what the volumes needed up to their own ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _watch?.Next("the admin API");
        if (_adminServer is not null)
            await _adminServer.DisposeAsync();
        _watch?.Next("the network between members");
        await _network.DisposeAsync();
        _watch?.Next("etcd");
        _seals?.Dispose();
        _watch?.Next("the helper process");
        _helper.Dispose();
        _etcd.Dispose();
    }

    private string? PinnedTo(string entityId) =>
        _pinned.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(ClusterSources.PrefixIn(entityId), out var member) ? member : null;

    private static ClusterNodeSettings NodeOf(ClusterSettings settings, string? clusterId) => new()
    {
        ClusterName = settings.Name,
        MemberName = settings.Member,
        Address = settings.Advertise.ToString(),
        ShardCount = settings.Shards,
        KeyPrefix = settings.Etcd.Prefix,
        Roles = settings.Roles,
        ShardRole = settings.ShardRole,
        Weight = settings.Weight,
        ClusterId = clusterId,
        LeaseTimeToLive = settings.LeaseTimeToLive,
        LeaseMargin = settings.LeaseMargin,
        Protocol = settings.Protocol,
        MaxHandOvers = settings.HandOvers,
    };

    private static ClusterEngineSettings EngineOf(VolumeHost host, ClusterSettings settings) => new()
    {
        Asks = new AskSettings { MaxAsks = settings.MaxAsks },
        MaxInbound = settings.MaxAsks,
        PatienceOf = message => StreamAsks.PatienceOf(message, host.Settings.Actors.AskTimeout),
        MayRepeat = StreamAsks.MayRepeat,
        IsRefusal = StreamAsks.IsRefusal,
        ReceiptFor = StreamAsks.ReceiptFor,
    };

    private static PeerOptions NetworkOf(ClusterSettings settings) => new()
    {
        ClusterName = settings.Name,
        Listen = settings.Listen.Resolve(),
        Secret = settings.SecretFile is { } file ? PeerSecret.Read(file) : null,
        Tls = settings.Tls is { } tls ? PeerTls.Read(tls.AuthorityFile, tls.CertificateFile, tls.KeyFile) : null,
        NewestProtocol = settings.Protocol,
        MaxFrameBytes = settings.MessageMaxBytes,
        MaxQueued = settings.MaxAsks,
    };

    private static AdminSettings AdminOf(ClusterAdminSettings settings) => new()
    {
        IsReadOnly = settings.IsReadOnly,
        Token = settings.TokenFile is { } file ? PeerSecret.ReadText(file) : null,
    };

    private static EtcdOptions EtcdOf(EtcdSettings settings) => new()
    {
        Endpoints = settings.Endpoints,
        CallTimeout = settings.Timeout,
        User = settings is { User: { } name, Password: { } password } ? new EtcdUser(name, password) : null,
        Tls = settings.AuthorityFile is null && settings.CertificateFile is null
            ? null : new EtcdTls(settings.AuthorityFile, settings.CertificateFile, settings.KeyFile),
    };
}
