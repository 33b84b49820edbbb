using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>When the messages of simulated topics are released: message k, counted from 0, once k + 1 intervals have elapsed. Safe for several threads.</summary>
public interface IReleaseClock
{
    /// <summary>When the release started, by the wall clock.</summary>
    DateTimeOffset StartedAt { get; }

    /// <summary>Time since the start, as far as it counts; it never goes back.</summary>
    TimeSpan Elapsed { get; }

    /// <summary>How many messages are released.</summary>
    /// <param name="elapsed">Time since the start.</param>
    /// <param name="total">How many there are.</param>
    /// <returns>From 0 to <paramref name="total"/>.</returns>
    int Released(TimeSpan elapsed, int total);

    /// <summary>How long until there are more messages, where that is known.</summary>
    /// <param name="elapsed">Time since the start.</param>
    /// <param name="total">How many there are.</param>
    /// <returns>Null where all are released, or watchers are told.</returns>
    TimeSpan? UntilNext(TimeSpan elapsed, int total);

    /// <summary>When the last of so many messages was released, by the wall clock of the start.</summary>
    /// <param name="released">How many are released.</param>
    /// <returns>The start where none is.</returns>
    DateTimeOffset ReleasedAt(int released);

    /// <summary>Makes sure that what is told here is as of now.</summary>
    /// <returns>Null, or why it can't be told.</returns>
    Task<Failure?> CatchUp() => Task.FromResult<Failure?>(null);

    /// <summary>Asks to be told of releases that <see cref="UntilNext"/> does not tell.</summary>
    /// <param name="released">Called on any thread; it does not block.</param>
    /// <returns>Ends it; null where there are none.</returns>
    IDisposable? Watch(Action released) => null;
}
