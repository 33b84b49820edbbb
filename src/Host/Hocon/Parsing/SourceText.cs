using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace StreamActors.Hocon.Parsing;

/// <summary>A document's text and the reader's place in it.</summary>
internal sealed class SourceText(string file, string text, string? baseDirectory)
{
    /// <summary>Stands for the end of the text.</summary>
    public const int End = -1;

    private int _position = text.StartsWith('\uFEFF') ? 1 : 0;
    private int _line = 1;
    private int _column = 1;

    /// <summary>What errors call the document.</summary>
    public string File { get; } = file;

    /// <summary>Where its relative includes are looked for; null refuses them.</summary>
    public string? BaseDirectory { get; } = baseDirectory;

    /// <summary>The place of the next character.</summary>
    public HoconOrigin Here => new(File, _line, _column);

    /// <summary>The next character, or <see cref="End"/>.</summary>
    public int Current => Peek(0);

    /// <summary>Decodes UTF-8 strictly.</summary>
    /// <exception cref="HoconException">A byte is not UTF-8; the origin is the place of the first such byte.</exception>
    public static SourceText Decode(string file, ReadOnlySpan<byte> utf8, string? baseDirectory)
    {
        var chars = new char[Encoding.UTF8.GetMaxCharCount(utf8.Length)];
        var status = Utf8.ToUtf16(utf8, chars, out var read, out var written, replaceInvalidSequences: false);
        var source = new SourceText(file, new string(chars, 0, written), baseDirectory);
        if (status == OperationStatus.Done)
            return source;

        while (source.Current != End)
            source.Advance();

        throw new HoconException(source.Here, $"expected UTF-8, found the byte 0x{utf8[read]:x2}");
    }

    /// <summary>A character after the next one, or <see cref="End"/>.</summary>
    public int Peek(int distance) => _position + distance < text.Length ? text[_position + distance] : End;

    /// <summary>Whether the text goes on with these characters.</summary>
    public bool StartsWith(string expected) => text.AsSpan(_position).StartsWith(expected, StringComparison.Ordinal);

    /// <summary>Goes past the next characters.</summary>
    public void Advance(int count = 1)
    {
        for (; count > 0 && _position < text.Length; count--)
        {
            if (text[_position++] == '\n')
            {
                _line++;
                _column = 1;
            }
            else
            {
                _column++;
            }
        }
    }

    /// <summary>Goes past white space that does not end the line, and gives it.</summary>
    public string SkipSpaces()
    {
        var start = _position;
        while (IsSpace(Current))
            Advance();

        return text[start.._position];
    }

    /// <summary>Goes past white space, line ends and comments.</summary>
    /// <returns>Whether a line ended.</returns>
    public bool SkipSpacesAndLines()
    {
        var lineEnded = false;
        while (true)
        {
            SkipSpaces();
            if (AtComment)
            {
                SkipComment();
            }
            else if (Current == '\n')
            {
                Advance();
                lineEnded = true;
            }
            else
            {
                return lineEnded;
            }
        }
    }

    /// <summary>Whether a comment starts here.</summary>
    public bool AtComment => Current == '#' || (Current == '/' && Peek(1) == '/');

    /// <summary>An error at a place of this text, or at the next character.</summary>
    public HoconException Error(string problem, HoconOrigin? at = null) => new(at ?? Here, problem);

    /// <summary>An error that names what was expected and what stands here instead.</summary>
    public HoconException Expected(string what) => Error($"expected {what}, found {HoconText.DescribeChar(Current)}");

    private static bool IsSpace(int c) =>
        c != End && c != '\n' && (char.IsWhiteSpace((char)c) || c is '\uFEFF' or (>= '\x1C' and <= '\x1F'));

    private void SkipComment()
    {
        while (Current is not ('\n' or End))
            Advance();
    }
}
