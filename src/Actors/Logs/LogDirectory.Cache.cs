namespace StreamActors.Logs;

/// <content>Bytes that a cache gives back and gets again.</content>
public sealed partial class LogDirectory
{
    private readonly RangeRestorer _restorer = new();

    /// <summary>
    /// Gives the bytes of messages back to the disk, for a cache: sizes, positions and the index stay. Until
    /// <see cref="Restore"/> a read of them is <see cref="LogError.Evicted"/>.
    /// </summary>
    /// <param name="id">The partition.</param>
    /// <param name="from">The first message; what was removed before it stays so.</param>
    /// <param name="to">The one after the last.</param>
    /// <returns>How many bytes were given back; up to the neighbours it may take more than was asked for.</returns>
    public LogResult<long> Evict(IncarnationId id, long from, long to)
    {
        long freed = 0;
        var fault = Changing(() => freed = EvictOrThrow(id, from, to));
        return fault is null ? freed : fault;
    }

    /// <summary>Puts messages back in their places that were evicted; those that were not stay as they are.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="ordinal">The first message.</param>
    /// <param name="batch">The messages, with <see cref="Batch.BaseOffset"/> and gaps as in their append.</param>
    /// <returns>Null, or why not: <see cref="LogError.Differs"/>, <see cref="LogError.Removed"/>.</returns>
    public LogFault? Restore(IncarnationId id, long ordinal, Batch batch) => Changing(() =>
    {
        var log = _table.Activate(id);
        _restorer.Restore(log, ordinal, batch);
        log.Changed();
    });

    private long EvictOrThrow(IncarnationId id, long from, long to)
    {
        if (_files.Epochs is not null)
            throw new LogIOException(LogError.Invalid, "a log that several hosts share is no cache");
        var log = _table.Activate(id);
        var state = log.State;
        (from, to) = (Math.Max(from, state.Begin.Ordinal), Math.Min(to, state.End.Ordinal));
        if (from >= to)
            return 0;
        using var reader = new PartitionReader(log.Feed);
        var range = state.Evicted.Widen(new LogRange(reader.Place(from).Value, reader.Place(to).Value));
        var record = ControlRecord.Evict(id, range);
        var gaveUp = false;
        try
        {
            Commit(record, RecordKind.Evict);
        }
        catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota && _reserve.TryGiveUp())
        {
            // A full disk is what evictions are for.
            gaveUp = true;
            Commit(record, RecordKind.Evict);
        }
        // Else power loss could bring a state back that knows of no hole.
        SyncJournal();
        var before = state.Evicted.Bytes;
        state.Evict(range);
        log.Changed();
        log.PunchEvicted(range);
        if (gaveUp)
            _reserve.Make();
        return state.Evicted.Bytes - before;
    }
}
