using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>What each fault of a log means to those who ask a stream, a topic or a partition.</summary>
public static class LogFailures
{
    /// <summary>The fault of an error.</summary>
    /// <param name="error">The error.</param>
    /// <returns>The fault. <see cref="Fault.InputOutput"/> says of a write that its outcome is unknown; no other does.</returns>
    public static Fault FaultOf(LogError error) => error switch
    {
        LogError.NoSpace => Fault.NoSpace,
        LogError.Quota => Fault.QuotaExceeded,
        LogError.OutOfDescriptors => Fault.OutOfDescriptors,
        LogError.Io or LogError.Corrupt or LogError.NewerFormat or LogError.Differs => Fault.InputOutput,
        LogError.Denied => Fault.AccessDenied,
        LogError.TooLarge => Fault.MessageTooLarge,
        LogError.Fenced => Fault.Stale,
        LogError.Unconfirmed => Fault.TimedOut,
        LogError.Locked => Fault.Busy,
        LogError.Removed => Fault.Removed,
        LogError.Evicted => Fault.NotHere,
        LogError.NotFound => Fault.NotFound,
        LogError.Exists => Fault.Exists,
        LogError.NotEmpty => Fault.NotEmpty,
        LogError.Busy => Fault.Overloaded,
        LogError.Closed => Fault.Crashed,
        LogError.OutOfSequence or LogError.Invalid => Fault.Invalid,
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "the error has no fault"),
    };

    /// <summary>The failure that a fault is.</summary>
    /// <param name="fault">The fault.</param>
    /// <returns>The failure, with the fault's words and cause.</returns>
    public static Failure FailureOf(LogFault fault) => new(FaultOf(fault.Error), fault.Detail, fault.Cause);

    /// <summary>As <see cref="FailureOf"/>, where what is asked was there once: that it is not found means that it was deleted.</summary>
    internal static Failure OfIncarnation(LogFault fault) =>
        fault.Error == LogError.NotFound ? new Failure(Fault.Deleted, fault.Detail, fault.Cause) : FailureOf(fault);
}
