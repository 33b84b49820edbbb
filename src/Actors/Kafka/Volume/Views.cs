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

    /// <summary>Size and time of a view of a whole generation, whose log may begin later, or not be there again.</summary>
    public static PartitionStat StatOf(PartitionView view, Extent extent) => StatOf(view) with { Size = extent.End, Messages = extent.Messages };

    /// <summary>The message that a byte of a view belongs to.</summary>
    public static MessagePlace MessageAt(PartitionView view, long position)
    {
        var found = view.MessageAt(position);
        return found.Succeeded
            ? new MessagePlace(Fault.None, found.Value.Place.Offset, found.Value.Position)
            : new MessagePlace(MirrorFaults.FailureOf(found.Fault).Fault, 0);
    }

    private static long MaxMilliseconds { get; } = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
}
