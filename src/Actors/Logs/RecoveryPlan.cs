namespace StreamActors.Logs;

/// <summary>What the first reading of the journal tells about the second: which partitions are gone, and where others begin.</summary>
internal sealed class RecoveryPlan
{
    private readonly SortedDictionary<IncarnationId, LogPlace> _begins = [];
    private readonly SortedDictionary<IncarnationId, long> _deleted = [];
    private readonly SortedSet<IncarnationId> _reframed = [];
    private readonly SortedDictionary<IncarnationId, List<(long Lsn, LogRange Range)>> _evicted = [];

    public IEnumerable<IncarnationId> Deleted => _deleted.Keys;

    /// <summary>Partitions whose framing was changed; the change may not have reached their stream.</summary>
    public IReadOnlyCollection<IncarnationId> Reframed => _reframed;

    /// <summary>Whether a record is about a partition that was deleted after it.</summary>
    public bool IsDeleted(IncarnationId id, long lsn) => _deleted.TryGetValue(id, out var deleted) && lsn <= deleted;

    /// <summary>Where a partition begins in the end; the files before it may have holes already.</summary>
    public LogPlace BeginOf(PartitionState state) =>
        _begins.TryGetValue(state.Id, out var begin) && begin.Ordinal > state.Begin.Ordinal ? begin : state.Begin;

    /// <summary>What a partition's files may have holes for already, of what the state says they hold.</summary>
    public EvictedRanges EvictedOf(PartitionState state)
    {
        var evicted = state.Evicted;
        foreach (var (lsn, range) in _evicted.GetValueOrDefault(state.Id, []))
            if (lsn >= state.Lsn && range.From.Ordinal < state.End.Ordinal)
                evicted = evicted.With(range.To.Ordinal <= state.End.Ordinal ? range : range with { To = state.End });
        return evicted.From(state.Begin);
    }

    public void Note(RecordHeader header, ReadOnlySpan<byte> record)
    {
        var body = new SpanReader(record[RecordHeader.Size..], "a journal record");
        var id = new IncarnationId(body.UInt64());
        switch (header.Kind)
        {
            case RecordKind.Delete:
                _deleted[id] = header.Lsn;
                _begins.Remove(id);
                _evicted.Remove(id);
                break;
            case RecordKind.Retain:
                body.Int32();
                _begins[id] = LogPlace.Read(ref body);
                break;
            case RecordKind.Evict:
                if (!_evicted.TryGetValue(id, out var ranges))
                    _evicted[id] = ranges = [];
                ranges.Add((header.Lsn, LogRange.Read(ref body)));
                break;
            case RecordKind.Framing:
                _reframed.Add(id);
                break;
        }
    }
}
