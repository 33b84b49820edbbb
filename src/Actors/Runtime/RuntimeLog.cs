using Microsoft.Extensions.Logging;

namespace StreamActors.Runtime;

/// <summary>What the runtime logs.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(1, LogLevel.Error, "{Actor} failed")]
    public static partial void ActorFailed(this ILogger log, Exception cause, IActorRef actor);

    [LoggerMessage(2, LogLevel.Information, "{Actor} was restarted")]
    public static partial void ActorRestarted(this ILogger log, IActorRef actor);

    [LoggerMessage(3, LogLevel.Warning, "The mailbox of {Actor} is full ({Capacity} messages); turned away so far: {Count}, now a {MessageType}")]
    public static partial void MailboxFull(this ILogger log, IActorRef actor, int capacity, long count, Type messageType);

    [LoggerMessage(4, LogLevel.Debug, "{Actor} waits for its restart and turned away a {MessageType}")]
    public static partial void DroppedInBackoff(this ILogger log, IActorRef actor, Type messageType);

    [LoggerMessage(5, LogLevel.Debug, "Dead letter: a {MessageType} from {Sender} to {Recipient}")]
    public static partial void DeadLetter(this ILogger log, Type messageType, IActorRef? sender, IActorRef recipient);

    [LoggerMessage(6, LogLevel.Debug, "{Actor} doesn't handle a {MessageType}")]
    public static partial void UnhandledMessage(this ILogger log, IActorRef actor, Type messageType);

    [LoggerMessage(7, LogLevel.Critical, "A failure was escalated to the root of {System}, which terminates")]
    public static partial void GuardianFailed(this ILogger log, Exception cause, string system);

    [LoggerMessage(8, LogLevel.Error, "Actors of {System} had not stopped after {Seconds} s")]
    public static partial void TerminationTimedOut(this ILogger log, string system, double seconds);
}
