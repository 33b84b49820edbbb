using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// A partition of a log directory. A named cursor is there as long as the first partition of the topic has it; another
/// partition that has not got it yet has it at its oldest message.
/// </summary>
internal sealed class LogPartition(LogSource source, NamedTopic topic, IncarnationId id) : IPartitionSource
{
    // Only its snapshots are looked at: they tell of every append as long as it is open, and do no harm once it is not.
    private PartitionReader? _held;
    private int _isDisposed;

    public bool IsEnded => !source.Names.Topics.ContainsKey(topic.Id);

    public TimeSpan? UntilNext => null;

    private LogStore Store => source.Store;

    private Continuations After => source.After;

    public IDisposable Watch(Action changed) => source.Watchers.Add(id, this, changed);

    /// <summary>Holds the partition open, so that what is told of it is known at once.</summary>
    /// <param name="reader">A reader of it.</param>
    public void Hold(PartitionReader reader)
    {
        source.Held.Use(this);
        if (Interlocked.CompareExchange(ref _held, reader, null) is not null)
            reader.Dispose();
        if (Volatile.Read(ref _isDisposed) != 0)
            LetGo();
    }

    /// <summary>Lets its files be closed until it is asked again.</summary>
    public void LetGo() => Interlocked.Exchange(ref _held, null)?.Dispose();

