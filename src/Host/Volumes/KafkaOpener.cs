using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using StreamActors.Etcd;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Host.Cluster;
using StreamActors.Host.Settings;
using StreamActors.Kafka;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Streams;

namespace StreamActors.Host.Volumes;

/// <summary>Opens clusters. No broker has to be there: what can't be asked yet is an error of the one who asks.</summary>
internal static class KafkaOpener
{
    /// <summary>Opens a cluster with its cache.</summary>
    /// <param name="host">What all volumes are opened with.</param>
    /// <param name="settings">The cluster.</param>
    /// <exception cref="MountException">Its cache can't be opened, or a property is wrong.</exception>
    public static async Task<IOpenVolume> OpenAsync(VolumeHost host, KafkaVolumeSettings settings)
    {
        var logger = host.Loggers.CreateLogger("StreamActors.Kafka");
        var cluster = ClusterOf(settings);
        var cache = OpenCache(host, settings, logger);
        EtcdTable[] tables = host.Cluster is { } shared ? [shared.TableOf("generations", settings.Path), shared.TableOf("checkpoints", settings.Path)] : [];
        var opened = OpenState(host, settings, tables, out var generations, out var checkpoints) is { } unmade ? unmade : KafkaSource.Open(
            cluster, cache, OptionsOf(host, settings) with { Generations = generations, Checkpoints = checkpoints }, TimeProvider.System, logger);
        if (opened.Value is not { } source)
        {
            foreach (var table in tables)
                table.Dispose();
            await cache.DisposeAsync();
            throw new MountException($"volume {settings.Path}: {opened.Failure!.Reason}");
        }
        var (actors, regions) = Start(host, settings, source);
        var names = actors.ActorOf(Props.Create(() => new VolumeActor(source, host.Entities)), host.Cluster?.NextNames() ?? "names");
        var shown = host.Streams with
        {
            IsReadOnly = host.Settings.Mount.ReadOnly,
            HasViews = true,
            MayDelete = settings.MayDelete,
            MessageMaxBytes = cluster.MaxMessageBytes,
            NewTopicsHaveOnePartition = settings.TopicPartitions == 1,
        };
        var volume = new StreamsVolume(
            actors, VolumeHost.AddressesOf(regions, names), shown,
            VolumeHost.OwnerSince(TimeProvider.System.GetUtcNow()), null, host.Loggers.CreateLogger("StreamActors.Streams"));
        return new OpenKafka(actors, source, tables, volume, ownsActors: host.Cluster is null);
    }

    /// <summary>Alone, a volume has actors of its own; in a cluster all volumes share them.</summary>
    private static (ActorSystem, StreamRegions) Start(VolumeHost host, KafkaVolumeSettings settings, KafkaSource source)
    {
        if (host.Cluster is { } members)
        {
            members.Add(settings.Path, source);
            return (members.Actors, members.Regions);
        }
        var actors = host.CreateActors();
        return (actors, StreamRegions.Start(actors, source, host.Entities));
    }

    private static KafkaOptions ClusterOf(KafkaVolumeSettings settings) => new()
    {
        BootstrapServers = settings.BootstrapServers,
        Properties = settings.Properties,
        Deadline = settings.Deadline,
        WriteDeadline = settings.WriteDeadline,
        Isolation = settings.Isolation,
        FetchBufferBytes = settings.FetchBufferBytes,
        MaxWrites = settings.MaxWrites,
    };

    private static KafkaVolumeOptions OptionsOf(VolumeHost host, KafkaVolumeSettings settings) => new()
    {
        IdPrefix = host.Cluster is null ? null : ClusterSources.PrefixOf(settings.Path),
        Stream = new EntityName(settings.Stream),
        Separator = settings.Separator,
        ShowInternal = settings.ShowsInternal,
        MetadataAge = settings.MetadataAge,
        AllowDelete = settings.MayDelete,
        AllowGrow = settings.MayGrow,
        Topics = new TopicDefaults(settings.TopicPartitions, settings.TopicReplication, settings.TopicConfig),
        Mirror = new MirrorOptions { Start = settings.Start, CacheMaxBytes = settings.CacheMaxBytes, Deadline = settings.Deadline },
    };

