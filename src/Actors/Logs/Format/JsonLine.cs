using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace StreamActors.Logs;

/// <summary>
/// A message as a line of the JSON view:
/// <c>{"offset":7,"timestamp":"2026-11-20T10:00:00.000Z","key":"k","headers":[{"key":"h","value":"v"}],"value":"text"}</c>.
/// Without a key or headers those members are missing; bytes that are not UTF-8 are <c>{"base64":"…"}</c>; a time that
/// no four-digit year has is a number of milliseconds. The index counts these bytes, so they never change.
/// </summary>
public static class JsonLine
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    private static readonly long FirstTime = -62135596800000; // year 1
    private static readonly long LastTime = 253402300799999; // the end of year 9999

    /// <summary>The length of a message's line without the digits of its offset.</summary>
    /// <param name="value">Its value; what it holds does not count where <paramref name="valueIsNull"/>.</param>
    /// <param name="valueIsNull">Whether the value is null.</param>
    /// <param name="timestamp">Its time in milliseconds since 1970 UTC.</param>
    /// <param name="key">Its key.</param>
    /// <param name="headers">Its headers.</param>
    /// <returns>The length in bytes, with the line feed.</returns>
    public static long Measure(
        ReadOnlySpan<byte> value, bool valueIsNull, long timestamp, ReadOnlyMemory<byte>? key, IReadOnlyList<MessageHeader>? headers)
    {
        long length = "{\"offset\":,\"timestamp\":,\"value\":}\n".Length;
        length += timestamp >= FirstTime && timestamp <= LastTime
            ? "\"2026-11-20T10:00:00.000Z\"".Length : timestamp.ToString(CultureInfo.InvariantCulture).Length;
        length += valueIsNull ? "null".Length : MeasureBytes(value);
        if (key is { } k)
            length += "\"key\":,".Length + MeasureBytes(k.Span);
        if (headers is { Count: > 0 })
        {
            length += "\"headers\":[],".Length + headers.Count - 1;
            foreach (var header in headers)
                length += "{\"key\":,\"value\":}".Length + MeasureBytes(Encoding.UTF8.GetBytes(header.Name)) +
                    (header.Value is { } v ? MeasureBytes(v.Span) : "null".Length);
        }
        return length;
    }

    /// <summary>How many digits an offset has.</summary>
    /// <param name="offset">Not negative.</param>
    /// <returns>1 to 19.</returns>
    public static int DigitsOf(long offset)
    {
        var digits = 1;
        for (var power = 10UL; digits < 19 && (ulong)offset >= power; power *= 10)
            digits++;
        return digits;
    }

    /// <summary>Writes a message's line.</summary>
    /// <param name="record">The message.</param>
    /// <param name="target">Where it goes; it gets exactly <see cref="IndexEntry.JsonLength"/> bytes.</param>
    public static void Write(LogRecord record, IBufferWriter<byte> target)
    {
        target.Write("{\"offset\":"u8);
        WriteNumber(record.Entry.Offset, target);
        target.Write(",\"timestamp\":"u8);
        WriteTime(record.Entry.Timestamp, target);
        if (record.Key is { } key)
        {
            target.Write(",\"key\":"u8);
            WriteBytes(key, target);
        }
        if (record.Headers.Count > 0)
            WriteHeaders(record.Headers, target);
        target.Write(",\"value\":"u8);
        WriteBytes(record.Value, target);
        target.Write("}\n"u8);
    }

    private static long MeasureBytes(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
            return "{\"base64\":\"\"}".Length + ((bytes.Length + 2L) / 3 * 4);
        long length = bytes.Length + 2L;
        for (var next = bytes.IndexOfAny(Escaped); next >= 0; next = bytes.IndexOfAny(Escaped))
        {
            length += EscapeOf(bytes[next]) is 0 ? 5 : 1;
            bytes = bytes[(next + 1)..];
        }
        return length;
    }

    private static void WriteHeaders(IReadOnlyList<MessageHeader> headers, IBufferWriter<byte> target)
    {
        target.Write(",\"headers\":["u8);
        for (var i = 0; i < headers.Count; i++)
        {
            target.Write(i == 0 ? "{\"key\":"u8 : ",{\"key\":"u8);
            WriteBytes(Encoding.UTF8.GetBytes(headers[i].Name), target);
            target.Write(",\"value\":"u8);
            WriteBytes(headers[i].Value, target);
            target.Write("}"u8);
        }
        target.Write("]"u8);
    }

    private static void WriteBytes(ReadOnlyMemory<byte>? bytes, IBufferWriter<byte> target)
    {
        if (bytes is not { Span: var rest })
        {
            target.Write("null"u8);
            return;
        }
        if (!Utf8.IsValid(rest))
        {
            target.Write("{\"base64\":\""u8);
            Base64.EncodeToUtf8(rest, target.GetSpan(Base64.GetMaxEncodedToUtf8Length(rest.Length)), out _, out var written);
            target.Advance(written);
            target.Write("\"}"u8);
            return;
        }
        target.Write("\""u8);
        for (var next = rest.IndexOfAny(Escaped); next >= 0; next = rest.IndexOfAny(Escaped))
        {
            target.Write(rest[..next]);
            WriteEscape(rest[next], target);
            rest = rest[(next + 1)..];
        }
        target.Write(rest);
        target.Write("\""u8);
    }

    private static void WriteEscape(byte value, IBufferWriter<byte> target)
    {
        var escape = EscapeOf(value);
        if (escape != 0)
        {
            target.Write([(byte)'\\', escape]);
            return;
        }
        target.Write("\\u00"u8);
        target.Write([(byte)"0123456789abcdef"[value >> 4], (byte)"0123456789abcdef"[value & 15]]);
    }

    /// <summary>The letter of a two-byte escape (RFC 8259, section 7), or 0 where there is none.</summary>
    private static byte EscapeOf(byte value) => value switch
    {
        (byte)'"' => (byte)'"',
        (byte)'\\' => (byte)'\\',
        (byte)'\b' => (byte)'b',
        (byte)'\f' => (byte)'f',
        (byte)'\n' => (byte)'n',
        (byte)'\r' => (byte)'r',
        (byte)'\t' => (byte)'t',
        _ => 0,
    };

    private static void WriteTime(long timestamp, IBufferWriter<byte> target)
    {
        if (timestamp < FirstTime || timestamp > LastTime)
        {
            WriteNumber(timestamp, target);
            return;
        }
        var text = DateTimeOffset.FromUnixTimeMilliseconds(timestamp)
            .ToString("'\"'yyyy-MM-dd'T'HH:mm:ss.fff'Z\"'", CultureInfo.InvariantCulture);
        target.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void WriteNumber(long number, IBufferWriter<byte> target)
    {
        Utf8Formatter.TryFormat(number, target.GetSpan(20), out var written);
        target.Advance(written);
    }
}
