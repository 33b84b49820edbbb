using System.Buffers.Binary;
using System.Text.Json;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>A mirrored partition as the cache has it.</summary>
/// <param name="Cached">What is counted of it.</param>
/// <param name="Generation">Rises each time that a log takes another's place whose bytes it does not have.</param>
/// <param name="First">The offset of the oldest message; that of the end where there is none.</param>
/// <param name="End">The log's end.</param>
/// <param name="Last">The last message; null where there is none.</param>
internal sealed record MirrorLog(CachedLog Cached, int Generation, long First, LogPlace End, IndexEntry? Last)
{
    /// <summary>Which generation it is of those that all hosts have agreed on; null where nobody has asked them.</summary>
    public Generation? Agreed { get; init; }

    /// <summary>Where in the generation it begins; it does so later where a log was lost that had what is before.</summary>
    public MirrorCheckpoint Base { get; init; }

    /// <summary>Its log.</summary>
    public IncarnationId Id => Cached.Id;
}

/// <summary>
/// The cache: a log directory that has one partition for each that was ever read. Its names are those of topic and
/// partition. Every method may block on the disk. Safe for several threads.
/// </summary>
internal sealed class MirrorStore(LogStore store, long maxBytes)
{
    /// <summary>The stream of the log directory that all are in.</summary>
    private const string Stream = "mirrors";

    /// <summary>The property of a log that says of which generation it is; none for the first.</summary>
    private const string GenerationProperty = "generation";

    /// <summary>The property of a log that says which generation all hosts have agreed on.</summary>
    private const string AgreedProperty = "agreed";

    /// <summary>The property of a log that says where in its generation it begins; none at the beginning.</summary>
    private const string BaseProperty = "base";

    /// <summary>How many logs of earlier runs are counted at a time.</summary>
    private const int CountedAtOnce = 64;

    private readonly Lock _gate = new();
    private Queue<IncarnationId>? _uncounted;

    /// <summary>The log directory.</summary>
    public LogStore Logs => store;

