using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>What views of mirrored partitions have in common.</summary>
internal static class Views
{
    /// <summary>Size and time of a view.</summary>
    public static PartitionStat StatOf(PartitionView view)
    {
        var now = view.Reader.Now;
        var (messages, bytes) = view.Size;
        return new PartitionStat(
            bytes,
            DateTimeOffset.FromUnixTimeMilliseconds(now.MaxTimestamp == long.MinValue ? now.Created : Math.Clamp(now.MaxTimestamp, 0, MaxMilliseconds)),
            messages);
    }

    /// <summary>The message that a byte of a view belongs to.</summary>
    public static Fault OffsetAt(PartitionView view, long position, out long offset)
    {
        offset = 0;
        var ordinal = view.OrdinalAt(position);
        var place = ordinal.Succeeded ? view.Reader.Place(ordinal.Value) : ordinal.Fault;
        if (!place.Succeeded)
            return MirrorFaults.FailureOf(place.Fault).Fault;
        offset = place.Value.Offset;
        return Fault.None;
    }

    private static long MaxMilliseconds { get; } = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
}
