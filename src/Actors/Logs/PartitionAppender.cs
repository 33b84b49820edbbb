namespace StreamActors.Logs;

/// <summary>
/// Appends a batch to a partition: judge it, make sure of the space, write the journal, which commits it, then write the
/// partition's files.
/// </summary>
internal sealed class PartitionAppender(ILogFileSystem disk, DirectoryFiles files, Journal journal)
{
    private readonly RecordApplier _applier = new();

    /// <summary>Makes and writes the index of large batches on another thread; null for this one.</summary>
    public IndexBeside? Beside { get; set; }

    /// <summary>Appends. Where it throws anything but <see cref="LogError.Io"/>, nothing of the batch was stored.</summary>
    public AppendResult Append(PartitionLog log, Batch batch)
    {
        var id = log.State.Id;
        if (batch.ShardEpoch < log.State.ShardEpoch)
            throw new LogIOException(LogError.Fenced, $"partition {id} is owned under epoch {log.State.ShardEpoch}, not {batch.ShardEpoch}");
        // Before the batch is judged: what is pending may be the same one, sent again.
        ApplyUnapplied(log);
        var verdict = log.State.Writers.Judge(batch.WriterId, batch.WriterEpoch, batch.Sequence, batch.Count, out var first);
        if (verdict == WriterVerdict.Duplicate)
            return new AppendResult(null, first.BaseOffset, first.Count, log.State.End, journal.End, Duplicate: true);
        if (verdict != WriterVerdict.Accept)
            throw new LogIOException(verdict == WriterVerdict.Fenced ? LogError.Fenced : LogError.OutOfSequence,
                $"writer {batch.WriterId}, epoch {batch.WriterEpoch}, sequence {batch.Sequence} does not follow in partition {id}");
        if (batch.BaseOffset < log.State.End.Offset)
            throw new LogIOException(LogError.Invalid, $"partition {id} has offset {batch.BaseOffset} already");
        if (batch.ShardEpoch > log.State.ShardEpoch)
            Roll(log, batch.ShardEpoch);
        log.Reserve(batch);
        // Files that hold bytes are never those of a partition that recovery knows nothing of.
        if (log.Tail.CreatedLsn > journal.Synced && !log.HoldsAll(batch))
            files.Partitions.Tails.Sync!(log.Tail.CreatedLsn);
        return Commit(log, batch);
    }

    private AppendResult Commit(PartitionLog log, Batch batch)
    {
        var record = batch.Complete(log.State.Id, log.State.End);
        var baseOffset = batch.BaseOffset ?? log.State.End.Offset;
        var lsn = journal.End;
        var beside = Beside is { } index && index.TryMake(log.State, record, batch.Count) ? index : null;
        try
        {
            journal.Append(record.Span, RecordKind.Batch);
        }
        catch
        {
            beside?.Abandon();
            throw;
        }
        try
        {
            _applier.Apply(log.State, log.Tail, record.Span, log.MayHold, beside);
        }
        catch (LogIOException e)
        {
            log.Unapplied = (lsn, record.Length);
            log.Dirty = true;
            throw new LogIOException(LogError.Io, $"the batch is in the journal, but could not be applied: {e.Message}", e);
        }
        log.Changed();
        return new AppendResult(null, baseOffset, batch.Count, log.State.End, journal.End, Duplicate: false);
    }

    /// <summary>A record that is committed comes before all later ones, so it is tried again first.</summary>
    private void ApplyUnapplied(PartitionLog log)
    {
        if (log.Unapplied is not { } pending)
            return;
        try
        {
            _applier.Apply(log.State, log.Tail, journal.Read(pending.Lsn, pending.Length), log.MayHold);
        }
        catch (LogIOException e)
        {
            throw new LogIOException(LogError.Io, $"an earlier batch is in the journal, and could not be applied: {e.Message}", e);
        }
        log.Unapplied = null;
        log.Changed();
    }

    private void Roll(PartitionLog log, long shardEpoch)
    {
        var id = log.State.Id;
        log.Tail.Flush();
        // What an earlier try has made, and the disk did not let it remove.
        files.Partitions.RemoveSegment(id, shardEpoch, log.State.End.Ordinal);
        var segment = PartitionSegment.Create(disk, files.Partitions, id, shardEpoch, log.State.End);
        try
        {
            journal.Append(ControlRecord.Roll(id, shardEpoch, log.State.End).Written, RecordKind.Roll);
        }
        catch
        {
            segment.Dispose();
            files.Partitions.RemoveSegment(id, shardEpoch, log.State.End.Ordinal);
            throw;
        }
        segment.CreatedLsn = log.Tail.CreatedLsn;
        log.Roll(segment);
        log.Changed();
    }
}
