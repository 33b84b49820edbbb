namespace StreamActors.Runtime;

/// <summary>What is done about an actor that threw (Akka: <c>Akka.Actor.Directive</c>).</summary>
public enum Directive
{
    /// <summary>It goes on with the next message, its state as it is.</summary>
    Resume,

    /// <summary>A new instance takes its place.</summary>
    Restart,

    /// <summary>It fails its parent.</summary>
    Escalate,

    /// <summary>It is stopped.</summary>
    Stop,
}

/// <summary>What a parent does about children that throw (Akka: <c>Akka.Actor.SupervisorStrategy</c>). Runs in
/// the parent's turn. Whatever is decided, the sender of the message that failed gets a
/// <see cref="Status.Failure"/> with the cause.</summary>
public abstract class SupervisorStrategy
{
    private protected SupervisorStrategy()
    {
    }

    /// <summary>Restarts a child for any exception, and stops it for those that a restart can't mend
    /// (<see cref="DefaultDecider"/>).</summary>
    public static SupervisorStrategy DefaultStrategy { get; } = new OneForOneStrategy(DefaultDecider);

    /// <summary>Stops a child for any exception.</summary>
    public static SupervisorStrategy StoppingStrategy { get; } = new OneForOneStrategy(_ => Directive.Stop);

    /// <summary>Stop for <see cref="ActorInitializationException"/>, <see cref="ActorKilledException"/> and
    /// <see cref="DeathPactException"/>, else Restart.</summary>
    public static Directive DefaultDecider(Exception cause) =>
        cause is ActorInitializationException or ActorKilledException or DeathPactException
            ? Directive.Stop
            : Directive.Restart;

    internal abstract SupervisorDecision Decide(Exception cause, RestartStatistics statistics, ActorSystem system);
}

/// <summary>A directive, and for a restart the time to wait before it.</summary>
internal readonly record struct SupervisorDecision(Directive Directive, TimeSpan Delay);

/// <summary>The failures of one child, kept by its parent.</summary>
internal sealed class RestartStatistics
{
    /// <summary>Restarts since <see cref="WindowStart"/>.</summary>
    public int RestartsInWindow { get; set; }

    /// <summary>A timestamp of the system's clock.</summary>
    public long WindowStart { get; set; }

    /// <summary>Failures without a quiet time between them.</summary>
    public int ConsecutiveFailures { get; set; }

    /// <summary>When the child last came back, a timestamp of the system's clock.</summary>
    public long LastRestart { get; set; }
}
