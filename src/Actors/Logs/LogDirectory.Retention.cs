namespace StreamActors.Logs;

/// <content>Removal of the oldest messages.</content>
public sealed partial class LogDirectory
{
    /// <summary>Removes the oldest messages, and begins a new generation.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="ordinal">The first message to keep.</param>
    /// <returns>Null, or why not. When it returns, this survives power loss.</returns>
    public LogFault? RemoveBefore(IncarnationId id, long ordinal) => Changing(() =>
    {
        var log = _table.Activate(id);
        ConfirmAll();
        using var reader = new PartitionReader(log.Feed);
        var begin = reader.Place(Math.Min(ordinal, log.State.End.Ordinal));
        if (begin.Fault is { Error: LogError.Removed } || (begin.Succeeded && begin.Value.Ordinal <= log.State.Begin.Ordinal))
            return;
        Commit(ControlRecord.Retain(id, log.State.Generation + 1, begin.Value), RecordKind.Retain);
        // The bytes may go only when it is certain that no recovery will look for them.
        SyncJournal();
        log.State.Remove(log.State.Generation + 1, begin.Value);
        log.Changed();
        _table.NoteGeneration(log);
        ConfirmAll();
        log.PunchRemoved();
    });

    /// <summary>Applies a policy: removes what is too old or too much.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="policy">What to keep.</param>
    /// <param name="maxBytes">The most bytes that may be removed now; at least one message may be.</param>
    /// <returns>How many messages were removed.</returns>
    public LogResult<long> Retain(IncarnationId id, RetentionPolicy policy, long maxBytes = long.MaxValue)
    {
        var reader = OpenReader(id);
        if (!reader.Succeeded)
            return reader.Fault;
        using var open = reader.Value;
        var keep = policy.FirstToKeep(open, Milliseconds(), maxBytes);
        if (!keep.Succeeded)
            return keep.Fault;
        var removed = keep.Value - open.Now.Begin.Ordinal;
        if (removed > 0 && RemoveBefore(id, keep.Value) is { } fault)
            return fault;
        return removed;
    }

    /// <summary>When a policy's age rule has to be looked at again, if nothing is appended until then.</summary>
    internal LogResult<long> NextRetention(IncarnationId id, RetentionPolicy policy) => Guarded(() =>
    {
        using var reader = new PartitionReader(_table.Activate(id).Feed);
        return policy.NextDue(reader, Milliseconds()).Value;
    });
}
