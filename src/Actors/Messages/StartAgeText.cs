namespace StreamActors.Messages;

/// <summary>
/// An age: whole numbers, each with a unit (<c>w</c>, <c>d</c>, <c>h</c>, <c>m</c>, <c>s</c>, <c>ms</c>), from the largest
/// unit to the smallest, each once at most: <c>1h</c>, <c>1h30m</c>, <c>500ms</c>.
/// </summary>
internal static class StartAgeText
{
    private static readonly (string Name, long Milliseconds)[] Units =
        [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    private static readonly long MaxMilliseconds = TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>The age, or null.</summary>
    public static TimeSpan? TryParse(ReadOnlySpan<char> text)
    {
        long total = 0;
        var next = 0;
        do
        {
            var digits = Math.Max(0, text.IndexOfAnyExceptInRange('0', '9'));
            if (StartPlace.Digits(text[..digits]) is not { } number)
                return null;
            text = text[digits..];
            var letters = text.IndexOfAnyInRange('0', '9');
            var name = letters < 0 ? text : text[..letters];
            while (next < Units.Length && !name.SequenceEqual(Units[next].Name))
                next++;
            if (next == Units.Length || number > (MaxMilliseconds - total) / Units[next].Milliseconds)
                return null;
            total += number * Units[next++].Milliseconds;
            text = text[name.Length..];
        }
        while (!text.IsEmpty);
        return TimeSpan.FromMilliseconds(total);
    }
}
