using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>What the faults of the cache mean to those who read a topic.</summary>
internal static class MirrorFaults
{
    /// <summary>A fault of the log as a failure.</summary>
    /// <param name="fault">The fault.</param>
    /// <returns>The failure.</returns>
    public static Failure FailureOf(LogFault fault) => new(
        fault.Error switch
        {
            LogError.NoSpace => Fault.NoSpace,
            LogError.Quota => Fault.QuotaExceeded,
            LogError.OutOfDescriptors => Fault.OutOfDescriptors,
            LogError.Denied => Fault.AccessDenied,
            LogError.Removed => Fault.Removed,
            LogError.Evicted => Fault.NotHere,
            LogError.Busy => Fault.Overloaded,
            LogError.Closed => Fault.Crashed,
            _ => Fault.InputOutput,
        },
        $"the cache: {fault.Detail}",
        fault.Cause);
}
