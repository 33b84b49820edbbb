using StreamActors.Etcd;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>What faults of etcd are to those who read a partition.</summary>
internal static class EtcdFailures
{
    /// <summary>A fault of etcd as a failure.</summary>
    public static Failure Of(EtcdFault fault) => new(
        fault.Error switch
        {
            EtcdError.NoSpace => Fault.NoSpace,
            EtcdError.Denied => Fault.AccessDenied,
            _ => Fault.TimedOut,
        },
        $"etcd: {fault.Detail}",
        fault.Cause);
}
