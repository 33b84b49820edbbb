using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Host.Cluster;
using StreamActors.Host.Settings;
using StreamActors.Logs;
using StreamActors.SharedLogs;
using StreamActors.Sources.Log;
using StreamActors.Streams;

namespace StreamActors.Host.Volumes;

/// <summary>Opens log volumes whose directory all members of the cluster share.</summary>
internal static class SharedLogOpener
{
    private const int ShardsInUse = 16;
    private const int LeastActive = 16;

    /// <summary>Opens one.</summary>
    /// <param name="host">What all volumes are opened with.</param>
    /// <param name="settings">The volume.</param>
    /// <param name="logOf">How a log is written, with an id of chance.</param>
    /// <exception cref="MountException">It can't be had, e.g. because the directory is another cluster's.</exception>
    public static IOpenVolume Open(VolumeHost host, LogVolumeSettings settings, Func<Guid, LogOptions> logOf)
    {
        if (host.Cluster is not { } cluster || host.Settings.Cluster is not { } member)
            throw new MountException($"volume {settings.Path}: a directory is shared by the members of a cluster, and there are no settings of one");
        var actors = cluster.Actors;
        var log = logOf(actors.NewGuid());
        // Each shard has a log of its own, and few of them have many partitions in use.
        log = log with { MaxActive = Math.Max(LeastActive, log.MaxActive / ShardsInUse) };
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Directory));
        var source = new LogSourceOptions
        {
            Partitions = settings.Partitions,
            MayDelete = settings.MayDelete,
            MessageMaxBytes = settings.MessageMaxBytes,
            MaxActive = log.MaxActive,
            MaxOpen = LogOpener.PartitionsOf(host, OpenFiles.OfVolumes / 2),
            IdPrefix = ClusterSources.PrefixOf(settings.Path),
        };
        var options = new SharedLogOptions
        {
            Directory = directory,
            Owner = $"cluster {member.Name}, volume {settings.Path}",
            Shards = member.Shards,
            Log = log,
            Source = source,
        };
        var opened = SharedLogVolume.Open(
            options, cluster.Etcd, $"{member.Etcd.Prefix}names/{Uri.EscapeDataString(settings.Path)}/", host.Settings.Actors.AskTimeout,
            actors.TimeProvider, actors.Dispatcher.ContinuationScheduler, host.Loggers.CreateLogger("StreamActors.Logs"));
        if (!opened.Succeeded)
            throw new MountException($"volume {settings.Path} can't be opened: {opened.Fault.Detail}");
        var volume = opened.Value;
        cluster.Storage.Add(settings.Path, volume.Storage);
        cluster.Add(settings.Path, volume.Source);
        var error = Syscall.Open(directory, Linux.O_PATH | Linux.O_DIRECTORY, out var home);
        if (home is null)
        {
            volume.Dispose();
            throw MountException.CanNotOpen("log directory", directory, error);
        }
        var names = actors.ActorOf(Props.Create(() => new VolumeActor(volume.Source, host.Entities)), cluster.NextNames());
        var shown = new StreamsVolume(
            actors, VolumeHost.AddressesOf(cluster.Regions, names),
            LogOpener.ShownAs(host, settings), VolumeHost.OwnerSince(LogOpener.AgeOf(home)), home, host.Loggers.CreateLogger("StreamActors.Streams"));
        return new OpenShared(volume, home, shown);
    }

    private sealed class OpenShared(SharedLogVolume volume, FileDescriptor home, StreamsVolume shown) : IOpenVolume
    {
        /// <inheritdoc/>
        public Inode Root => shown.Root;

        /// <inheritdoc/>
        public Inode Find(IReadOnlyList<string> names, string path) =>
            throw new MountException($"volume {path} can't be in a log volume");

        /// <inheritdoc/>
        public Task CompleteAsync() => shown.CompleteAsync();

        /// <inheritdoc/>
        public ValueTask DisposeAsync()
        {
            volume.Dispose();
            home.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
