using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// A partition of a log directory. A named cursor is there as long as the first partition of the topic has it; another
/// partition that has not got it yet has it at its oldest message.
/// </summary>
internal sealed class LogPartition(LogSource source, IncarnationId home, IncarnationId id, PartitionReader reader) : IPartitionSource
{
    private int _isDisposed;

    public bool IsEnded => reader.Now.Deleted;

    public TimeSpan? UntilNext => null;

    private LogStore Store => source.Store;

    private Continuations After => source.After;

    public IDisposable Watch(Action changed) => source.Watchers.Add(id, this, changed);

    public Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start)
    {
        if (start is null)
        {
            var now = reader.Now;
            return Given(new PartitionReply.Found(new ViewId(kind, now.Generation, null), StatOf(now, kind)));
        }
        var found = IdOf(kind, start);
        if (!found.Succeeded)
            return Failed<PartitionReply.Found>(found.Fault);
        var stat = StatOf(found.Value);
        return stat.Succeeded
            ? Given(new PartitionReply.Found(found.Value, stat.Value))
            : Failed<PartitionReply.Found>(stat.Fault);
    }

    public Task<Result<PartitionReply.Stated>> Stat(ViewId view)
    {
        if (view.HasStart)
        {
            var stat = StatOf(view);
            if (stat is { Fault.Error: LogError.Removed })
                return Task.FromResult<Result<PartitionReply.Stated>>(Stale(view));
            return stat.Succeeded ? Given(new PartitionReply.Stated(stat.Value)) : Failed<PartitionReply.Stated>(stat.Fault);
        }
        var now = reader.Now;
        return now.Generation == view.Generation
            ? Given(new PartitionReply.Stated(StatOf(now, view.Kind)))
            : Task.FromResult<Result<PartitionReply.Stated>>(Stale(view));
    }

    public Task<Result<PartitionReply.Described>> Describe()
    {
        var now = reader.Now;
        var first = now.Count > 0 ? reader.Entry(now.Begin.Ordinal) : default(LogResult<IndexEntry>?);
        if (first is { Fault: { Error: not LogError.Removed } fault })
            return Failed<PartitionReply.Described>(fault);
        return Given(new PartitionReply.Described(new PartitionDescription(
            FirstOffset: first is { Succeeded: true } entry ? entry.Value.Offset : now.Begin.Offset,
            NextOffset: now.End.Offset,
            Messages: now.Count,
            Bytes: now.Length,
            CreatedAt: LogPartitionReader.TimeOf(now.Created),
            FirstAt: first is { Succeeded: true } oldest ? LogPartitionReader.TimeOf(oldest.Value.Timestamp) : null,
            LastAt: now.End.Ordinal > 0 ? LogPartitionReader.TimeOf(now.MaxTimestamp) : null,
            Framing: now.Framing,
            Generation: now.Generation,
            IsComplete: true)));
    }

    public Task<Result<IPartitionReader>> OpenReader(ViewId view) => After.Then(Store.OpenReaderAsync(id), opened =>
    {
        if (!opened.Succeeded)
            return (Result<IPartitionReader>)LogFailures.OfIncarnation(opened.Fault);
        var shown = opened.Value.Opened.Generation == view.Generation || view.HasStart
            ? PartitionView.Open(opened.Value, view.Kind, StartOf(view))
            : default(LogResult<PartitionView>?);
        if (shown is { Succeeded: true } found)
            return new LogPartitionReader(found.Value, source.GivesFiles);
        opened.Value.Dispose();
        return shown is { Fault: { } fault } ? LogFailures.FailureOf(fault) : Stale(view);
    });

    public Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind) => After.Bind(
        OffsetOf(cursor),
        offset => offset.Value is { } found
            ? OpenReader(new ViewId(kind, 0, Math.Max(found.Value, reader.Now.Begin.Offset)))
            : Task.FromResult<Result<IPartitionReader>>(offset.Failure!));

    public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch)
    {
        if (source.Batches.Encode(batch, out var encoded) is { } refused)
            return Failed<PartitionReply.Appended>(refused);
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

    public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor) => After.Then(OffsetOf(cursor), offset =>
    {
        if (offset.Value is not { } found)
            return (Result<PartitionReply.CursorAt>)offset.Failure!;
        var ordinal = reader.FindOffset(found.Value);
        return ordinal.Succeeded
            ? new PartitionReply.CursorAt(new CursorState(found.Value, reader.Now.End.Ordinal - ordinal.Value))
            : LogFailures.FailureOf(ordinal.Fault);
    });

    public Task<Failure?> CreateCursor(EntityName cursor) => LogSource.TextOf(cursor) is { } name
        ? After.Then(Store.CreateCursorAsync(id, name), Outcome)
        : Task.FromResult<Failure?>(LogSource.NotText);

    public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place) => After.Bind(OffsetOf(cursor), known =>
    {
        if (known.Value is null)
            return Task.FromResult(known.Failure);
        var found = IdOf(ViewKind.Default, place);
        return found.Succeeded
            ? Acknowledge(cursor, found.Value.Start ?? reader.Now.End.Offset)
            : Task.FromResult<Failure?>(LogFailures.FailureOf(found.Fault));
    });

    public Task<Failure?> Acknowledge(EntityName cursor, long offset) =>
        After.Then(Store.SetCursorAsync(id, LogSource.TextOf(cursor)!, offset), Outcome);

    public Task<Failure?> ForgetCursor(EntityName cursor) => LogSource.TextOf(cursor) is { } name
        ? After.Then(Store.SetCursorAsync(id, name, null), Outcome)
        : Task.FromResult<Failure?>(null);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        reader.Dispose();
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

    /// <summary>
    /// The view that begins at a place. What it begins at is a message that is there, named by its offset, or one that is to
    /// come, so that retention never makes another view of it.
    /// </summary>
    private LogResult<ViewId> IdOf(ViewKind kind, StartPlace place)
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

    /// <summary>Size and time of a view that begins at a place.</summary>
    private LogResult<PartitionStat> StatOf(ViewId view)
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

    /// <summary>Where a cursor is.</summary>
    private Task<Result<Boxed>> OffsetOf(EntityName cursor)
    {
        if (LogSource.TextOf(cursor) is not { } name)
            return Task.FromResult<Result<Boxed>>(NoCursor(cursor));
        return After.Then(Store.FindCursorAsync(id, home, name), found => found switch
        {
            { Succeeded: false } => LogFailures.OfIncarnation(found.Fault),
            { Value: { } offset } => new Boxed(offset),
            _ => (Result<Boxed>)NoCursor(cursor),
        });
    }

    private static Failure NoCursor(EntityName cursor) => new(Fault.NotFound, $"there is no cursor {cursor}");

    private Failure Stale(ViewId view) => new(Fault.Stale, $"generation {view.Generation} of partition {id} is over");

    private static Failure? Outcome(LogFault? fault) => fault is null ? null : LogFailures.OfIncarnation(fault);

    private static Task<Result<T>> Given<T>(T reply)
        where T : class => Task.FromResult<Result<T>>(reply);

    private static Task<Result<T>> Failed<T>(LogFault fault)
        where T : class => Task.FromResult<Result<T>>(LogFailures.OfIncarnation(fault));

    private sealed record Boxed(long Value);
}
