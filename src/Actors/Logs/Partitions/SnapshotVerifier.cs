namespace StreamActors.Logs;

/// <summary>Reads a partition from its first kept message to its last, and compares everything that is written twice.</summary>
internal static class SnapshotVerifier
{
    public static LogFault? Verify(PartitionReader reader, PartitionSnapshot now, CancellationToken cancellation)
    {
        var place = now.Begin;
        var before = new byte[now.Framing.Before];
        var after = new byte[now.Framing.Overhead - now.Framing.Before];
        var found = new byte[Math.Max(before.Length, after.Length)];
        while (place.Ordinal < now.End.Ordinal && !cancellation.IsCancellationRequested)
        {
            var record = SnapshotReader.ReadMessage(reader, now, place.Ordinal);
            var entry = record.Entry;
            if (entry.Offset < place.Offset || entry.Position != place.Position || entry.Json != place.Json || entry.Keys != place.Keys)
                return new LogFault(LogError.Corrupt, $"the index of partition {now.Id} does not go on at message {place.Ordinal}");
            now.Framing.WriteBefore(entry.ValueLength, before);
            now.Framing.WriteAfter(after);
            SnapshotReader.ReadView(now, entry.Position, found.AsSpan(0, before.Length));
            var intact = found.AsSpan(0, before.Length).SequenceEqual(before);
            SnapshotReader.ReadView(now, entry.Position + before.Length + entry.ValueLength, found.AsSpan(0, after.Length));
            intact &= found.AsSpan(0, after.Length).SequenceEqual(after);
            if (!intact)
                return new LogFault(LogError.Corrupt, $"the frame of message {place.Ordinal} of partition {now.Id} is damaged");
            place = new LogPlace(
                place.Ordinal + 1, entry.Offset + 1, entry.Position + now.Framing.Overhead + entry.ValueLength,
                entry.Json + entry.JsonLength,
                entry.Keys + (entry.HasKeys ? KeyRecord.Measure(record.Key, record.Headers) : 0));
        }
        return cancellation.IsCancellationRequested || place == now.End
            ? null : new LogFault(LogError.Corrupt, $"the index of partition {now.Id} does not reach its end");
    }
}
