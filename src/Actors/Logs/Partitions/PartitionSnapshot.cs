namespace StreamActors.Logs;

/// <summary>What a partition is at a moment: immutable, so that readers need no lock.</summary>
public sealed class PartitionSnapshot
{
    internal PartitionSnapshot(PartitionState state, PartitionSegment[] segments, bool deleted)
    {
        Id = state.Id;
        Framing = state.Framing;
        Created = state.Created;
        ShardEpoch = state.ShardEpoch;
        Generation = state.Generation;
        Begin = state.Begin;
        End = state.End;
        MaxTimestamp = state.MaxTimestamp;
        EvictedRanges = state.Evicted;
        Evictions = state.Evictions;
        Segments = segments;
        Deleted = deleted;
    }

    /// <summary>Its incarnation id.</summary>
    public IncarnationId Id { get; }

    /// <summary>How its messages become bytes.</summary>
    public Framing Framing { get; }

    /// <summary>When it was made, in milliseconds since 1970 UTC.</summary>
    public long Created { get; }

    /// <summary>The greatest epoch under which it was written; appends with an older one are fenced.</summary>
    public long ShardEpoch { get; }

    /// <summary>Rises by one each time that retention removes its head.</summary>
    public int Generation { get; }

    /// <summary>The boundary before the oldest message that is kept: byte 0 of this generation.</summary>
    public LogPlace Begin { get; }

    /// <summary>The committed end.</summary>
    public LogPlace End { get; }

    /// <summary>The greatest time of all its messages ever, or <see cref="long.MinValue"/> where it never had one.</summary>
    public long MaxTimestamp { get; }

    /// <summary>Whether it was deleted; what is here can still be read.</summary>
    public bool Deleted { get; }

    /// <summary>The messages whose bytes were evicted, in their order; their entries in the index are there.</summary>
    public IReadOnlyList<LogRange> Evicted => EvictedRanges;

    /// <summary>How many bytes of messages, keys and headers are there.</summary>
    public long PresentBytes => new LogRange(Begin, End).Bytes - EvictedRanges.Bytes;

    /// <summary>How many messages are kept.</summary>
    public long Count => End.Ordinal - Begin.Ordinal;

    /// <summary>The size of the default view in bytes.</summary>
    public long Length => End.Position - Begin.Position;

    /// <summary>The size of the JSON view in bytes.</summary>
    public long JsonLength => End.Json - Begin.Json;

    internal PartitionSegment[] Segments { get; }

    internal EvictedRanges EvictedRanges { get; }

    /// <summary>How many evictions there were since the files were opened.</summary>
    internal long Evictions { get; }

    /// <summary>The size of a view in bytes.</summary>
    /// <param name="kind">How messages become bytes.</param>
    /// <returns>Bytes, from the oldest message that is kept.</returns>
    public long LengthOf(ViewKind kind)
    {
        var scale = ViewScale.Of(kind, Framing);
        return scale.At(End) - scale.At(Begin);
    }
}