    public Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start) => start is null
        ? Now(now => (Result<PartitionReply.Found>)new PartitionReply.Found(new ViewId(kind, now.Generation, null), StatOf(now, kind)))
        : With(reader =>
        {
            var found = IdOf(reader, kind, start);
            if (!found.Succeeded)
                return LogFailures.OfIncarnation(found.Fault);
            var stat = StatOf(reader, found.Value);
            return stat.Succeeded
                ? new PartitionReply.Found(found.Value, stat.Value)
                : (Result<PartitionReply.Found>)LogFailures.OfIncarnation(stat.Fault);
        });

    public Task<Result<PartitionReply.Stated>> Stat(ViewId view) => view.HasStart
        ? With(reader => StatOf(reader, view) switch
        {
            { Succeeded: true, Value: var stat } => new PartitionReply.Stated(stat),
            { Fault.Error: LogError.Removed } => Stale(view),
            { Fault: var fault } => (Result<PartitionReply.Stated>)LogFailures.OfIncarnation(fault!),
        })
        : Now(now => now.Generation == view.Generation
            ? new PartitionReply.Stated(StatOf(now, view.Kind))
            : (Result<PartitionReply.Stated>)Stale(view));

    public Task<Result<PartitionReply.Described>> Describe() => With(reader =>
    {
        var now = reader.Now;
        var first = now.Count > 0 ? reader.Entry(now.Begin.Ordinal) : default(LogResult<IndexEntry>?);
        if (first is { Fault: { Error: not LogError.Removed } fault })
            return (Result<PartitionReply.Described>)LogFailures.OfIncarnation(fault);
        var oldest = first is { Succeeded: true } found ? found.Value : default(IndexEntry?);
        return new PartitionReply.Described(new PartitionDescription(
            FirstOffset: oldest?.Offset ?? now.Begin.Offset,
            NextOffset: now.End.Offset,
            Messages: now.Count,
            Bytes: now.Length,
            CreatedAt: LogPartitionReader.TimeOf(now.Created),
            FirstAt: oldest is { } entry ? LogPartitionReader.TimeOf(entry.Timestamp) : null,
            LastAt: now.End.Ordinal > 0 ? LogPartitionReader.TimeOf(now.MaxTimestamp) : null,
            Framing: now.Framing,
            Generation: now.Generation,
            IsComplete: true));
    });

    /// <summary>What is held open is active, and its oldest message needs no look-up.</summary>
    /// <param name="view">The view.</param>
    public bool OpensAtOnce(ViewId view) => !view.HasStart && Volatile.Read(ref _held) is not null;

    public Task<Result<IPartitionReader>> OpenReader(ViewId view) => Open(view, DataFileUse.Reads);

    public Task<Result<IPartitionReader>> OpenForWriting(ViewId view) => Open(view, DataFileUse.Gives);

    private Task<Result<IPartitionReader>> Open(ViewId view, DataFileUse use)
    {
        if (source.Open.Enter([id]) is { } tooMany)
            return Task.FromResult<Result<IPartitionReader>>(tooMany);
        return After.Then(Store.OpenReaderAsync(id, source.GivesFiles && !view.HasStart ? use : DataFileUse.None), opened =>
        {
            var shown = opened.Succeeded ? Show(opened.Value, view) : LogFailures.OfIncarnation(opened.Fault);
            if (shown.Value is null)
                source.Open.Leave([id]);
            return shown;
        });
    }

    public Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind) => After.Bind(
        OffsetOf(cursor),
        offset => offset.Value is { } found
            ? After.Bind(
                With(reader => (Result<Boxed>)new Boxed(Math.Max(found.Value, reader.Now.Begin.Offset))),
                begin => begin.Value is { } start
                    ? OpenReader(new ViewId(kind, 0, start.Value))
                    : Task.FromResult<Result<IPartitionReader>>(begin.Failure!))
            : Task.FromResult<Result<IPartitionReader>>(offset.Failure!));

    public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch)
    {
        if (source.Batches.Encode(batch, out var encoded) is { } refused)
            return Task.FromResult<Result<PartitionReply.Appended>>(LogFailures.FailureOf(refused));
        // A writer's next append is a new epoch of it: so one that comes twice is known, and numbers may be left out.
        (encoded.WriterId, encoded.WriterEpoch, encoded.Sequence) = batch.Stamp is { } stamp
            ? (stamp.Writer, stamp.Number, 0) : (Batch.NoWriter, 0, 0);
        return After.Then(Store.AppendAsync(id, encoded), result =>
        {
            source.Batches.GiveBack(encoded);
            if (result.Fault is { } fault)
                return (Result<PartitionReply.Appended>)LogFailures.OfIncarnation(fault);
            source.Watchers.Raise(id, this);
            return new PartitionReply.Appended(result.BaseOffset);
        });
    }

    public Task<Failure?> Sync() => After.Then(Store.SyncAsync(), Outcome);

    public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor) => After.Bind(
        OffsetOf(cursor),
        offset => offset.Value is { } found
            ? With(reader => reader.FindOffset(found.Value) switch
            {
                { Succeeded: true, Value: var ordinal } =>
                    new PartitionReply.CursorAt(new CursorState(found.Value, reader.Now.End.Ordinal - ordinal)),
                { Fault: var fault } => (Result<PartitionReply.CursorAt>)LogFailures.OfIncarnation(fault!),
            })
            : Task.FromResult<Result<PartitionReply.CursorAt>>(offset.Failure!));

    public Task<Failure?> CreateCursor(EntityName cursor) => LogSource.TextOf(cursor) is { } name
        ? After.Then(Store.CreateCursorAsync(id, name), Outcome)
        : Task.FromResult<Failure?>(LogSource.NotText);

    public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place) => After.Bind(OffsetOf(cursor), known => known.Value is null
        ? Task.FromResult(known.Failure)
        : After.Bind(
            With(reader => IdOf(reader, ViewKind.Default, place) switch
            {
                { Succeeded: true, Value: var view } => new Boxed(view.Start ?? reader.Now.End.Offset),
                { Fault: var fault } => (Result<Boxed>)LogFailures.OfIncarnation(fault!),
            }),
            found => found.Value is { } offset ? Acknowledge(cursor, offset.Value) : Task.FromResult(found.Failure)));

    public Task<Failure?> Acknowledge(EntityName cursor, long offset) =>
        After.Then(Store.SetCursorAsync(id, LogSource.TextOf(cursor)!, offset), Outcome);

    public Task<Failure?> ForgetCursor(EntityName cursor) => LogSource.TextOf(cursor) is { } name
        ? After.Then(Store.SetCursorAsync(id, name, null), Outcome)
        : Task.FromResult<Failure?>(null);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        source.Held.Remove(this);
        LetGo();
        _ = Store.PassivateAsync(id).AsTask();
    }

    private static PartitionStat StatOf(PartitionSnapshot now, ViewKind kind) =>
        new(now.LengthOf(kind), LogPartitionReader.ModifiedAt(now), now.Count);

    private static ViewStart? StartOf(ViewId view) => view switch
    {
        { Start: { } offset } => ViewStart.AtOffset(offset),
        { StartTime: { } time } => new ViewStart(ViewStartKind.Time, time.ToUnixTimeMilliseconds()),
        _ => null,
    };

    /// <summary>Opens a view of what was opened, or closes it.</summary>
    private Result<IPartitionReader> Show(PartitionReader opened, ViewId view)
    {
        var shown = view.HasStart || opened.Opened.Generation == view.Generation
            ? PartitionView.Open(opened, view.Kind, StartOf(view))
            : default(LogResult<PartitionView>?);
        if (shown is { Succeeded: true } found)
            return new LogPartitionReader(source, topic, id, found.Value);
        opened.Dispose();
        return shown is { Fault: { } fault } ? LogFailures.FailureOf(fault) : Stale(view);
    }

    /// <summary>Size and time of a view that begins at a place.</summary>
    private LogResult<PartitionStat> StatOf(PartitionReader reader, ViewId view)
    {
        var opened = PartitionView.Open(reader, view.Kind, StartOf(view));
        if (!opened.Succeeded)
            return opened.Fault;
        var begin = opened.Value.Begin;
        if (!begin.Succeeded)
            return begin.Fault;
        return begin.Value is { } place && place.Ordinal < reader.Now.Begin.Ordinal
            ? new LogFault(LogError.Removed, $"the beginning of a view of partition {id} was removed")
            : LogPartitionReader.StatOf(opened.Value);
    }

    /// <summary>
    /// The view that begins at a place. What it begins at is a message that is there, named by its offset, or one that is to
    /// come, so that retention never makes another view of it.
    /// </summary>
    private LogResult<ViewId> IdOf(PartitionReader reader, ViewKind kind, StartPlace place)
    {
        var start = StartPlaceResolver.Resolve(place, reader, source.Clock);
        if (!start.Succeeded)
            return start.Fault;
        switch (start.Value)
        {
            case { Kind: ViewStartKind.Offset, Value: var offset }:
                return new ViewId(kind, 0, offset);
            case { Kind: ViewStartKind.Time, Value: var time }:
                return new ViewId(kind, 0, null, LogPartitionReader.TimeOf(time));
            default:
                var found = reader.Place(start.Value.Value);
                return found.Succeeded ? new ViewId(kind, 0, found.Value.Offset) : found.Fault;
        }
    }

    /// <summary>Tells something of the partition as it is now: at once where it is held open.</summary>
    private Task<Result<T>> Now<T>(Func<PartitionSnapshot, Result<T>> tell)
        where T : class
    {
        if (Volatile.Read(ref _held) is not { } held)
            return Opened(opened =>
            {
                var now = opened.Now;
                Hold(opened);
                return tell(now);
            });
        source.Held.Use(this);
        return Task.FromResult(tell(held.Now));
    }

    /// <summary>Tells something for which files are read.</summary>
    private Task<Result<T>> With<T>(Func<PartitionReader, Result<T>> tell)
        where T : class => Opened(opened =>
        {
            using (opened)
                return tell(opened);
        });

    private Task<Result<T>> Opened<T>(Func<PartitionReader, Result<T>> tell)
        where T : class => After.Then(
            Store.OpenReaderAsync(id), opened => opened.Succeeded ? tell(opened.Value) : LogFailures.OfIncarnation(opened.Fault));

    /// <summary>Where a cursor is.</summary>
    private Task<Result<Boxed>> OffsetOf(EntityName cursor)
    {
        if (LogSource.TextOf(cursor) is not { } name)
            return Task.FromResult<Result<Boxed>>(NoCursor(cursor));
        return After.Then(Store.FindCursorAsync(id, source.HasOwnCursors ? topic.Partitions[0] : null, name), found => found switch
        {
            { Succeeded: false } => LogFailures.OfIncarnation(found.Fault),
            { Value: { } offset } => new Boxed(offset),
            _ => (Result<Boxed>)NoCursor(cursor),
        });
    }

    private static Failure NoCursor(EntityName cursor) => new(Fault.NotFound, $"there is no cursor {cursor}");

    private Failure Stale(ViewId view) => new(Fault.Stale, $"{view} of partition {id} is over");

    private static Failure? Outcome(LogFault? fault) => fault is null ? null : LogFailures.OfIncarnation(fault);

    private sealed record Boxed(long Value);
}
