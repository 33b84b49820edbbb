using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Sources.Simulated;

/// <summary>Whether a topic still is, and where its release stopped if it was deleted. Safe for several threads.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and no handle: there is nothing to dispose of.")]
internal sealed class Lifetime
{
    private readonly CancellationTokenSource _deleted = new();
    private long _endedAfter = long.MaxValue;

    /// <summary>Cancelled at the end.</summary>
    public CancellationToken Deleted => _deleted.Token;

    /// <summary>Whether it was deleted.</summary>
    public bool IsEnded => Volatile.Read(ref _endedAfter) != long.MaxValue;

    /// <summary>Time since the start of the release, standing still since the end.</summary>
    public TimeSpan Clip(TimeSpan elapsed) => new(Math.Min(elapsed.Ticks, Volatile.Read(ref _endedAfter)));

    /// <summary>Ends it, once.</summary>
    public void End(TimeSpan elapsed)
    {
        // The release stands still before anyone learns of it, so that an end that was told never grows.
        if (Interlocked.CompareExchange(ref _endedAfter, elapsed.Ticks, long.MaxValue) == long.MaxValue)
            _deleted.Cancel();
    }
}
