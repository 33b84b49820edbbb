using System.Globalization;
using StreamActors.Etcd;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>The rows of partitions in etcd, as what holds a partition reads them.</summary>
internal static class EtcdRows
{
    /// <summary>The key of a partition's row.</summary>
    public static string KeyOf(string topic, int partition) => string.Create(CultureInfo.InvariantCulture, $"{topic}/{partition}");

    /// <summary>Waits for a row. Those who call may block.</summary>
    public static Result<EtcdRow> Wait(Task<EtcdResult<EtcdRow>> asked)
    {
        var answer = asked.GetAwaiter().GetResult();
        return answer.Fault is { } fault ? FailureOf(fault) : answer.Value!;
    }

    private static Failure FailureOf(EtcdFault fault) => new(
        fault.Error switch
        {
            EtcdError.NoSpace => Fault.NoSpace,
            EtcdError.Denied => Fault.AccessDenied,
            _ => Fault.TimedOut,
        },
        $"etcd: {fault.Detail}",
        fault.Cause);
}
