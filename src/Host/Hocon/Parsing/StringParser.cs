using System.Globalization;
using System.Text;

namespace StreamActors.Hocon.Parsing;

/// <summary>Reads the three kinds of strings.</summary>
internal static class StringParser
{
    private const string TripleQuote = "\"\"\"";

    /// <summary>Whether an unquoted string can start or go on here.</summary>
    public static bool AtUnquoted(SourceText source) => source.Current switch
    {
        SourceText.End or '\n' => false,
        '$' or '"' or '{' or '}' or '[' or ']' or ':' or '=' or ',' or '+' or '#' or '`' or '^' or '?' or '!' or '@'
            or '*' or '&' or '\\' => false,
        < ' ' or '\x7F' => false,
        '/' => source.Peek(1) != '/',
        _ => true,
    };

    /// <summary>Appends an unquoted string, up to white space or a character that it can't hold.</summary>
    public static void AppendUnquoted(SourceText source, StringBuilder text, bool endAtDot)
    {
        var isNumber = source.Current is (>= '0' and <= '9') or '-';
        while (!(endAtDot && source.Current == '.') && !IsSpace(source.Current)
            && (AtUnquoted(source) || (isNumber && AtExponentSign(source, text))))
        {
            text.Append((char)source.Current);
            source.Advance();
        }
    }

    /// <summary>Reads a string in quotes or triple quotes.</summary>
    public static string ParseQuoted(SourceText source) =>
        source.StartsWith(TripleQuote) ? ParseTripleQuoted(source) : ParseSingleQuoted(source);

    private static string ParseTripleQuoted(SourceText source)
    {
        var start = source.Here;
        var text = new StringBuilder();
        source.Advance(TripleQuote.Length);
        while (!source.StartsWith(TripleQuote) || source.Peek(TripleQuote.Length) == '"')
        {
            if (source.Current == SourceText.End)
                throw source.Error("expected the closing \"\"\" of this string, found the end", start);

            text.Append((char)source.Current);
            source.Advance();
        }

        source.Advance(TripleQuote.Length);
        return text.ToString();
    }

    private static string ParseSingleQuoted(SourceText source)
    {
        var start = source.Here;
        var text = new StringBuilder();
        source.Advance();
        while (source.Current != '"')
        {
            if (source.Current is SourceText.End or '\n')
                throw source.Error($"expected the closing '\"' of this string, found {HoconText.DescribeChar(source.Current)}", start);

            if (source.Current == '\\')
            {
                text.Append(ParseEscape(source));
            }
            else
            {
                text.Append((char)source.Current);
                source.Advance();
            }
        }

        source.Advance();
        return text.ToString();
    }

    private static char ParseEscape(SourceText source)
    {
        var start = source.Here;
        source.Advance();
        var escaped = source.Current switch
        {
            '"' => '"',
            '\\' => '\\',
            '/' => '/',
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => ParseHex(source, start),
            var c => throw source.Error(
                $"expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, found a backslash and {HoconText.DescribeChar(c)}", start),
        };
        source.Advance();
        return escaped;
    }

    /// <summary>Reads the digits of <c>\uXXXX</c>; stays on the last one.</summary>
    private static char ParseHex(SourceText source, HoconOrigin start)
    {
        Span<char> digits = stackalloc char[4];
        for (var i = 0; i < digits.Length; i++)
        {
            source.Advance();
            if (source.Current == SourceText.End || !char.IsAsciiHexDigit((char)source.Current))
                throw source.Error($"expected four hexadecimal digits after \\u, found {HoconText.DescribeChar(source.Current)}", start);

            digits[i] = (char)source.Current;
        }

        return (char)ushort.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static bool AtExponentSign(SourceText source, StringBuilder text) =>
        source.Current == '+' && text is { Length: > 0 } && text[^1] is 'e' or 'E' && source.Peek(1) is >= '0' and <= '9';

    private static bool IsSpace(int c) => c != SourceText.End && (char.IsWhiteSpace((char)c) || c == '\uFEFF');
}
