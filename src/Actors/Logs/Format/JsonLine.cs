using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
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

    // ASCII that stands for itself: most values have nothing else, and are told by one look.
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x60).Select(c => (byte)c).Where(c => c is not ((byte)'"' or (byte)'\\'))]);

    private static readonly ulong[] PowersOfTen = [.. Enumerable.Range(0, 19).Select(power => (ulong)Math.Pow(10, power))];

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
        // 1233 / 4096 is just above the logarithm of 2 to the base 10, so the guess is right or one too few.
        var guess = ((BitOperations.Log2((ulong)offset | 1) + 1) * 1233) >> 12;
        return (ulong)offset >= PowersOfTen[guess] ? guess + 1 : Math.Max(1, guess);
    }

    /// <summary>Writes a message's line.</summary>
    /// <param name="record">The message.</param>
    /// <param name="target">Where it goes; it gets exactly <see cref="IndexEntry.JsonLength"/> bytes.</param>
    public static void Write(LogRecord record, IBufferWriter<byte> target)
    {
        var length = (int)Measure(
            record.Value.GetValueOrDefault().Span, record.Value is null, record.Entry.Timestamp, record.Key, record.Headers) +
            DigitsOf(record.Entry.Offset);
        var fits = TryWrite(record, target.GetSpan(length)[..length]);
        Debug.Assert(fits, "a line has its measured length");
        target.Advance(length);
    }

    /// <summary>Writes a message's line; false where it has not exactly the target's length.</summary>
    internal static bool TryWrite(LogRecord record, Span<byte> target)
    {
        var text = new JsonText(target);
        Begin(ref text, record.Entry);
        if (record.Key is { Span: var key })
            Key(ref text, key);
        for (var i = 0; i < record.Headers.Count; i++)
        {
            text.Add(i == 0 ? ",\"headers\":["u8 : ","u8);
            Header(ref text, Encoding.UTF8.GetBytes(record.Headers[i].Name));
            HeaderValue(ref text, record.Headers[i].Value is null, record.Headers[i].Value.GetValueOrDefault().Span);
        }
        return End(ref text, record.Headers.Count > 0, record.Value is null, record.Value.GetValueOrDefault().Span);
    }

    /// <summary>Writes a message's line from its bytes as they are on the disk.</summary>
    /// <param name="entry">The message's entry.</param>
    /// <param name="value">Its value.</param>
    /// <param name="keys">Its record in the key file; empty where it has none.</param>
    /// <param name="tag">Tells the key file from that of another partition.</param>
    /// <param name="target">Where the line goes.</param>
    /// <returns>False where the line has not exactly the target's length.</returns>
    internal static bool TryWrite(in IndexEntry entry, ReadOnlySpan<byte> value, ReadOnlySpan<byte> keys, uint tag, Span<byte> target)
    {
        var text = new JsonText(target);
        Begin(ref text, entry);
        var headers = 0;
        if (!keys.IsEmpty)
        {
            var reader = KeyRecord.Open(keys, tag, "a key record");
            if (KeyRecord.Next(ref reader, out var key))
                Key(ref text, key);
            headers = reader.UInt16();
            for (var i = 0; i < headers; i++)
            {
                text.Add(i == 0 ? ",\"headers\":["u8 : ","u8);
                Header(ref text, reader.Short());
                var isNull = !KeyRecord.Next(ref reader, out var bytes);
                HeaderValue(ref text, isNull, bytes);
            }
        }
        return End(ref text, headers > 0, entry.Length < 0, value);
    }

    private static void Begin(ref JsonText text, in IndexEntry entry)
    {
        text.Add("{\"offset\":"u8);
        text.Number(entry.Offset);
        text.Add(",\"timestamp\":"u8);
        if (entry.Timestamp >= FirstTime && entry.Timestamp <= LastTime)
            text.Time(entry.Timestamp);
        else
            text.Number(entry.Timestamp);
    }

    private static void Key(ref JsonText text, scoped ReadOnlySpan<byte> key)
    {
        text.Add(",\"key\":"u8);
        Bytes(ref text, key);
    }

    private static void Header(ref JsonText text, scoped ReadOnlySpan<byte> name)
    {
        text.Add("{\"key\":"u8);
        Bytes(ref text, name);
    }

    private static void HeaderValue(ref JsonText text, bool isNull, scoped ReadOnlySpan<byte> value)
    {
        text.Add(",\"value\":"u8);
        Nullable(ref text, isNull, value);
        text.Add("}"u8);
    }

    private static bool End(ref JsonText text, bool hasHeaders, bool isNull, scoped ReadOnlySpan<byte> value)
    {
        if (hasHeaders)
            text.Add("]"u8);
        text.Add(",\"value\":"u8);
        Nullable(ref text, isNull, value);
        text.Add("}\n"u8);
        return text.IsComplete;
    }

    private static void Nullable(ref JsonText text, bool isNull, scoped ReadOnlySpan<byte> bytes)
    {
        if (isNull)
            text.Add("null"u8);
        else
            Bytes(ref text, bytes);
    }

    private static void Bytes(ref JsonText text, scoped ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
        {
            text.Add("{\"base64\":\""u8);
            text.Base64(bytes);
            text.Add("\"}"u8);
            return;
        }
        text.Add("\""u8);
        for (var next = bytes.IndexOfAny(Escaped); next >= 0; next = bytes.IndexOfAny(Escaped))
        {
            text.Add(bytes[..next]);
            Escape(ref text, bytes[next]);
            bytes = bytes[(next + 1)..];
        }
        text.Add(bytes);
        text.Add("\""u8);
    }

    private static void Escape(ref JsonText text, byte value)
    {
        var escape = EscapeOf(value);
        if (escape != 0)
        {
            text.Add([(byte)'\\', escape]);
            return;
        }
        text.Add("\\u00"u8);
        text.Add([(byte)"0123456789abcdef"[value >> 4], (byte)"0123456789abcdef"[value & 15]]);
    }

    private static long MeasureBytes(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.ContainsAnyExcept(Plain))
            return bytes.Length + 2L;
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
}
