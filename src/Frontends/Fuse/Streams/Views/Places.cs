using System.Buffers;
using System.Text;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>Places in a partition, as users write them.</summary>
internal static class Places
{
    /// <summary>The place that a text is.</summary>
    /// <param name="text">The text; what is longer than a file name is none.</param>
    /// <returns>Null where it is none.</returns>
    public static StartPlace? Parse(ReadOnlySpan<byte> text)
    {
        Span<char> chars = stackalloc char[NameEncoding.MaxBytes];
        return Ascii.ToUtf16(text, chars, out var length) == OperationStatus.Done ? StartPlace.TryParse(chars[..length]) : null;
    }
}
