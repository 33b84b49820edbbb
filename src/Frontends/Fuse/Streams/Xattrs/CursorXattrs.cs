using StreamActors.Fuse.Kernel;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>Where a named cursor is in a partition. To set <c>offset</c> moves it, to any place that <c>.at</c> knows.</summary>
internal sealed class CursorXattrs(StreamsContext context, PartitionId partition, EntityName cursor) : IXattrs
{
    private const string Offset = "offset";

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = [Offset, "lag"];

    /// <inheritdoc/>
    public void Describe(Call parked, Action<IReadOnlyList<string>> described) =>
        context.Ask<PartitionReply.CursorAt>(
            parked, context.Addresses.Partitions, new PartitionRequest.FindCursor(partition, cursor),
            at => described([XattrText.Of(at.Value.Offset), XattrText.Of(at.Value.Lag)]));

    /// <inheritdoc/>
    public bool TrySet(Call call, string name, ReadOnlySpan<byte> value)
    {
        if (name != Offset)
            return false;
        if (Places.Parse(value) is not { } place)
        {
            call.Finish(Errno.EINVAL);
            return true;
        }
        var parked = call.Park();
        context.Ask<PartitionReply.Done>(
            parked, context.Addresses.Partitions, new PartitionRequest.MoveCursor(partition, cursor, place), _ => parked.Finish(Errno.None));
        return true;
    }
}
