using System.Buffers;
using System.Buffers.Binary;

namespace StreamActors.Logs.Tests;

/// <summary>Compares a log with a model: every byte, every entry, every look-up. The result is what differs, or null.</summary>
internal static class ModelCheck
{
    public static string? Compare(LogDirectory log, ModelState state)
    {
        var ids = log.List();
        if (!ids.Succeeded)
            return ids.Fault.ToString();
        if (!ids.Value.SequenceEqual(state.Partitions.Keys))
            return $"partitions {string.Join(",", ids.Value)} instead of {string.Join(",", state.Partitions.Keys)}";
        try
        {
            foreach (var (id, partition) in state.Partitions)
                if (Compare(log, id, partition) is { } difference)
                    return $"partition {id}: {difference}";
            return null;
        }
        catch (LogIOException e)
        {
            return $"{e.Error}: {e.Message}";
        }
    }

    private static string? Compare(LogDirectory log, IncarnationId id, ModelPartition model)
    {
        var opened = log.OpenReader(id);
        if (!opened.Succeeded)
            return opened.Fault.ToString();
        using var reader = opened.Value;
        if (reader.Now.Evicted.Count > 0 && (CompareEvicted(reader, model) ?? Restore(log, id, reader.Now, model)) is { } difference)
            return difference;
        var now = reader.Now;
        if (now.End.Ordinal != model.Messages.Count || now.Begin.Ordinal != model.Removed)
            return $"messages {now.Begin.Ordinal}..{now.End.Ordinal} instead of {model.Removed}..{model.Messages.Count}";
        if (now.End.Offset != model.NextOffset || now.Generation != model.Generation || !now.Framing.Equals(model.Framing))
            return $"next offset {now.End.Offset}, generation {now.Generation} instead of {model.NextOffset}, {model.Generation}";
        if (now.ShardEpoch != model.ShardEpoch)
            return $"shard epoch {now.ShardEpoch} instead of {model.ShardEpoch}";
        var cursors = log.Cursors(id);
        if (!cursors.Succeeded || !cursors.Value.SequenceEqual(model.Cursors))
            return "other cursors";
        var properties = log.Properties(id);
        if (!properties.Succeeded || !properties.Value.Select(p => KeyValuePair.Create(p.Key, BitConverter.ToInt32(p.Value.Span))).SequenceEqual(model.Properties))
            return "other properties";
        return CompareBytes(reader, model) ?? CompareMessages(reader, model) ?? reader.Verify()?.ToString();
    }

    /// <summary>What is evicted is told as that, what is not has its bytes.</summary>
    private static string? CompareEvicted(PartitionReader reader, ModelPartition model)
    {
        const int Step = 97;
        var expected = Render(model);
        var bytes = new byte[Step];
        for (var position = 0; position < expected.Length;)
        {
            var read = reader.Read(position, bytes);
            var ordinal = reader.FindPosition(reader.Now.Begin.Position + position).Value;
            var isEvicted = reader.Now.Evicted.Any(range => range.From.Ordinal <= ordinal && ordinal < range.To.Ordinal);
            if (isEvicted && read.Fault is { Error: LogError.Evicted, Evicted: { } evicted } && evicted.Ordinal == ordinal)
                position += Step;
            else if (isEvicted || !read.Succeeded || read.Value == 0)
                return $"byte {position}, of message {ordinal}: {read.Fault?.ToString() ?? "bytes that were evicted, or none"}";
            else if (expected.AsSpan(position).StartsWith(bytes.AsSpan(0, read.Value)))
                position += read.Value;
            else
                return $"other bytes at {position}, beside what is evicted";
        }
        return null;
    }

    private static string? Restore(LogDirectory log, IncarnationId id, PartitionSnapshot now, ModelPartition model)
    {
        foreach (var range in now.Evicted)
            if (range.To.Ordinal > model.Messages.Count)
                return $"message {range.To.Ordinal} is evicted";
            else if (log.Restore(id, range.From.Ordinal, model.BatchOf((int)range.From.Ordinal, (int)range.To.Ordinal)) is { } fault)
                return fault.ToString();
        return null;
    }

