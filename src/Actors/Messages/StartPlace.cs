using System.Text;

namespace StreamActors.Messages;

/// <summary>Where a view begins, as a user says it; a closed set.</summary>
public abstract record StartPlace
{
    /// <summary>The longest text that is read, in bytes.</summary>
    public const int MaxTextBytes = 64;

    private StartPlace()
    {
    }

    /// <summary>Reads a place as it stands in a path: see the other overload.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The place, or null.</returns>
    public static StartPlace? TryParse(ReadOnlySpan<byte> text)
    {
        Span<char> chars = stackalloc char[MaxTextBytes];
        return text.Length <= chars.Length ? TryParse(chars[..Encoding.Latin1.GetChars(text, chars)]) : null;
    }

    /// <summary>Reads a place as it stands in a path. Digits alone are an offset, never a time.</summary>
    /// <param name="text">
    /// <c>1200</c>, an offset; <c>-100</c>, the last messages (<c>-0</c>: the end); <c>2026-11-20T10:00Z</c>, a time;
    /// <c>1h30m</c>, an age. <see cref="StartTimeText"/> and <see cref="StartAgeText"/> say which times and ages there are.
    /// </param>
    /// <returns>The place; null where the text is none, or a number in it is too large.</returns>
    public static StartPlace? TryParse(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > MaxTextBytes)
            return null;
        if (!text.ContainsAnyExceptInRange('0', '9'))
            return Digits(text) is { } offset ? new Offset(offset) : null;
        if (text[0] == '-')
            return Digits(text[1..]) is { } count ? new Last(count) : null;
        if (StartTimeText.TryParse(text) is { } time)
            return new Time(time);
        return StartAgeText.TryParse(text) is { } age ? new Age(age) : null;
    }

    /// <summary>A number of digits alone, or null.</summary>
    internal static long? Digits(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return null;
        long number = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit(digit) || number > (long.MaxValue - (digit - '0')) / 10)
                return null;
            number = (number * 10) + (digit - '0');
        }
        return number;
    }

    /// <summary>At an offset; where no message has it or a later one yet, reading begins once one has.</summary>
    /// <param name="Value">The offset, not negative.</param>
    public sealed record Offset(long Value) : StartPlace;

    /// <summary>At the last messages; at the end, where they are none.</summary>
    /// <param name="Count">How many, not negative.</param>
    public sealed record Last(long Count) : StartPlace;

    /// <summary>At the first message by which a time had come; where there is none yet, reading begins once there is.</summary>
    /// <param name="Value">The time.</param>
    public sealed record Time(DateTimeOffset Value) : StartPlace;

    /// <summary>At the first message that is not older than this; where there is none, at the end.</summary>
    /// <param name="Value">The age, not negative.</param>
    public sealed record Age(TimeSpan Value) : StartPlace;
}
