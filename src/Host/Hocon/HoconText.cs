using System.Buffers;
using System.Globalization;
using System.Text;

namespace StreamActors.Hocon;

/// <summary>Text for messages, which stay on one line whatever the document holds.</summary>
public static class HoconText
{
    private static readonly SearchValues<char> Separators = SearchValues.Create("\"\\.\n\r\t${}[]:=,+#");

    /// <summary>The text in double quotes, with quotes, backslashes and control characters escaped.</summary>
    /// <param name="text">Any text.</param>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when IsPrintable(c) => quoted.Append(c),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A path as a document would write it: elements joined by dots, quoted where they must be.</summary>
    /// <param name="path">The elements.</param>
    internal static string JoinPath(IEnumerable<string> path) =>
        string.Join('.', path.Select(element => NeedsQuotes(element) ? Quote(element) : element));

    /// <summary>One character of a document, or its end.</summary>
    /// <param name="c">A UTF-16 code unit, or -1 for the end.</param>
    internal static string DescribeChar(int c) => c switch
    {
        -1 => "the end",
        '\n' => "the end of the line",
        _ when IsPrintable((char)c) => $"'{(char)c}'",
        _ => string.Create(CultureInfo.InvariantCulture, $"U+{c:X4}"),
    };

    /// <summary>Splits <c>1.5 MiB</c> into its number and its unit, both without white space around them.</summary>
    /// <param name="text">The text.</param>
    internal static Quantity SplitUnit(string text)
    {
        var trimmed = text.AsSpan().Trim();
        var numberLength = trimmed.TrimEnd("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZµ").Length;
        return new Quantity(trimmed[..numberLength].TrimEnd(), trimmed[numberLength..]);
    }

    private static bool NeedsQuotes(string element) =>
        element.Length == 0 || element.AsSpan().ContainsAny(Separators) || !element.All(IsPrintable);

    private static bool IsPrintable(char c) => char.GetUnicodeCategory(c) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>A number and its unit, as text.</summary>
    internal readonly ref struct Quantity(ReadOnlySpan<char> number, ReadOnlySpan<char> unit)
    {
        private readonly ReadOnlySpan<char> _number = number;
        private readonly ReadOnlySpan<char> _unit = unit;

        public void Deconstruct(out ReadOnlySpan<char> number, out ReadOnlySpan<char> unit)
        {
            number = _number;
            unit = _unit;
        }
    }
}
