using System.Text;

namespace StreamActors.Logs;

/// <summary>
/// Writes the partitions' files from the journal. What they hold already is written again, so that a sync afterwards is a
/// sync of everything that the journal says.
/// </summary>
internal sealed class Replay(
    ILogFileSystem disk, DirectoryFiles files, LogOptions options, RecoveryPlan plan, FindingList findings) : IDisposable
{
    private readonly SortedDictionary<IncarnationId, PartitionLog> _logs = [];
    private readonly SortedDictionary<IncarnationId, (ILogFile File, long Length)> _aside = [];
    private readonly RecordApplier _applier = new();

    public bool Knows(IncarnationId id) => _logs.ContainsKey(id) || _aside.ContainsKey(id);

    /// <summary>Applies one record. What is wrong with a partition is that partition's fault only.</summary>
    public void Apply(RecordHeader header, ReadOnlySpan<byte> record)
    {
        var body = new SpanReader(record[RecordHeader.Size..], "a journal record");
        var id = new IncarnationId(body.UInt64());
        if (plan.IsDeleted(id, header.Lsn))
            return;
        if (_aside.ContainsKey(id))
        {
            SetAside(id, header, record);
            return;
        }
        try
        {
            if (header.Kind == RecordKind.Create)
                Create(id, header.Lsn, ref body);
            else if (Load(id) is var log && header.Lsn >= log.State.Lsn)
                ApplyTo(log, header, record, ref body);
        }
        catch (LogIOException e) when (e.Error == LogError.Corrupt)
        {
            findings.Note(FindingKind.Corrupt, files.Partitions.PathOf(id), e.Message);
            if (_logs.Remove(id, out var log))
                log.Feed.Release();
            SetAside(id, header, record);
        }
    }

    /// <summary>Loads partitions that no record is about, so that they are checkpointed, too.</summary>
    public void LoadAll(IEnumerable<IncarnationId> ids)
    {
        foreach (var id in ids.Where(id => !Knows(id) && !plan.IsDeleted(id, 0)).ToArray())
        {
            try
            {
                Load(id);
            }
            catch (LogIOException e) when (e.Error == LogError.Corrupt)
            {
                findings.Note(FindingKind.Corrupt, files.Partitions.PathOf(id), e.Message);
            }
        }
    }

    /// <summary>Whether all of these are going to be checkpointed.</summary>
    public bool HasAll(IEnumerable<IncarnationId> ids) => ids.All(_logs.ContainsKey);

    /// <summary>Removes what was deleted, cuts what was never committed, and gives what is to be checkpointed.</summary>
    public IReadOnlyList<PartitionLog> Finish(long end)
    {
        foreach (var id in plan.Deleted.Where(id => !Knows(id)))
        {
            files.Partitions.Remove(id);
            files.Present.Remove(id);
        }
        foreach (var log in _logs.Values)
        {
            foreach (var path in files.Partitions.Tidy(log.State))
                findings.Note(FindingKind.Foreign, path, "it is not the log's");
            log.Flush();
            if (files.MayCut(log.Tail))
                log.CutUncommitted();
            log.PunchRemoved();
            foreach (var range in log.State.Evicted)
                log.PunchEvicted(range);
            log.State.Lsn = end;
            log.Publish();
        }
        foreach (var (id, (file, _)) in _aside)
        {
            file.Sync();
            disk.SyncDirectory(files.Partitions.PathOf(id));
        }
        return [.. _logs.Values];
    }

    public void Dispose()
    {
        foreach (var log in _logs.Values)
            log.Feed.Release();
        foreach (var (file, _) in _aside.Values)
            file.Dispose();
    }

    private void Create(IncarnationId id, long lsn, ref SpanReader body)
    {
        var shardEpoch = body.Int64();
        var created = body.Int64();
        var framing = FramingRecord.Read(ref body);
        var hasState = HasState(id);
        files.Present.Add(id);
        if (hasState && Load(id).State.Lsn > lsn)
            return;
        _logs[id] = PartitionLog.Create(
            disk, files.Partitions,
            new PartitionState(id, framing, created, options.MaxWriters) { ShardEpoch = files.Epochs?.Own ?? shardEpoch });
    }

    private bool HasState(IncarnationId id) => files.Epochs?.Partitions.Contains(id) ?? disk.Exists(files.Partitions.StatePathOf(id));

    private PartitionLog Load(IncarnationId id)
    {
        if (_logs.TryGetValue(id, out var log))
            return log;
        if (!files.Exists(id))
            throw new LogIOException(LogError.Corrupt, $"{files.Partitions.PathOf(id)} is missing");
        var state = files.ReadState(id, options.MaxWriters);
        state.Begin = plan.BeginOf(state);
        state.Evicted = plan.EvictedOf(state);
        files.TryMerge(state, options.MaxSegments);
        log = PartitionLog.Open(disk, files.Partitions, state);
        _logs.Add(id, log);
        log.CheckFiles();
        return log;
    }

    private void ApplyTo(PartitionLog log, RecordHeader header, ReadOnlySpan<byte> record, ref SpanReader body)
    {
        var state = log.State;
        switch (header.Kind)
        {
            case RecordKind.Batch:
                if (!files.MayCut(log.Tail))
                    Roll(log, files.Epochs!.Own, state.End);
                _applier.Apply(state, log.Tail, record, mayHold: true);
                break;
            case RecordKind.Retain:
                state.Remove(body.Int32(), LogPlace.Read(ref body));
                break;
            case RecordKind.Roll when files.Epochs is not null:
                // What follows goes into files of the epoch that replays it.
                break;
            case RecordKind.Roll:
                Roll(log, body.Int64(), LogPlace.Read(ref body));
                break;
            case RecordKind.Framing:
                state.Framing = FramingRecord.Read(ref body);
                break;
            case RecordKind.Cursor:
                var offset = body.Int64();
                state.SetCursor(Encoding.UTF8.GetString(body.Short()), offset);
                break;
            case RecordKind.Property:
                var length = body.Int32();
                state.SetProperty(Encoding.UTF8.GetString(body.Short()), body.Take(length));
                break;
            case RecordKind.Evict:
                state.Evict(LogRange.Read(ref body));
                break;
            default:
                throw new LogIOException(LogError.Corrupt, $"the journal's record at LSN {header.Lsn} is of a kind that is not known: {header.Kind}");
        }
    }

    private void Roll(PartitionLog log, long shardEpoch, LogPlace start)
    {
        if (start != log.State.End)
            throw new LogIOException(LogError.Corrupt, $"partition {log.State.Id} does not end where the journal begins a segment");
        log.Flush();
        if (files.MayCut(log.Tail))
            log.CutUncommitted();
        files.Partitions.RemoveSegment(log.State.Id, shardEpoch, start.Ordinal);
        log.Roll(PartitionSegment.Create(disk, files.Partitions, log.State.Id, shardEpoch, start));
    }

    /// <summary>The journal is dropped after recovery; what it has for a damaged partition is kept beside it.</summary>
    private void SetAside(IncarnationId id, RecordHeader header, ReadOnlySpan<byte> record)
    {
        if (!_aside.TryGetValue(id, out var aside))
        {
            disk.CreateDirectory(files.Partitions.PathOf(id));
            var path = $"{files.Partitions.PathOf(id)}/{files.UnappliedNameOf(header.Lsn)}";
            disk.Delete(path);
            aside = (disk.Open(path, LogFileMode.CreateNew), 0);
        }
        aside.File.Write(record, aside.Length);
        _aside[id] = (aside.File, aside.Length + record.Length);
    }
}
