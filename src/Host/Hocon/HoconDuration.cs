using System.Globalization;

namespace StreamActors.Hocon;

/// <summary>Durations such as <c>100ms</c> or <c>1.5 minutes</c>.</summary>
public static class HoconDuration
{
    /// <summary>
    /// Reads a number and its unit: ns, us, ms, s, m, h, d or their long names. A unit is needed for all but zero:
    /// HOCON itself would take a bare number as milliseconds, and mount options take theirs as seconds.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration, to 100 ns; may be negative.</param>
    /// <returns>False where the text is no duration, or is too long for the type.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var (number, unit) = HoconText.SplitUnit(text);
        if (!decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            return false;

        if (unit.IsEmpty)
            return amount == 0;

        var ticksPerUnit = TicksPerUnit(unit);
        if (ticksPerUnit is null || Math.Abs(amount) > long.MaxValue / ticksPerUnit)
            return false;

        duration = TimeSpan.FromTicks((long)(amount * ticksPerUnit.Value));
        return true;
    }

    private static decimal? TicksPerUnit(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" or "nano" or "nanos" or "nanosecond" or "nanoseconds" => 0.01m,
        "us" or "µs" or "micro" or "micros" or "microsecond" or "microseconds" => TimeSpan.TicksPerMicrosecond,
        "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
        "s" or "second" or "seconds" => TimeSpan.TicksPerSecond,
        "m" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
        "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
        "d" or "day" or "days" => TimeSpan.TicksPerDay,
        _ => null,
    };
}
