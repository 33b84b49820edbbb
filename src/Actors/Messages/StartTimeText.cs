namespace StreamActors.Messages;

/// <summary>
/// A time as RFC 3339 writes it: <c>2026-11-20</c> (midnight), <c>2026-11-20T10:00</c>, with seconds and a fraction of up to
/// nine digits behind a point or a comma, then <c>Z</c> or an offset (<c>+01:00</c>, <c>-0530</c>, <c>+01</c>). Without one
/// it is UTC, as all times that the views show.
/// </summary>
internal static class StartTimeText
{
    private const int MaxFractionDigits = 9;
    private const int MaxOffsetHours = 14;

    private static readonly long First = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long Last = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The time, in whole milliseconds as messages have them: a part of one is counted up.</summary>
    public static DateTimeOffset? TryParse(ReadOnlySpan<char> text)
    {
        if (!Take(ref text, 4, out var year) || !Take(ref text, '-') || !Take(ref text, 2, out var month) ||
            !Take(ref text, '-') || !Take(ref text, 2, out var day) ||
            year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return null;
        var midnight = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        if (text.IsEmpty)
            return At(midnight);
        if (!Take(ref text, 'T') || !Take(ref text, 2, out var hour) || !Take(ref text, ':') || !Take(ref text, 2, out var minute) ||
            hour > 23 || minute > 59 || !TakeSeconds(ref text, out var milliseconds) || !TakeOffset(ref text, out var minutes))
            return null;
        return At(midnight + (((hour * 60L) + minute - minutes) * 60_000) + milliseconds);
    }

    private static DateTimeOffset? At(long milliseconds) =>
        milliseconds >= First && milliseconds <= Last ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    private static bool TakeSeconds(ref ReadOnlySpan<char> text, out long milliseconds)
    {
        milliseconds = 0;
        if (!Take(ref text, ':'))
            return true;
        if (!Take(ref text, 2, out var seconds) || seconds > 59)
            return false;
        milliseconds = seconds * 1000L;
        if (!Take(ref text, '.') && !Take(ref text, ','))
            return true;
        var digits = text.IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? text.Length : digits;
        if (digits is 0 or > MaxFractionDigits)
            return false;
        var nanoseconds = StartPlace.Digits(text[..digits]).GetValueOrDefault();
        for (var i = digits; i < MaxFractionDigits; i++)
            nanoseconds *= 10;
        milliseconds += (nanoseconds + 999_999) / 1_000_000;
        text = text[digits..];
        return true;
    }

    private static bool TakeOffset(ref ReadOnlySpan<char> text, out int minutes)
    {
        minutes = 0;
        if (text.IsEmpty || Take(ref text, 'Z'))
            return text.IsEmpty;
        var sign = text[0] == '-' ? -1 : 1;
        if (!Take(ref text, '+') && !Take(ref text, '-') || !Take(ref text, 2, out var hours) || hours > MaxOffsetHours)
            return false;
        minutes = sign * hours * 60;
        if (text.IsEmpty)
            return true;
        _ = Take(ref text, ':');
        if (!Take(ref text, 2, out var rest) || rest > 59 || !text.IsEmpty)
            return false;
        minutes += sign * rest;
        return true;
    }

    private static bool Take(ref ReadOnlySpan<char> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
            return false;
        text = text[1..];
        return true;
    }

    private static bool Take(ref ReadOnlySpan<char> text, int digits, out int number)
    {
        number = 0;
        if (text.Length < digits || StartPlace.Digits(text[..digits]) is not { } value)
            return false;
        number = (int)value;
        text = text[digits..];
        return true;
    }
}
