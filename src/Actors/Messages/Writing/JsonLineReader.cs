using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace StreamActors.Messages.Writing;

/// <summary>
/// Lines that are messages: a JSON object as the JSON view prints it, with <c>value</c> and, if wanted, <c>key</c>,
/// <c>headers</c>, <c>timestamp</c> (ISO 8601, UTC where it has no zone, or milliseconds since 1970) and <c>offset</c>, which
/// is ignored. A line that does not begin as an object is a value itself.
/// </summary>
public static class JsonLineReader
{
    // A byte of a value has at most six in JSON (\u0000); the other members and white space have room beside.
    private const int WrittenBytesPerByte = 6;
    private const int RoomBytes = 64 << 10;

    // What a log keeps beside the bytes of a key and headers counts as theirs, so that nothing it has printed is too long.
    private const int KeyOverhead = 14;
    private const int HeaderOverhead = 6;
    private const int MaxHeaders = 10_000;
    private const int MaxHeaderNameBytes = ushort.MaxValue;

    // The line's object, the headers, one of them, and base64 in it.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 4 };

    /// <summary>The longest line that is taken, in bytes: what the JSON view prints of the longest message is shorter.</summary>
    /// <param name="messageMaxBytes">The longest message, value and key and headers, in bytes.</param>
    /// <returns>Bytes, with the line feed.</returns>
    public static long MaxLineBytes(int messageMaxBytes) => ((long)WrittenBytesPerByte * messageMaxBytes) + RoomBytes;

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line, without its line feed.</param>
    /// <param name="messageMaxBytes">The longest message, value and key and headers, in bytes.</param>
    /// <param name="batch">Gets the message.</param>
    /// <returns>None; <see cref="Fault.Invalid"/> or <see cref="Fault.MessageTooLarge"/>, and then the batch is as it was.</returns>
    public static Fault Read(ReadOnlySpan<byte> line, int messageMaxBytes, MessageBatch batch)
    {
        if (line.TrimStart(" \t"u8) is not [(byte)'{', ..])
        {
            if (line.Length > messageMaxBytes)
                return Fault.MessageTooLarge;
            batch.Add(line);
            return Fault.None;
        }
        if (!Utf8.IsValid(line))
            return Fault.Invalid;
        try
        {
            var reader = new Utf8JsonReader(line, Options);
            return Read(ref reader, messageMaxBytes, batch);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second is a surrogate without its other half.
            return Fault.Invalid;
        }
    }

    private static Fault Read(ref Utf8JsonReader reader, int messageMaxBytes, MessageBatch batch)
    {
        var seen = Member.None;
        byte[]? value = null, key = null;
        List<MessageHeader>? headers = null;
        long? timestamp = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(ref reader);
            if (member == Member.None || (seen & member) != 0)
                return Fault.Invalid;
            seen |= member;
            reader.Read();
            var isRead = member switch
            {
                Member.Value => TryReadBytes(ref reader, out value),
                Member.Key => TryReadBytes(ref reader, out key),
                Member.Headers => TryReadHeaders(ref reader, out headers),
                Member.Timestamp => TryReadTime(ref reader, out timestamp),
                _ => reader.TokenType is JsonTokenType.Number or JsonTokenType.Null,
            };
            if (!isRead)
                return Fault.Invalid;
        }
        // Only white space may follow; the reader throws at anything else.
        reader.Read();
        if (!seen.HasFlag(Member.Value))
            return Fault.Invalid;
        if ((value?.Length ?? 0L) + LengthOf(key, headers) > messageMaxBytes || headers?.Count > MaxHeaders)
            return Fault.MessageTooLarge;
        batch.Add(Memory(value), Memory(key), headers, timestamp);
        return Fault.None;
    }

    private static Member MemberOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("value"u8) ? Member.Value
        : reader.ValueTextEquals("key"u8) ? Member.Key
        : reader.ValueTextEquals("headers"u8) ? Member.Headers
        : reader.ValueTextEquals("timestamp"u8) ? Member.Timestamp
        : reader.ValueTextEquals("offset"u8) ? Member.Offset : Member.None;

    private static bool TryReadBytes(ref Utf8JsonReader reader, out byte[]? bytes)
    {
        bytes = null;
        return reader.TokenType == JsonTokenType.Null || (bytes = JsonBytes.Read(ref reader)) is not null;
    }

    private static bool TryReadTime(ref Utf8JsonReader reader, out long? milliseconds)
    {
        milliseconds = null;
        if (reader.TokenType == JsonTokenType.Null)
            return true;
        if (reader.TokenType == JsonTokenType.Number)
        {
            var isRead = reader.TryGetInt64(out var number);
            milliseconds = number;
            return isRead;
        }
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetDateTime(out var time))
            return false;
        if (time.Kind == DateTimeKind.Unspecified)
            milliseconds = new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeMilliseconds();
        else if (reader.TryGetDateTimeOffset(out var zoned))
            milliseconds = zoned.ToUnixTimeMilliseconds();
        return milliseconds is not null;
    }

    private static bool TryReadHeaders(ref Utf8JsonReader reader, out List<MessageHeader>? headers)
    {
        headers = null;
        if (reader.TokenType == JsonTokenType.Null)
            return true;
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            if (!TryReadHeader(ref reader, out var header))
                return false;
            (headers ??= []).Add(header);
        }
        return reader.TokenType == JsonTokenType.EndArray;
    }

    private static bool TryReadHeader(ref Utf8JsonReader reader, out MessageHeader header)
    {
        header = default;
        byte[]? name = null, value = null;
        var seen = Member.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(ref reader) & (Member.Key | Member.Value);
            if (member == Member.None || (seen & member) != 0)
                return false;
            seen |= member;
            reader.Read();
            if (member == Member.Key)
                name = reader.TokenType == JsonTokenType.String ? JsonBytes.Text(ref reader) : null;
            else if (!TryReadBytes(ref reader, out value))
                return false;
        }
        if (name is not { Length: <= MaxHeaderNameBytes } || !seen.HasFlag(Member.Value))
            return false;
        header = new MessageHeader(Encoding.UTF8.GetString(name), Memory(value));
        return true;
    }

    private static long LengthOf(byte[]? key, List<MessageHeader>? headers)
    {
        if (key is null && headers is null)
            return 0;
        long length = KeyOverhead + (key?.Length ?? 0);
        foreach (var header in headers ?? [])
            length += HeaderOverhead + Encoding.UTF8.GetByteCount(header.Name) + (header.Value?.Length ?? 0);
        return length;
    }

    // A null array would become an empty memory by itself.
    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes.AsMemory();

    [Flags]
    private enum Member
    {
        None = 0,
        Value = 1,
        Key = 2,
        Headers = 4,
        Timestamp = 8,
        Offset = 16,
    }
}
