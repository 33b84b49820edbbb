using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace StreamActors.Messages.Writing;

/// <summary>
/// A framing as JSON text: <c>{"start":"","stop":"","separator":"\n","size":false}</c>. Parts that are not UTF-8 are
/// <c>{"base64":"…"}</c>. A member that is missing is as in <see cref="Framing.Lines"/>.
/// </summary>
public static class FramingDocument
{
    /// <summary>The longest text, in bytes: three parts, all of whose bytes are escaped, and room for white space.</summary>
    public const int MaxBytes = 64 << 10;

    private const int MaxDepth = 2;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    // What is for people to read has no "\u003C" for "<": nobody puts it into a web page.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a framing.</summary>
    /// <param name="framing">The framing.</param>
    /// <returns>One line of text, with its line feed.</returns>
    public static byte[] Write(Framing framing)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("start"u8);
            JsonBytes.Write(framing.Start.Span, writer);
            writer.WritePropertyName("stop"u8);
            JsonBytes.Write(framing.Stop.Span, writer);
            writer.WritePropertyName("separator"u8);
            JsonBytes.Write(framing.Separator.Span, writer);
            writer.WriteBoolean("size"u8, framing.HasSize);
            writer.WriteEndObject();
        }
        text.Write("\n"u8);
        return text.WrittenSpan.ToArray();
    }

    /// <summary>Reads a framing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="framing">The framing.</param>
    /// <returns>Null, or why it is none; a sentence without a full stop.</returns>
    public static string? Read(ReadOnlySpan<byte> text, out Framing framing)
    {
        framing = Framing.Lines;
        if (text.Length > MaxBytes)
            return $"a framing has at most {MaxBytes} bytes";
        if (!Utf8.IsValid(text))
            return "a framing is UTF-8 text";
        try
        {
            var reader = new Utf8JsonReader(text, ReaderOptions);
            return Read(ref reader, out framing);
        }
        catch (JsonException exception)
        {
            return $"a framing is a JSON object, and this is none from line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} on";
        }
        catch (InvalidOperationException)
        {
            return "a framing has a surrogate without its other half, which no bytes stand for";
        }
    }

    private static string? Read(ref Utf8JsonReader reader, out Framing framing)
    {
        framing = Framing.Lines;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return "a framing is a JSON object";
        var seen = Member.None;
        byte[] start = [], stop = [], separator = Framing.Lines.Separator.ToArray();
        var hasSize = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(ref reader);
            if (member == Member.None)
                return "a framing has the members start, stop, separator and size";
            if ((seen & member) != 0)
                return $"a framing has one {NameOf(member)}";
            seen |= member;
            reader.Read();
            if (member == Member.Size)
            {
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                    return "the size of a framing is true or false";
                hasSize = reader.GetBoolean();
                continue;
            }
            if (JsonBytes.Read(ref reader) is not { } part)
                return $"the {NameOf(member)} of a framing is a string or {{\"base64\":\"…\"}}";
            if (part.Length > Framing.MaxPartBytes)
                return $"the {NameOf(member)} of a framing has at most {Framing.MaxPartBytes} bytes";
            _ = member switch
            {
                Member.Start => start = part,
                Member.Stop => stop = part,
                _ => separator = part,
            };
        }
        // Only white space may follow; the reader throws at anything else.
        reader.Read();
        framing = new Framing(start, hasSize, stop, separator);
        return null;
    }

    private static Member MemberOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("start"u8) ? Member.Start
        : reader.ValueTextEquals("stop"u8) ? Member.Stop
        : reader.ValueTextEquals("separator"u8) ? Member.Separator
        : reader.ValueTextEquals("size"u8) ? Member.Size : Member.None;

    private static string NameOf(Member member) => member switch
    {
        Member.Start => "start",
        Member.Stop => "stop",
        Member.Separator => "separator",
        _ => "size",
    };

    [Flags]
    private enum Member
    {
        None = 0,
        Start = 1,
        Stop = 2,
        Separator = 4,
        Size = 8,
    }
}
