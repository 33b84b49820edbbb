namespace StreamActors.Messages;

/// <summary>Where a view begins, as a user says it; a closed set.</summary>
public abstract record StartPlace
{
    private StartPlace()
    {
    }

    /// <summary>At an offset.</summary>
    /// <param name="Value">The offset, not negative.</param>
    public sealed record Offset(long Value) : StartPlace;

    /// <summary>At the last messages.</summary>
    /// <param name="Count">How many, not negative.</param>
    public sealed record Last(long Count) : StartPlace;

    /// <summary>At the first message by which a time had come.</summary>
    /// <param name="Value">The time.</param>
    public sealed record Time(DateTimeOffset Value) : StartPlace;

    /// <summary>At the first message that is not older than this.</summary>
    /// <param name="Value">The age, not negative.</param>
    public sealed record Age(TimeSpan Value) : StartPlace;
}
