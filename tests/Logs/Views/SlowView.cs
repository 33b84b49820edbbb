using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace StreamActors.Logs.Tests;

/// <summary>Views as simply as they can be made: every byte of every message, each time anew.</summary>
internal static class SlowView
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static byte[] Render(ViewKind kind, Framing framing, IEnumerable<ModelMessage> messages) =>
        [.. messages.SelectMany(message => Render(kind, framing, message))];

    public static byte[] Render(ViewKind kind, Framing framing, ModelMessage message)
    {
        var value = message.Message.Value.GetValueOrDefault().ToArray();
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, value.Length);
        return kind switch
        {
            ViewKind.Json => Encoding.UTF8.GetBytes(Json(message)),
            ViewKind.Size => [.. size, .. value],
            _ => [.. framing.Start.Span, .. framing.HasSize ? size : [], .. value, .. framing.Stop.Span, .. framing.Separator.Span],
        };
    }

    private static string Json(ModelMessage message)
    {
        var (value, time, _, key, headers) = message.Message;
        var timestamp = time is >= -62135596800000 and <= 253402300799999
            ? "\"" + DateTimeOffset.FromUnixTimeMilliseconds(time).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) + "\""
            : time.ToString(CultureInfo.InvariantCulture);
        var line = $"{{\"offset\":{message.Offset},\"timestamp\":{timestamp}";
        if (key is not null)
            line += ",\"key\":" + Json(key);
        if (headers is { Count: > 0 })
            line += ",\"headers\":[" + string.Join(",", headers.Select(header =>
                $"{{\"key\":{Json(Encoding.UTF8.GetBytes(header.Name))},\"value\":{Json(header.Value)}}}")) + "]";
        return line + ",\"value\":" + Json(value) + "}\n";
    }

    private static string Json(ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } some)
            return "null";
        try
        {
            return "\"" + string.Concat(Strict.GetString(some.Span).Select(Json)) + "\"";
        }
        catch (DecoderFallbackException)
        {
            return $"{{\"base64\":\"{Convert.ToBase64String(some.Span)}\"}}";
        }
    }

    private static string Json(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    };
}
