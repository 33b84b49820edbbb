namespace StreamActors.Runtime;

/// <summary>How long a restart waits (Akka: the arguments of <c>Backoff.OnFailure</c>).</summary>
public sealed record RestartBackoff
{
    /// <summary>Makes one.</summary>
    /// <param name="minBackoff">The wait after the first failure; above zero.</param>
    /// <param name="maxBackoff">The longest wait, before chance is added; at least <paramref name="minBackoff"/>.</param>
    /// <param name="randomFactor">The share of the wait that chance may add, from 0 to 1, so that many actors
    /// that failed together don't come back together.</param>
    public RestartBackoff(TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(minBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBackoff, minBackoff);
        ArgumentOutOfRangeException.ThrowIfNegative(randomFactor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(randomFactor, 1);
        (MinBackoff, MaxBackoff, RandomFactor, ResetAfter) = (minBackoff, maxBackoff, randomFactor, maxBackoff);
    }

    /// <summary>The wait after the first failure.</summary>
    public TimeSpan MinBackoff { get; }

    /// <summary>The longest wait, before chance is added.</summary>
    public TimeSpan MaxBackoff { get; }

    /// <summary>The share of the wait that chance may add, from 0 to 1.</summary>
    public double RandomFactor { get; }

    /// <summary>After so long without a failure the next wait is the shortest again; <see cref="MaxBackoff"/> unless set.</summary>
    public TimeSpan ResetAfter { get; init; }

    internal TimeSpan Delay(int failuresBefore, double chance)
    {
        var grown = MinBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(failuresBefore, 30));
        return TimeSpan.FromMilliseconds(Math.Min(grown, MaxBackoff.TotalMilliseconds) * (1 + (chance * RandomFactor)));
    }
}
