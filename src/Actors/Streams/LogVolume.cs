using Microsoft.Extensions.Logging;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;
using StreamActors.Sources.Log;

namespace StreamActors.Streams;

/// <summary>How a log volume is opened.</summary>
public sealed record LogVolumeOptions
{
    /// <summary>The log directory's absolute path; its parent has to be there.</summary>
    public required string Directory { get; init; }

    /// <summary>How the log is written.</summary>
    public required LogOptions Log { get; init; }

    /// <summary>How many partitions a new topic has; at least 1.</summary>
    public required int Partitions { get; init; }

    /// <summary>Whether streams and topics may be deleted; else that is <see cref="Fault.NotPermitted"/>, whoever asks.</summary>
    public bool MayDelete { get; init; } = true;

    /// <summary>How messages of a new stream become bytes.</summary>
    public Framing Framing { get; init; } = Framing.Lines;

    /// <summary>How many partitions readers may have open at a time; each has three files open.</summary>
    public int MaxOpenPartitions { get; init; } = int.MaxValue;

    /// <summary>The disk.</summary>
    public ILogFileSystem Disk { get; init; } = DiskFileSystem.Instance;

    /// <summary>
    /// What the ids of its entities begin with, where several volumes share their entities; the directory's id follows, so that what
    /// other hosts know of one directory is never asked of another in its place. Null where the volume has entities of its own.
    /// </summary>
    public string? IdPrefix { get; init; }

    /// <summary>Makes the workers of the log, by name; null for threads.</summary>
    public Func<string, ILogWorker>? Workers { get; init; }
}

/// <summary>The streams of one log directory, running.</summary>
public sealed class LogVolume : IAsyncDisposable
{
    // Of the directory's id in the ids of entities.
    private const int IdDigits = 8;

    private readonly LogStore _store;

    private LogVolume(LogStore store, StreamRegions regions, IActorRef names)
    {
        _store = store;
        Regions = regions;
        Names = names;
    }

    /// <summary>Where its streams, topics and partitions are asked.</summary>
    public StreamRegions Regions { get; }

    /// <summary>Takes every <see cref="VolumeRequest"/>.</summary>
    public IActorRef Names { get; }

    /// <summary>Opens a log directory, and starts its actors.</summary>
    /// <param name="system">Where they run, and the clock; it has one volume.</param>
    /// <param name="options">How.</param>
    /// <param name="settings">The bounds of the entities.</param>
    /// <param name="logger">Told of what is found on the disk, and of what fails in the background.</param>
    /// <returns>
    /// The volume, or why it can't be had: <see cref="Fault.Busy"/> where another process has the directory (the reason says
    /// which), <see cref="Fault.InputOutput"/> where it is damaged or of a newer version, and the faults of the disk.
    /// </returns>
    public static Result<LogVolume> Start(ActorSystem system, LogVolumeOptions options, EntitySettings settings, ILogger logger) =>
        Start(system, options, settings, logger, source => (StreamRegions.Start(system, source, settings), "names"));

    /// <summary>Opens a log directory whose entities run with those of other volumes.</summary>
    /// <param name="system">Where they run, and the clock.</param>
    /// <param name="options">How.</param>
    /// <param name="settings">The bounds of the entities.</param>
    /// <param name="logger">Told of what is found on the disk, and of what fails in the background.</param>
    /// <param name="join">Takes the source, and tells where its entities are asked, and a name for the actor of its names.</param>
    /// <returns>As <see cref="Start(ActorSystem, LogVolumeOptions, EntitySettings, ILogger)"/>.</returns>
    public static Result<LogVolume> Start(
        ActorSystem system, LogVolumeOptions options, EntitySettings settings, ILogger logger, Func<LogSource, (StreamRegions Regions, string Names)> join)
    {
        ArgumentNullException.ThrowIfNull(join);
        var log = options.Log with { OwnsNames = true };
        var opened = LogStore.Open(options.Disk, options.Directory, log, system.TimeProvider, logger, options.Workers);
        if (!opened.Succeeded)
            return LogFailures.FailureOf(opened.Fault);
        var source = new LogSource(
            opened.Value,
            new LogSourceOptions
            {
                Partitions = options.Partitions,
                MayDelete = options.MayDelete,
                Framing = options.Framing,
                MessageMaxBytes = log.MessageMaxBytes,
                MaxActive = log.MaxActive,
                MaxOpen = options.MaxOpenPartitions,
                GivesFiles = log.Retention.Policy is { MaxAge: null, MaxBytes: null },
                IdPrefix = options.IdPrefix is { } prefix ? $"{prefix}{opened.Value.DirectoryId.ToString("n")[..IdDigits]}-" : "",
            },
            system.TimeProvider,
            system.Dispatcher.ContinuationScheduler);
        var (regions, name) = join(source);
        return new LogVolume(opened.Value, regions, system.ActorOf(Props.Create(() => new VolumeActor(source, settings)), name));
    }

    /// <summary>
    /// Ends what was asked of the log before, and closes it, so that the next start has nothing to recover. Called when the
    /// actors have ended; what they ask later is refused.
    /// </summary>
    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