    /// <summary>What keeps it small.</summary>
    public CacheBudget Budget { get; } = new(store, maxBytes);

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
            foreach (var name in stream.Topics.Keys)
                if (isForgotten(name) && Delete(name) is { } fault)
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
                return Create(name, 0);
            var found = Describe(id);
            // It is a cache: what is damaged in it is fetched anew.
            if (found.Fault is { Error: LogError.Corrupt })
                return Replace(name, 0);
            return found.Succeeded ? found.Value : MirrorFaults.FailureOf(found.Fault);
        }
    }

    /// <summary>Forgets what the cache has of a partition, and begins anew: it was of another incarnation, or is damaged.</summary>
    /// <param name="name">Its name in the cache.</param>
    /// <param name="generation">That of the new log.</param>
    /// <param name="agreed">Which generation all hosts have agreed on; null where nobody has asked them.</param>
    /// <param name="from">Where in the generation the new log begins.</param>
    /// <returns>The new log, or why it can't be had.</returns>
    public Result<MirrorLog> Replace(string name, int generation, Generation? agreed = null, MirrorCheckpoint from = default)
    {
        lock (_gate)
            return Delete(name) is { } fault ? MirrorFaults.FailureOf(fault) : Create(name, generation, agreed, from);
    }

    /// <summary>Appends messages that were fetched; where the disk is full, others are evicted for them.</summary>
    /// <param name="log">The log.</param>
    /// <param name="batch">The messages.</param>
    /// <returns>Null, or why they were not appended.</returns>
    public LogFault? Append(CachedLog log, Batch batch)
    {
        var appended = Wait(store.AppendAsync(log.Id, batch));
        if (IsFull(appended.Fault) && Budget.MakeRoom(batch.Length))
            appended = Wait(store.AppendAsync(log.Id, batch));
        if (appended.Fault is not null)
            return appended.Fault;
        var grown = new LogRange(log.End, appended.End).Bytes;
        log.End = appended.End;
        Budget.Grew(log, grown);
        return null;
    }

    /// <summary>Puts messages back that were evicted; where the disk is full, others are evicted for them.</summary>
    /// <param name="log">The log.</param>
    /// <param name="missing">The messages.</param>
    /// <param name="batch">Their bytes.</param>
    /// <returns>Null, or why they were not put back.</returns>
    public LogFault? Restore(CachedLog log, LogRange missing, Batch batch)
    {
        var fault = Wait(store.RestoreAsync(log.Id, missing.From.Ordinal, batch));
        if (IsFull(fault) && Budget.MakeRoom(batch.Length))
            fault = Wait(store.RestoreAsync(log.Id, missing.From.Ordinal, batch));
        if (fault is null)
            Budget.Grew(log, missing.Bytes);
        return fault;
    }

    /// <summary>Opens a reader of a log.</summary>
    /// <param name="id">The log.</param>
    /// <returns>The reader, which the caller disposes.</returns>
    public LogResult<PartitionReader> OpenReader(IncarnationId id) => Wait(store.OpenReaderAsync(id));

    /// <summary>Removes messages that the cluster no longer has: a new generation of the log.</summary>
    /// <param name="id">The log.</param>
    /// <param name="ordinal">The first that is kept.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? RemoveBefore(IncarnationId id, long ordinal) => Wait(store.RemoveBeforeAsync(id, ordinal));

    /// <summary>Removes messages, as another generation that all hosts have agreed on.</summary>
    /// <param name="log">The log.</param>
    /// <param name="ordinal">The first message that is kept.</param>
    /// <param name="agreed">The generation that it is then.</param>
    /// <returns>The log as it is then, or why not: nothing may be read of it then.</returns>
    public Result<MirrorLog> RemoveBefore(MirrorLog log, long ordinal, Generation agreed)
    {
        if (RemoveBefore(log.Id, ordinal) is { } fault)
            return MirrorFaults.FailureOf(fault);
        var opened = OpenReader(log.Id);
        if (!opened.Succeeded)
            return MirrorFaults.FailureOf(opened.Fault);
        using var reader = opened.Value;
        // The log counts the heads that it has lost; what is told of it is the sum.
        var generation = agreed.Number - reader.Now.Generation;
        return Mark(log.Id, generation, agreed, log.Base == default ? null : default(MirrorCheckpoint)) is { } unmarked
            ? MirrorFaults.FailureOf(unmarked) : log with { Generation = generation, Agreed = agreed, First = agreed.First, Base = default };
    }

    /// <summary>Has an empty log be of a generation that all hosts have agreed on.</summary>
    /// <param name="log">The log, which is of none.</param>
    /// <param name="agreed">The generation.</param>
    /// <returns>The log as it is then, or why not.</returns>
    public Result<MirrorLog> Agree(MirrorLog log, Generation agreed) => Mark(log.Id, agreed.Number, agreed, null) is { } unmarked
        ? MirrorFaults.FailureOf(unmarked) : log with { Generation = agreed.Number, Agreed = agreed };

    /// <summary>Says that a log is not used for now. Never blocks.</summary>
    /// <param name="id">The log.</param>
    public void GiveBack(IncarnationId id) => store.PassivateAsync(id).AsTask();

    /// <summary>Counts a few of the logs that nobody has read since the start, and evicts what there is too much of.</summary>
    public void Tend()
    {
        _uncounted ??= new Queue<IncarnationId>((store.Names.Stream(Stream)?.Topics.Keys ?? [])
            .Select(name => store.Names.Topic(Stream, name)!.Partitions[0]));
        for (var left = CountedAtOnce; left > 0 && _uncounted.TryDequeue(out var id); left--)
        {
            if (Budget.Knows(id))
                continue;
            var opened = OpenReader(id);
            if (!opened.Succeeded)
                continue;
            Budget.Track(id, opened.Value.Now);
            opened.Value.Dispose();
            GiveBack(id);
        }
        Budget.Keep();
    }

    private LogFault? Delete(string name)
    {
        if (store.Names.Topic(Stream, name) is not { } known)
            return null;
        var fault = Wait(store.ChangeNamesAsync(names => names.DeleteTopic(known.Id)));
        if (fault is null)
            Budget.Forget(known.Partitions[0]);
        return fault;
    }

    private Result<MirrorLog> Create(string name, int generation, Generation? agreed = null, MirrorCheckpoint from = default)
    {
        var stream = FindStream();
        if (!stream.Succeeded)
            return MirrorFaults.FailureOf(stream.Fault);
        var topic = Wait(store.ChangeNamesAsync(names => names.CreateTopic(stream.Value, name, 1)));
        if (!topic.Succeeded)
            return MirrorFaults.FailureOf(topic.Fault);
        var id = topic.Value.Partitions[0];
        if (Mark(id, generation, agreed, from == default ? null : from) is { } unmarked)
            return MirrorFaults.FailureOf(unmarked);
        var made = Describe(id);
        return made.Succeeded ? made.Value : MirrorFaults.FailureOf(made.Fault);
    }

    /// <summary>Writes what a log is; what is null stays as it stands.</summary>
    private LogFault? Mark(IncarnationId id, int generation, Generation? agreed, MirrorCheckpoint? from)
    {
        if (from is { } place)
        {
            var at = place == default ? [] : CheckpointForm.Write(new CheckpointList(generation, [place]));
            if (Wait(store.SetPropertyAsync(id, BaseProperty, at)) is { } unmarked)
                return unmarked;
        }
        if (agreed is not null)
        {
            var text = JsonSerializer.SerializeToUtf8Bytes(agreed, GenerationJson.Default.Generation);
            if (Wait(store.SetPropertyAsync(id, AgreedProperty, text)) is { } fault)
                return fault;
        }
        if (generation == 0 && agreed is null)
            return null;
        var value = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(value, generation);
        return Wait(store.SetPropertyAsync(id, GenerationProperty, value));
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
        var properties = Wait(store.PropertiesAsync(id));
        if (!properties.Succeeded)
            return properties.Fault;
        var opened = OpenReader(id);
        if (!opened.Succeeded)
            return opened.Fault;
        using var reader = opened.Value;
        var now = reader.Now;
        var kept = properties.Value.FirstOrDefault(property => property.Key == GenerationProperty).Value;
        var generation = kept.Length == sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(kept.Span) : 0;
        var cached = Budget.Track(id, now);
        var text = properties.Value.FirstOrDefault(property => property.Key == AgreedProperty).Value;
        var agreed = text.IsEmpty ? null : JsonSerializer.Deserialize(text.Span, GenerationJson.Default.Generation);
        var at = properties.Value.FirstOrDefault(property => property.Key == BaseProperty).Value;
        var from = CheckpointForm.Read(at.Span)?.Places[0] ?? default;
        if (now.Count == 0)
            return new MirrorLog(cached, generation, now.End.Offset, now.End, null) { Agreed = agreed, Base = from };
        var first = reader.Entry(now.Begin.Ordinal);
        var last = reader.Entry(now.End.Ordinal - 1);
        return (first.Fault ?? last.Fault) is { } fault
            ? fault : new MirrorLog(cached, generation, first.Value.Offset, now.End, last.Value) { Agreed = agreed, Base = from };
    }

    private static bool IsFull(LogFault? fault) => fault is { Error: LogError.NoSpace or LogError.Quota };

    /// <summary>Waits for the log. Those who call may block.</summary>
    internal static T Wait<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();
}
