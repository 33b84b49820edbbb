using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>
/// The file <c>checkpoint</c>: from which LSN the journal is needed, the epoch of the process that owned the directory last,
/// and which partitions have files.
/// </summary>
/// <param name="Lsn">Where the journal begins that is needed.</param>
/// <param name="Epoch">The epoch of the process that wrote it.</param>
/// <param name="Partitions">The partitions, in order; null where they are those that are on the disk, as before format 3.</param>
internal readonly record struct CheckpointFile(long Lsn, long Epoch, IReadOnlyCollection<IncarnationId>? Partitions)
{
    public const string Name = "checkpoint";

    private static ReadOnlySpan<byte> Magic => "SAlog-C3"u8;

    private static ReadOnlySpan<byte> MagicWithoutPartitions => "SAlog-C1"u8;

    public byte[] Encode(Guid directory)
    {
        var buffer = new ByteBuffer();
        buffer.Bytes(Magic);
        buffer.Int64(Lsn);
        buffer.Int64(Epoch);
        var runs = Runs();
        buffer.Int32(runs.Count);
        foreach (var (first, count) in runs)
        {
            buffer.UInt64(first);
            buffer.Int32(count);
        }
        buffer.UInt32(Crc32C.Append(Journal.TagOf(directory), buffer.Written));
        return buffer.Written.ToArray();
    }

    public static CheckpointFile Read(ILogFileSystem disk, string root, Guid directory)
    {
        var path = $"{root}/{Name}";
        var bytes = AtomicFile.Read(disk, path).AsSpan();
        var hasPartitions = bytes.StartsWith(Magic);
        if (bytes.Length < Magic.Length + sizeof(uint) || !(hasPartitions || bytes.StartsWith(MagicWithoutPartitions)) ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) != Crc32C.Append(Journal.TagOf(directory), bytes[..^4]))
            throw new LogIOException(LogError.Corrupt, $"{path} is damaged, or another directory's");
        var reader = new SpanReader(bytes[Magic.Length..^4], path);
        return new CheckpointFile(reader.Int64(), reader.Int64(), hasPartitions ? ReadRuns(ref reader) : null);
    }

    private static List<IncarnationId> ReadRuns(ref SpanReader reader)
    {
        var partitions = new List<IncarnationId>();
        for (var left = reader.Int32(); left > 0; left--)
        {
            var first = reader.UInt64();
            for (var (i, count) = (0, reader.Int32()); i < count; i++)
                partitions.Add(new IncarnationId(first + (ulong)i));
        }
        return partitions;
    }

    /// <summary>Ids are given one after the other, so a topic's are next to each other.</summary>
    private List<(ulong First, int Count)> Runs()
    {
        var runs = new List<(ulong First, int Count)>();
        foreach (var id in Partitions ?? [])
        {
            if (runs.Count > 0 && runs[^1] is var last && id.Value - last.First == (ulong)last.Count)
                runs[^1] = (last.First, last.Count + 1);
            else
                runs.Add((id.Value, 1));
        }
        return runs;
    }
}
