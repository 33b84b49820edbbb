namespace StreamActors.Logs;

/// <summary>What the first reading of the journal tells about the second: which partitions are gone, and where others begin.</summary>
internal sealed class RecoveryPlan
{
    private readonly SortedDictionary<PartitionId, LogPlace> _begins = [];
    private readonly SortedSet<PartitionId> _deleted = [];

    /// <summary>The LSN after the last whole record.</summary>
    public long End { get; set; }

    public IReadOnlyCollection<PartitionId> Deleted => _deleted;

    public bool IsDeleted(PartitionId id) => _deleted.Contains(id);

    /// <summary>Where a partition begins in the end; the files before it may have holes already.</summary>
    public LogPlace BeginOf(PartitionState state) =>
        _begins.TryGetValue(state.Id, out var begin) && begin.Ordinal > state.Begin.Ordinal ? begin : state.Begin;

    public void Note(RecordHeader header, ReadOnlySpan<byte> record)
    {
        if (header.Kind is not (RecordKind.Delete or RecordKind.Retain))
            return;
        var body = new SpanReader(record[RecordHeader.Size..], "a journal record");
        var id = new PartitionId(body.UInt64());
        if (header.Kind == RecordKind.Delete)
        {
            _deleted.Add(id);
            return;
        }
        body.Int32();
        _begins[id] = LogPlace.Read(ref body);
    }
}
