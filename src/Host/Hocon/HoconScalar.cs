namespace StreamActors.Hocon;

/// <summary>What the text of a scalar reads as. HOCON converts between them, so that the text is what counts.</summary>
public enum HoconScalarKind
{
    /// <summary>A string, or anything that reads as none of the others.</summary>
    String,

    /// <summary>A number as JSON writes it.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary><c>null</c>.</summary>
    Null,
}

/// <summary>A string, number, boolean or null; the text is kept as it was written.</summary>
public sealed class HoconScalar : HoconValue
{
    /// <summary>Longest part of a value that a message shows, in UTF-16 code units.</summary>
    private const int MaxDescribedChars = 60;

    private HoconScalar(HoconOrigin origin, string text, HoconScalarKind kind)
        : base(origin)
    {
        Text = text;
        Kind = kind;
    }

    /// <summary>The text: without quotes and escapes for a string, as written for the others.</summary>
    public string Text { get; }

    /// <summary>What the text reads as; a quoted text is always a string.</summary>
    public HoconScalarKind Kind { get; }

    /// <summary>A string, whatever its text looks like.</summary>
    /// <param name="origin">Where it was written.</param>
    /// <param name="text">The string.</param>
    public static HoconScalar String(HoconOrigin origin, string text) => new(origin, text, HoconScalarKind.String);

    /// <summary>A scalar written without quotes.</summary>
    /// <param name="origin">Where it was written.</param>
    /// <param name="text">The text.</param>
    public static HoconScalar Unquoted(HoconOrigin origin, string text) => new(origin, text, Classify(text));

    /// <inheritdoc/>
    public override string Describe()
    {
        if (Kind == HoconScalarKind.Null)
            return "null";

        var shown = Text.Length <= MaxDescribedChars ? Text : Text[..MaxDescribedChars] + "…";
        return HoconText.Quote(shown);
    }

    internal HoconScalar At(HoconOrigin origin) => new(origin, Text, Kind);

    private static HoconScalarKind Classify(string text) => text switch
    {
        "true" or "false" => HoconScalarKind.Boolean,
        "null" => HoconScalarKind.Null,
        _ => IsJsonNumber(text) ? HoconScalarKind.Number : HoconScalarKind.String,
    };

    private static bool IsJsonNumber(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("-"))
            text = text[1..];

        var whole = Digits(text);
        if (whole == 0 || (whole > 1 && text[0] == '0'))
            return false;

        text = text[whole..];
        if (text.StartsWith("."))
        {
            var fraction = Digits(text[1..]);
            if (fraction == 0)
                return false;

            text = text[(1 + fraction)..];
        }

        if (text.IsEmpty)
            return true;

        if (text[0] is not ('e' or 'E'))
            return false;

        text = text[1..];
        if (!text.IsEmpty && text[0] is '+' or '-')
            text = text[1..];

        return !text.IsEmpty && Digits(text) == text.Length;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var count = text.IndexOfAnyExceptInRange('0', '9');
        return count < 0 ? text.Length : count;
    }
}