    private static LogStore OpenCache(VolumeHost host, KafkaVolumeSettings settings, ILogger logger)
    {
        var directory = settings.CacheDirectory is { } given ? Path.GetFullPath(given) : DefaultDirectory(host, settings, "XDG_CACHE_HOME", "/var/cache", ".cache");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory)!, (UnixFileMode)0x1C0);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new MountException($"volume {settings.Path}: its cache can't be made: {refused.Message}");
        }
        var options = new LogOptions
        {
            OwnsNames = true,
            NewDirectoryId = Guid.NewGuid(),
            Holder = $"streamactors, process {Environment.ProcessId}, mounted at {host.Mountpoint}",
            MessageMaxBytes = LogOptions.LargestMessageMaxBytes,
        };
        var opened = LogStore.Open(DiskFileSystem.Instance, directory, options, TimeProvider.System, logger);
        return opened.Succeeded ? opened.Value : throw new MountException($"volume {settings.Path}: its cache can't be opened: {opened.Fault.Detail}");
    }

    /// <summary>Opens what outlives the cache: in etcd, or in a directory that is not the cache's.</summary>
    private static Failure? OpenState(
        VolumeHost host, KafkaVolumeSettings settings, EtcdTable[] tables, out IGenerations? generations, out ICheckpoints? checkpoints)
    {
        (generations, checkpoints) = (null, null);
        if (tables is [var numbers, var places])
        {
            (generations, checkpoints) = (new EtcdGenerations(numbers), new EtcdCheckpoints(places));
            return null;
        }
        var directory = settings.StateDirectory is { } given ? Path.GetFullPath(given)
            : settings.CacheDirectory is { } cache ? Path.GetFullPath(cache).TrimEnd('/') + ".state"
            : DefaultDirectory(host, settings, "XDG_STATE_HOME", "/var/lib", ".local/state");
        try
        {
            Directory.CreateDirectory(directory, (UnixFileMode)0x1C0);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new Failure(Fault.InputOutput, $"its state can't be kept: {refused.Message}");
        }
        var files = new MirrorFiles(directory);
        (generations, checkpoints) = (files, files);
        return null;
    }

    /// <summary>A directory that the next mount of this cluster at this place finds again, and no other mount uses.</summary>
    private static string DefaultDirectory(VolumeHost host, KafkaVolumeSettings settings, string variable, string ofRoot, string ofUser)
    {
        var home = host.Cluster?.Data is { } data ? Path.Combine(data.Directory, "cache")
            : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set && Path.IsPathRooted(set) ? set
            : Syscall.GetEUid() == 0 ? ofRoot
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ofUser);
        var place = $"{settings.BootstrapServers}\n{Path.GetFullPath(host.Mountpoint)}\n{settings.Path}\n{settings.Start}";
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)).AsSpan(0, 8));
        return Path.Combine(home, "streamactors", string.Create(CultureInfo.InvariantCulture, $"kafka-{name}"));
    }

    private sealed class OpenKafka(ActorSystem actors, KafkaSource source, EtcdTable[] tables, StreamsVolume shown, bool ownsActors) : IOpenVolume
    {
        /// <inheritdoc/>
        public Inode Root => shown.Root;

        /// <inheritdoc/>
        public Inode Find(IReadOnlyList<string> names, string path) =>
            throw new MountException($"volume {path}: everything in a Kafka volume belongs to the cluster");

        /// <inheritdoc/>
        public Task CompleteAsync() => shown.CompleteAsync();

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (ownsActors)
                await actors.Terminate();
            await source.DisposeAsync();
            foreach (var table in tables)
                table.Dispose();
        }
    }
}
