using System.Net;
using Microsoft.Extensions.Logging;
using StreamActors.Peers.Wire;

namespace StreamActors.Peers;

/// <summary>What is logged of other members. Never a secret, a proof or a token.</summary>
internal static partial class PeersLog
{
    [LoggerMessage(1, LogLevel.Information, "Member {Member} at {Address} is reached, in version {Version} of the protocol")]
    public static partial void Reached(this ILogger log, string member, string address, int version);

    [LoggerMessage(2, LogLevel.Warning, "Member {Member} at {Address} can't be reached: {Reason}")]
    public static partial void NotReached(this ILogger log, string member, string address, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Messages to member {Member} are lost: {Maximum} wait already")]
    public static partial void Overfull(this ILogger log, string member, int maximum);

    [LoggerMessage(4, LogLevel.Warning, "{Remote} wanted to be a member, and is refused: {Reason}")]
    public static partial void Refused(this ILogger log, EndPoint remote, Refusal.Types.Reason reason);

    [LoggerMessage(5, LogLevel.Warning, "What member {Member} sends is not understood")]
    public static partial void NotUnderstood(this ILogger log, Exception cause, string member);

    [LoggerMessage(6, LogLevel.Error, "A {MessageType} can't be made bytes of")]
    public static partial void NotEncoded(this ILogger log, Exception cause, Type messageType);

    [LoggerMessage(7, LogLevel.Debug, "Bytes for member {Member} ended early")]
    public static partial void BytesBroken(this ILogger log, Exception cause, string member);
}
