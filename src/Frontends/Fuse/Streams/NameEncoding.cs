using System.Buffers;
using System.Text;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// Names of streams and topics as file names. What a file name can't hold is percent-encoded, as in RFC 3986: <c>%</c>,
/// <c>/</c>, NUL, bytes that are not UTF-8, <c>.</c> and <c>..</c>, and a leading <c>.</c>, since names that begin with it
/// are the views. Every name has one encoding.
/// </summary>
public static class NameEncoding
{
    /// <summary>The longest file name, in bytes (<c>NAME_MAX</c>).</summary>
    public const int MaxBytes = 255;

    private static ReadOnlySpan<byte> Digits => "0123456789ABCDEF"u8;

    /// <summary>Encodes a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The file name; null where it would be empty or longer than <see cref="MaxBytes"/>.</returns>
    public static byte[]? Encode(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MaxBytes)
            return null;
        Span<byte> encoded = stackalloc byte[3 * MaxBytes];
        var length = 0;
        var isDots = name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
        for (var position = 0; position < name.Length;)
        {
            var isText = Rune.DecodeFromUtf8(name[position..], out _, out var count) == OperationStatus.Done;
            foreach (var value in name.Slice(position, count))
            {
                var isDot = value == (byte)'.' && (position == 0 || isDots);
                if (isText && !isDot && value is not ((byte)'%' or (byte)'/' or 0))
                {
                    encoded[length++] = value;
                    continue;
                }
                encoded[length++] = (byte)'%';
                encoded[length++] = Digits[value >> 4];
                encoded[length++] = Digits[value & 0xF];
            }
            position += count;
        }
        return length <= MaxBytes ? encoded[..length].ToArray() : null;
    }

    /// <summary>Decodes a file name.</summary>
    /// <param name="fileName">The file name.</param>
    /// <returns>The name; null where the file name is no name's encoding.</returns>
    public static byte[]? Decode(ReadOnlySpan<byte> fileName)
    {
        if (fileName.Length > MaxBytes)
            return null;
        Span<byte> name = stackalloc byte[MaxBytes];
        var length = 0;
        for (var position = 0; position < fileName.Length; position++)
        {
            var value = fileName[position];
            if (value == (byte)'%')
            {
                if (fileName.Length - position < 3)
                    return null;
                var (high, low) = (Digits.IndexOf(fileName[position + 1]), Digits.IndexOf(fileName[position + 2]));
                if (high < 0 || low < 0)
                    return null;
                value = (byte)((high << 4) | low);
                position += 2;
            }
            name[length++] = value;
        }
        var decoded = name[..length].ToArray();
        return Encode(decoded) is { } canonical && fileName.SequenceEqual(canonical) ? decoded : null;
    }
}
