using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>A framing as JSON: <c>{"start":"","stop":"","separator":"\n","size":false}</c>.</summary>
internal static class FramingText
{
    private static readonly JsonEncodedText Start = JsonEncodedText.Encode("start");
    private static readonly JsonEncodedText Stop = JsonEncodedText.Encode("stop");
    private static readonly JsonEncodedText Separator = JsonEncodedText.Encode("separator");
    private static readonly JsonEncodedText Size = JsonEncodedText.Encode("size");
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a framing; without a newline at the end.</summary>
    /// <param name="framing">The framing.</param>
    public static string Write(Framing framing)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString(Start, Encoding.UTF8.GetString(framing.Start.Span));
            writer.WriteString(Stop, Encoding.UTF8.GetString(framing.Stop.Span));
            writer.WriteString(Separator, Encoding.UTF8.GetString(framing.Separator.Span));
            writer.WriteBoolean(Size, framing.HasSize);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Reads a framing. What it does not name is as in a new stream.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Null where it is not such an object: with another name in it, one name twice, or a part that is too long.</returns>
    public static Framing? Read(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        // Lone surrogates in a string are an InvalidOperationException.
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Framing? Read(JsonElement fields)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (start, stop, separator) = (Framing.Lines.Start.ToArray(), Framing.Lines.Stop.ToArray(), Framing.Lines.Separator.ToArray());
        var hasSize = Framing.Lines.HasSize;
        foreach (var field in fields.EnumerateObject())
        {
            if (!names.Add(field.Name))
                return null;
            switch (field.Name)
            {
                case "start":
                    start = BytesOf(field.Value);
                    break;
                case "stop":
                    stop = BytesOf(field.Value);
                    break;
                case "separator":
                    separator = BytesOf(field.Value);
                    break;
                case "size" when field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    hasSize = field.Value.GetBoolean();
                    break;
                default:
                    return null;
            }
        }
        return start is not null && stop is not null && separator is not null ? new Framing(start, hasSize, stop, separator) : null;
    }

    private static byte[]? BytesOf(JsonElement value)
    {
        var bytes = value.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(value.GetString()!) : null;
        return bytes?.Length <= Framing.MaxPartBytes ? bytes : null;
    }
}
