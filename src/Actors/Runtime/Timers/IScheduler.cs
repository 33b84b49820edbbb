namespace StreamActors.Runtime;

/// <summary>The clock of a system as an actor sees it (the part that is used of Akka's
/// <c>Akka.Actor.IScheduler</c>).</summary>
public interface IScheduler
{
    /// <summary>The time of day, UTC. It can jump.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Time since some moment of the past; it never goes back.</summary>
    TimeSpan MonotonicClock { get; }
}

internal sealed class Scheduler(TimeProvider time) : IScheduler
{
    public DateTimeOffset Now => time.GetUtcNow();

    public TimeSpan MonotonicClock => time.GetElapsedTime(0);
}
