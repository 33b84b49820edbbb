using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>A mirrored partition as the cache has it.</summary>
/// <param name="Id">Its log.</param>
/// <param name="First">The offset of the oldest message; that of the end where there is none.</param>
/// <param name="End">The log's end.</param>
/// <param name="Last">The last message; null where there is none.</param>
internal sealed record MirrorLog(IncarnationId Id, long First, LogPlace End, LogRecord? Last);

/// <summary>
/// The cache: a log directory that has one partition for each that was ever read. Its names are those of topic and
/// partition. Every method may block on the disk. Safe for several threads.
/// </summary>
internal sealed class MirrorStore(LogStore store)
{
    /// <summary>The stream of the log directory that all are in.</summary>
    private const string Stream = "mirrors";

    private readonly Lock _gate = new();

    /// <summary>The log directory.</summary>
    public LogStore Logs => store;

    /// <summary>Whether the cache has something of a partition. Never blocks.</summary>
    /// <param name="name">Its name in the cache.</param>
    /// <returns>True where <see cref="Open"/> would find it.</returns>
    public bool Has(string name) => store.Names.Topic(Stream, name) is not null;

    /// <summary>Forgets what the cache has of partitions. Their readers read on.</summary>
    /// <param name="isForgotten">Which, by their names in the cache.</param>
    /// <returns>Null, or why they can't be forgotten.</returns>
    public Failure? Forget(Func<string, bool> isForgotten)
    {
        lock (_gate)
        {
            if (store.Names.Stream(Stream) is not { } stream)
                return null;
            foreach (var (name, id) in stream.Topics)
                if (isForgotten(name) && Wait(store.ChangeNamesAsync(names => names.DeleteTopic(id))) is { } fault)
                    return MirrorFaults.FailureOf(fault);
            return null;
        }
    }

    /// <summary>Finds what the cache has of a partition, and makes it where it has nothing.</summary>
    /// <param name="name">Its name in the cache.</param>
    /// <returns>The log, or why it can't be had.</returns>
    public Result<MirrorLog> Open(string name)
    {
        lock (_gate)
        {
            if (store.Names.Topic(Stream, name) is not { Partitions: [var id] })
                return Create(name);
            var found = Describe(id);
            // It is a cache: what is damaged in it is fetched anew.
            if (found.Fault is { Error: LogError.Corrupt })
                return Replace(name);
            return found.Succeeded ? found.Value : MirrorFaults.FailureOf(found.Fault);
        }
    }

    /// <summary>Forgets what the cache has of a partition, and begins anew: it was of another incarnation, or is damaged.</summary>
    /// <param name="name">Its name in the cache.</param>
    /// <returns>The new log, or why it can't be had.</returns>
    public Result<MirrorLog> Replace(string name)
    {
        lock (_gate)
        {
            if (store.Names.Topic(Stream, name) is { } old && Wait(store.ChangeNamesAsync(names => names.DeleteTopic(old.Id))) is { } fault)
                return MirrorFaults.FailureOf(fault);
            return Create(name);
        }
    }

    /// <summary>Appends messages that were fetched.</summary>
    /// <param name="id">The log.</param>
    /// <param name="batch">The messages.</param>
    /// <returns>The outcome.</returns>
    public Task<AppendResult> AppendAsync(IncarnationId id, Batch batch) => store.AppendAsync(id, batch).AsTask();

    /// <summary>Says that a log is not used for now. Never blocks.</summary>
    /// <param name="id">The log.</param>
    public void GiveBack(IncarnationId id) => store.PassivateAsync(id).AsTask();

    private Result<MirrorLog> Create(string name)
    {
        var stream = FindStream();
        if (!stream.Succeeded)
            return MirrorFaults.FailureOf(stream.Fault);
        var topic = Wait(store.ChangeNamesAsync(names => names.CreateTopic(stream.Value, name, 1)));
        return topic.Succeeded ? new MirrorLog(topic.Value.Partitions[0], 0, default, null) : MirrorFaults.FailureOf(topic.Fault);
    }

    private LogResult<ulong> FindStream()
    {
        if (store.Names.Stream(Stream) is { } found)
            return found.Id;
        var made = Wait(store.ChangeNamesAsync(names => names.CreateStream(Stream, Framing.Lines)));
        return made.Succeeded ? made.Value.Id : made.Fault;
    }

    private LogResult<MirrorLog> Describe(IncarnationId id)
    {
        var opened = Wait(store.OpenReaderAsync(id));
        if (!opened.Succeeded)
            return opened.Fault;
        using var reader = opened.Value;
        var end = reader.Now.End;
        if (reader.Now.Count == 0)
            return new MirrorLog(id, end.Offset, end, null);
        var first = reader.Entry(reader.Now.Begin.Ordinal);
        var last = reader.Message(end.Ordinal - 1);
        return (first.Fault ?? last.Fault) is { } fault
            ? fault : new MirrorLog(id, first.Value.Offset, end, last.Value);
    }

    private static T Wait<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();
}
