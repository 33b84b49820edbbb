using System.Text.Json;
using System.Text.Unicode;

namespace StreamActors.Messages.Writing;

/// <summary>Bytes in JSON: a string where they are UTF-8, else <c>{"base64":"…"}</c>. Either form is read, whatever the bytes are.</summary>
internal static class JsonBytes
{
    private static ReadOnlySpan<byte> Base64Name => "base64"u8;

    /// <summary>Reads the bytes at the reader's token.</summary>
    /// <param name="reader">At a string or an object; afterwards at its last token.</param>
    /// <returns>The bytes; null where the token is neither, or is no such bytes.</returns>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidOperationException">It has a surrogate without its other half, which no bytes stand for.</exception>
    public static byte[]? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
            return Text(ref reader);
        if (reader.TokenType != JsonTokenType.StartObject)
            return null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(Base64Name))
            return null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out var bytes))
            return null;
        return reader.Read() && reader.TokenType == JsonTokenType.EndObject ? bytes : null;
    }

    /// <summary>Writes bytes in the form that is easiest to read.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="writer">Where to.</param>
    public static void Write(ReadOnlySpan<byte> bytes, Utf8JsonWriter writer)
    {
        if (Utf8.IsValid(bytes))
        {
            writer.WriteStringValue(bytes);
            return;
        }
        writer.WriteStartObject();
        writer.WriteBase64String(Base64Name, bytes);
        writer.WriteEndObject();
    }

    /// <summary>The UTF-8 of a string.</summary>
    /// <param name="reader">At a string.</param>
    /// <exception cref="InvalidOperationException">It has a surrogate without its other half, which no bytes stand for.</exception>
    public static byte[] Text(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueSpan.ToArray();
        var bytes = new byte[reader.ValueSpan.Length];
        return bytes[..reader.CopyString(bytes)];
    }
}
