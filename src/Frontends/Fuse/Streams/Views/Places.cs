using System.Buffers.Text;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>Places in a partition, as users write them.</summary>
internal static class Places
{
    /// <summary>The place that a text is.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Null where it is none.</returns>
    public static StartPlace? Parse(ReadOnlySpan<byte> text)
    {
        var isLast = text.StartsWith("-"u8);
        var digits = isLast ? text[1..] : text;
        if (digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(digits, out long number, out _))
            return null;
        return isLast ? new StartPlace.Last(number) : new StartPlace.Offset(number);
    }
}