    private static string? CompareBytes(PartitionReader reader, ModelPartition model)
    {
        var expected = Render(model);
        if (reader.Length != expected.Length)
            return $"{reader.Length} bytes instead of {expected.Length}";
        var bytes = new byte[expected.Length + 10];
        var read = reader.Read(0, bytes);
        if (!read.Succeeded || read.Value != expected.Length || !bytes.AsSpan(0, expected.Length).SequenceEqual(expected))
            return $"other bytes ({read.Fault})";
        var middle = reader.Read(expected.Length / 2, bytes.AsSpan(0, 7));
        return middle.Succeeded && bytes.AsSpan(0, middle.Value).SequenceEqual(expected.AsSpan(expected.Length / 2).Slice(0, middle.Value))
            ? null : "other bytes in the middle";
    }

    private static string? CompareMessages(PartitionReader reader, ModelPartition model)
    {
        var json = new ArrayBufferWriter<byte>();
        long max = model.Messages.Take(model.Removed).Select(m => m.Message.Timestamp).Append(long.MinValue).Max();
        for (var i = model.Removed; i < model.Messages.Count; i++)
        {
            var (offset, message) = model.Messages[i];
            var found = reader.Message(i);
            if (!found.Succeeded)
                return found.Fault.ToString();
            var record = found.Value;
            var earlier = max;
            max = Math.Max(max, message.Timestamp);
            if (record.Entry.Offset != offset || record.Entry.Timestamp != message.Timestamp || record.Entry.Clock != message.Clock ||
                record.Entry.MaxTimestamp != max)
                return $"message {i} has entry {record.Entry}";
            if (!Same(record.Value, message.Value) || !Same(record.Key, message.Key))
                return $"message {i} has another value or key";
            var headers = message.Headers ?? [];
            if (record.Headers.Count != headers.Count ||
                record.Headers.Zip(headers).Any(pair => pair.First.Name != pair.Second.Name || !Same(pair.First.Value, pair.Second.Value)))
                return $"message {i} has other headers";
            if (record.Entry.Json - reader.Now.Begin.Json != json.WrittenCount)
                return $"message {i} is at byte {record.Entry.Json} of the JSON view";
            JsonLine.Write(record, json);
            if (CompareLookups(reader, i, record.Entry, earlier) is { } difference)
                return difference;
        }
        return json.WrittenCount == reader.Now.JsonLength ? null : $"the JSON view has {json.WrittenCount} bytes instead of {reader.Now.JsonLength}";
    }

    private static string? CompareLookups(PartitionReader reader, int ordinal, IndexEntry entry, long earlier)
    {
        if (reader.FindOffset(entry.Offset).Value != ordinal)
            return $"offset {entry.Offset} is not found at {ordinal}";
        if (entry.MaxTimestamp > earlier && reader.FindTime(entry.MaxTimestamp).Value != ordinal)
            return $"time {entry.MaxTimestamp} is not found at {ordinal}";
        if (reader.FindJson(entry.Json + entry.JsonLength - 1).Value != ordinal || reader.FindJson(entry.Json).Value != ordinal)
            return $"JSON byte {entry.Json} is not found at {ordinal}";
        return entry.ValueLength + reader.Now.Framing.Overhead == 0 || reader.FindPosition(entry.Position).Value == ordinal
            ? null : $"byte {entry.Position} is not found at {ordinal}";
    }

    private static byte[] Render(ModelPartition model)
    {
        var bytes = new MemoryStream();
        foreach (var (_, message) in model.Messages.Skip(model.Removed))
        {
            var value = message.Value.GetValueOrDefault().Span;
            bytes.Write(model.Framing.Start.Span);
            if (model.Framing.HasSize)
            {
                var size = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(size, value.Length);
                bytes.Write(size);
            }
            bytes.Write(value);
            bytes.Write(model.Framing.Stop.Span);
            bytes.Write(model.Framing.Separator.Span);
        }
        return bytes.ToArray();
    }

    private static bool Same(ReadOnlyMemory<byte>? left, ReadOnlyMemory<byte>? right) =>
        left.HasValue == right.HasValue && left.GetValueOrDefault().Span.SequenceEqual(right.GetValueOrDefault().Span);
}
