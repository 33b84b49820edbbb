using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Host.Cluster;
using StreamActors.Host.Settings;
using StreamActors.Logs;
using StreamActors.Streams;

namespace StreamActors.Host.Volumes;

/// <summary>Opens log volumes.</summary>
internal static class LogOpener
{
    private const int FilesOfAPartition = 3;
    private const int LeastActive = 16;

    /// <summary>Opens a log volume; makes its directory where it is missing.</summary>
    /// <param name="host">What all volumes are opened with.</param>
    /// <param name="settings">The volume.</param>
    /// <exception cref="MountException">The log can't be had, e.g. because another process has it.</exception>
    public static async Task<IOpenVolume> OpenAsync(VolumeHost host, LogVolumeSettings settings)
    {
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Directory));
        if (settings.IsShared)
            return SharedLogOpener.Open(host, settings, id => OptionsOf(host, settings, directory, id).Log);
        if (settings.IsElsewhere)
            return OpenElsewhere(host, settings, host.Cluster!);
        // What other members ask for runs with the entities of their volumes; others have actors of their own.
        var members = settings.Host is null ? null : host.Cluster;
        var actors = members?.Actors ?? host.CreateActors();
        var logger = host.Loggers.CreateLogger("StreamActors.Logs");
        var options = OptionsOf(host, settings, directory, actors.NewGuid());
        var started = members is null
            ? LogVolume.Start(actors, options, host.Entities, logger)
            : LogVolume.Start(
                actors, options with { IdPrefix = ClusterSources.PrefixOf(settings.Path) }, host.Entities, logger, source =>
                {
                    members.AddPinned(settings.Path, source);
                    return (members.Regions, members.NextNames());
                });
        if (started.Value is not { } log)
        {
            if (members is null)
                await actors.Terminate();
            throw new MountException($"volume {settings.Path} can't be opened: {started.Failure?.Reason}");
        }
        var error = Syscall.Open(directory, Linux.O_PATH | Linux.O_DIRECTORY, out var home);
        if (home is not null)
            return new OpenLog(members is null ? actors : null, log, home, ShownBy(host, settings, actors, log, home));
        await CloseAsync(members is null ? actors : null, log);
        throw MountException.CanNotOpen("log directory", directory, error);
    }

    /// <summary>Shows what is on another member's disk.</summary>
    private static OpenRemote OpenElsewhere(VolumeHost host, LogVolumeSettings settings, ClusterHost members)
    {
        var names = members.Actors.ActorOf(
            Props.Create(() => new VolumeElsewhere(members.Volumes, ClusterSources.PrefixOf(settings.Path))), members.NextNames());
        var shown = new StreamsVolume(
            members.Actors, VolumeHost.AddressesOf(members.Regions, names),
            ShownAs(host, settings), VolumeHost.OwnerSince(TimeProvider.System.GetUtcNow()), null, host.Loggers.CreateLogger("StreamActors.Streams"));
        return new OpenRemote(shown);
    }

    private static LogVolumeOptions OptionsOf(VolumeHost host, LogVolumeSettings settings, string directory, Guid newId) => new()
    {
        Directory = directory,
        Log = new LogOptions
        {
            MessageMaxBytes = settings.MessageMaxBytes,
            Durability = settings.Durability,
            SyncInterval = settings.SyncInterval,
            Retention = settings.Retention,
            MaxActive = Math.Clamp(PartitionsOf(host, OpenFiles.OfVolumes / 4), LeastActive, LogCatalog.MaxPartitions),
            NewDirectoryId = newId,
            Holder = $"streamactors, process {Environment.ProcessId}, mounted on {host.Mountpoint}",
        },
        Partitions = settings.Partitions,
        MayDelete = settings.MayDelete,
        MaxOpenPartitions = PartitionsOf(host, OpenFiles.OfVolumes / 2),
    };

    /// <summary>How many partitions of a log volume can have their files open, where all of them may have so many.</summary>
    internal static int PartitionsOf(VolumeHost host, int files) =>
        files / FilesOfAPartition / host.Settings.Volumes.OfType<LogVolumeSettings>().Count(log => !log.IsElsewhere);

    private static StreamsVolume ShownBy(VolumeHost host, LogVolumeSettings settings, ActorSystem actors, LogVolume log, FileDescriptor home)
    {
        var addresses = VolumeHost.AddressesOf(log.Regions, log.Names);
        return new StreamsVolume(actors, addresses, ShownAs(host, settings), VolumeHost.OwnerSince(AgeOf(home)), home, host.Loggers.CreateLogger("StreamActors.Streams"));
    }

    /// <summary>How the streams of a log volume are shown.</summary>
    internal static StreamsOptions ShownAs(VolumeHost host, LogVolumeSettings settings) => host.Streams with
    {
        IsReadOnly = false,
        HasViews = true,
        MayDelete = settings.MayDelete,
        MessageMaxBytes = settings.MessageMaxBytes,
        NewTopicsHaveOnePartition = settings.Partitions == 1,
        OwnsNames = !HasOthers(settings),
        OwnsFiles = !HasOthers(settings) && settings.Retention.Policy is { MaxAge: null, MaxBytes: null },
        NumberSeed = settings.Path,
        StampsAppends = HasOthers(settings),
    };

    /// <summary>Whether other members show the volume, too.</summary>
    private static bool HasOthers(LogVolumeSettings settings) => settings.IsShared || settings.Host is not null;

    /// <summary>Since when a directory is there.</summary>
    internal static DateTimeOffset AgeOf(FileDescriptor home)
    {
        Syscall.Statx(home, out var stat);
        var time = (stat.Mask & Linux.STATX_BTIME) != 0 ? stat.BirthTime : stat.ChangeTime;
        return DateTimeOffset.UnixEpoch.AddTicks(time.TotalNanoseconds / TimeSpan.NanosecondsPerTick);
    }

    private static async Task CloseAsync(ActorSystem? actors, LogVolume log)
    {
        if (actors is not null)
            await actors.Terminate();
        await log.DisposeAsync();
    }

    private sealed class OpenLog(ActorSystem? actors, LogVolume log, FileDescriptor home, StreamsVolume shown) : IOpenVolume
    {
        /// <inheritdoc/>
        public Inode Root => shown.Root;

        /// <inheritdoc/>
        public Inode Find(IReadOnlyList<string> names, string path) =>
            throw new MountException($"volume {path} can't be in a log volume");

        /// <inheritdoc/>
        public Task CompleteAsync() => shown.CompleteAsync();

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            await CloseAsync(actors, log);
            home.Dispose();
        }
    }

    private sealed class OpenRemote(StreamsVolume shown) : IOpenVolume
    {
        /// <inheritdoc/>
        public Inode Root => shown.Root;

        /// <inheritdoc/>
        public Inode Find(IReadOnlyList<string> names, string path) =>
            throw new MountException($"volume {path} can't be in a log volume");

        /// <inheritdoc/>
        public Task CompleteAsync() => shown.CompleteAsync();

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
