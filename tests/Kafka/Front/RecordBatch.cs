using System.Buffers.Binary;

namespace StreamActors.Kafka.Tests.Front;

/// <summary>A batch of records, as far as the front looks into it.</summary>
internal sealed record RecordBatch(long BaseOffset, int Records, long Producer, bool IsTransactional, bool IsControl, IReadOnlyList<long> Times)
{
    private const int HeaderBytes = 61, CodecMask = 7, Transactional = 0x10, Control = 0x20;

    /// <summary>The batches that a partition's bytes are made of.</summary>
    public static IEnumerable<(RecordBatch Batch, byte[] Bytes)> All(byte[]? records)
    {
        for (var at = 0; records is not null && at + HeaderBytes <= records.Length;)
        {
            var size = 12 + BinaryPrimitives.ReadInt32BigEndian(records.AsSpan(at + 8));
            if (at + size > records.Length)
                yield break;
            var bytes = records.AsSpan(at, size).ToArray();
            yield return (Parse(bytes), bytes);
            at += size;
        }
    }

    private static RecordBatch Parse(byte[] bytes)
    {
        var reader = new WireReader(bytes);
        var first = reader.Long();
        reader.Span(4 + 4 + 1 + 4);
        var attributes = reader.Short();
        reader.Int();
        var (time, latest, producer) = (reader.Long(), reader.Long(), reader.Long());
        reader.Span(2 + 4);
        var count = reader.Int();
        var isControl = (attributes & Control) != 0;
        // A broker would look into what is compressed; here all its records have the time of the latest.
        var times = (attributes & CodecMask) == 0 && !isControl ? TimesOf(reader, time, count) : [.. Enumerable.Repeat(latest, count)];
        return new RecordBatch(first, count, producer, (attributes & Transactional) != 0, isControl, times);
    }

    private static long[] TimesOf(WireReader reader, long time, int count)
    {
        var times = new long[count];
        for (var i = 0; i < count; i++)
        {
            var size = (int)reader.ZigZag();
            var end = reader.Position + size;
            reader.Byte();
            times[i] = time + reader.ZigZag();
            reader.Span(end - reader.Position);
        }
        return times;
    }
}
