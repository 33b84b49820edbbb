namespace StreamActors.Sources.Simulated;

/// <summary>Tells where a byte stands in a text, as editors do.</summary>
internal static class TextPlace
{
    /// <summary>Finds line and column of a byte.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="position">The byte, or the end.</param>
    /// <returns>Line and column from 1; columns count code points.</returns>
    public static (int Line, int Column) Of(ReadOnlySpan<byte> text, int position)
    {
        var before = text[..Math.Min(position, text.Length)];
        var line = before.Count((byte)'\n');
        var start = before.LastIndexOf((byte)'\n') + 1;
        var column = 0;
        foreach (var unit in before[start..])
            if ((unit & 0xC0) != 0x80)
                column++;
        return (line + 1, column + 1);
    }

    /// <summary>Finds the byte that a JSON error names.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="line">Line, from 0.</param>
    /// <param name="byteInLine">Byte in the line, from 0.</param>
    /// <returns>The byte's position.</returns>
    public static int Position(ReadOnlySpan<byte> text, long line, long byteInLine)
    {
        var start = 0;
        for (; line > 0; line--)
        {
            var next = text[start..].IndexOf((byte)'\n');
            if (next < 0)
                break;
            start += next + 1;
        }
        return (int)Math.Min(text.Length, start + byteInLine);
    }
}
