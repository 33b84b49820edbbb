namespace StreamActors.Logs;

/// <summary>Whose clock a message's time is from.</summary>
public enum MessageClock
{
    /// <summary>The writer's.</summary>
    Writer,

    /// <summary>The log's, at the moment of the append.</summary>
    Log,
}

/// <summary>A message that is to be appended.</summary>
/// <param name="Value">Bytes, or null (a tombstone), which is not empty.</param>
/// <param name="Timestamp">Milliseconds since 1970 UTC.</param>
/// <param name="Clock">Whose time that is.</param>
/// <param name="Key">Bytes, or null, which is not empty.</param>
/// <param name="Headers">In their order; null means none.</param>
public readonly record struct LogMessage(
    ReadOnlyMemory<byte>? Value,
    long Timestamp,
    MessageClock Clock = MessageClock.Writer,
    ReadOnlyMemory<byte>? Key = null,
    IReadOnlyList<MessageHeader>? Headers = null);

/// <summary>A message that was read, and was whole.</summary>
/// <param name="Entry">Where it is, and when it was.</param>
/// <param name="Value">Its value, or null.</param>
/// <param name="Key">Its key, or null.</param>
/// <param name="Headers">Its headers, in their order.</param>
public sealed record LogRecord(
    IndexEntry Entry, ReadOnlyMemory<byte>? Value, ReadOnlyMemory<byte>? Key, IReadOnlyList<MessageHeader> Headers);
