using System.Buffers.Binary;
using System.Text;

namespace StreamActors.Logs;

/// <summary>A segment as the state file knows it.</summary>
/// <param name="Epoch">Who made it.</param>
/// <param name="Base">Where it begins.</param>
/// <param name="Tag">What the checksums in its index and key file are changed by, so that another partition's do not pass; 0 before format 3.</param>
internal readonly record struct SegmentState(long Epoch, LogPlace Base, uint Tag);

/// <summary>
/// The file <c>state</c> of a partition: everything of it that is not in its data, index and key files, as it was at an
/// LSN. It is replaced at each checkpoint; the journal after that LSN says what came since.
/// </summary>
internal sealed class PartitionState(IncarnationId id, Framing framing, long created, int maxWriters)
{
    public const string Name = "state";

    private static ReadOnlySpan<byte> Magic => "SAlog-P2"u8;

    /// <summary>Begins a state none of whose segments has a tag.</summary>
    private static ReadOnlySpan<byte> MagicWithoutTags => "SAlog-P1"u8;

    public IncarnationId Id => id;

    public Framing Framing { get; set; } = framing;

    /// <summary>Milliseconds since 1970 UTC.</summary>
    public long Created => created;

    /// <summary>Every record before it is in here.</summary>
    public long Lsn { get; set; }

    public long ShardEpoch { get; set; }

    /// <summary>The file that it was read from, or written to last; null where it never was.</summary>
    public string? StoredAs { get; set; }

    public int Generation { get; set; }

    public LogPlace Begin { get; set; }

    public LogPlace End { get; set; }

    public long MaxTimestamp { get; set; } = long.MinValue;

    public List<SegmentState> Segments { get; } = [];

    /// <summary>Those that were merged since it was read, whose files are kept; not written.</summary>
    public List<SegmentState> Superseded { get; } = [];

    public WriterTable Writers { get; } = new(maxWriters);

    public SortedDictionary<string, long> Cursors { get; } = new(StringComparer.Ordinal);

    /// <summary>What the owner keeps with the partition; a property is never empty.</summary>
    public SortedDictionary<string, byte[]> Properties { get; } = new(StringComparer.Ordinal);

    /// <summary>What is not in the files for now, or was not when they were last synced.</summary>
    public EvictedRanges Evicted { get; set; } = EvictedRanges.None;

    /// <summary>Rises with each eviction; not kept.</summary>
    public long Evictions { get; private set; }

    public void Evict(LogRange range)
    {
        Evicted = Evicted.With(range);
        Evictions++;
    }

    /// <summary>Retention has removed what is before a boundary.</summary>
    public void Remove(int generation, LogPlace begin)
    {
        (Generation, Begin) = (generation, begin);
        Evicted = Evicted.From(begin);
    }

    public void SetCursor(string name, long offset)
    {
        if (offset < 0)
            Cursors.Remove(name);
        else
            Cursors[name] = offset;
    }

    public void SetProperty(string name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            Properties.Remove(name);
        else
            Properties[name] = value.ToArray();
    }

    public byte[] Encode(Guid directory)
    {
        var hasTags = Segments.Any(segment => segment.Tag != 0);
        var buffer = new ByteBuffer();
        buffer.Bytes(hasTags ? Magic : MagicWithoutTags);
        directory.TryWriteBytes(buffer.Add(16));
        buffer.UInt64(id.Value);
        buffer.Int64(Lsn);
        buffer.Int64(created);
        Framing.Write(buffer);
        buffer.Int64(ShardEpoch);
        buffer.Int32(Generation);
        Begin.Write(buffer);
        End.Write(buffer);
        buffer.Int64(MaxTimestamp);
        buffer.Int32(Segments.Count);
        foreach (var segment in Segments)
        {
            buffer.Int64(segment.Epoch);
            segment.Base.Write(buffer);
            if (hasTags)
                buffer.UInt32(segment.Tag);
        }
        Writers.Write(buffer);
        buffer.Int32(Cursors.Count);
        foreach (var (name, offset) in Cursors)
        {
            buffer.Short(Encoding.UTF8.GetBytes(name));
            buffer.Int64(offset);
        }
        buffer.Int32(Properties.Count);
        foreach (var (name, value) in Properties)
        {
            buffer.Short(Encoding.UTF8.GetBytes(name));
            buffer.Int32(value.Length);
            buffer.Bytes(value);
        }
        buffer.Int32(Evicted.Count);
        foreach (var range in Evicted)
            range.Write(buffer);
        buffer.UInt32(Crc32C.Compute(buffer.Written));
        return buffer.Written.ToArray();
    }

    public static PartitionState Decode(ReadOnlySpan<byte> bytes, string path, Guid directory, IncarnationId id, int maxWriters)
    {
        var hasTags = bytes.StartsWith(Magic);
        if (bytes.Length < Magic.Length + sizeof(uint) || !(hasTags || bytes.StartsWith(MagicWithoutTags)) ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) != Crc32C.Compute(bytes[..^4]))
            throw new LogIOException(LogError.Corrupt, $"{path} is damaged");
        var reader = new SpanReader(bytes[Magic.Length..^4], path);
        if (new Guid(reader.Take(16)) != directory || reader.UInt64() != id.Value)
            throw new LogIOException(LogError.Corrupt, $"{path} belongs to another partition");
        var lsn = reader.Int64();
        var created = reader.Int64();
        var state = new PartitionState(id, FramingRecord.Read(ref reader), created, maxWriters)
        {
            Lsn = lsn,
            ShardEpoch = reader.Int64(),
            Generation = reader.Int32(),
            Begin = LogPlace.Read(ref reader),
            End = LogPlace.Read(ref reader),
            MaxTimestamp = reader.Int64(),
        };
        var segments = reader.Int32();
        for (var i = 0; i < segments; i++)
            state.Segments.Add(new SegmentState(reader.Int64(), LogPlace.Read(ref reader), hasTags ? reader.UInt32() : 0));
        state.Writers.Read(ref reader);
        var cursors = reader.Int32();
        for (var i = 0; i < cursors; i++)
            state.Cursors[Encoding.UTF8.GetString(reader.Short())] = reader.Int64();
        var properties = reader.Int32();
        for (var i = 0; i < properties; i++)
            state.SetProperty(Encoding.UTF8.GetString(reader.Short()), reader.Take(reader.Int32()));
        var evicted = reader.Remaining == 0 ? 0 : reader.Int32();
        for (var i = 0; i < evicted; i++)
            state.Evicted = state.Evicted.With(LogRange.Read(ref reader));
        return state;
    }
}
