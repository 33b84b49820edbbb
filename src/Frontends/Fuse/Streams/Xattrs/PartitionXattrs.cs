using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>What is known of a partition. A time is empty while there is no message.</summary>
internal sealed class PartitionXattrs(StreamsContext context, PartitionId partition) : IXattrs
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } =
        ["first_offset", "next_offset", "messages", "bytes", "created", "first_time", "last_time", "framing", "generation", "complete"];

    /// <inheritdoc/>
    public void Describe(Call parked, Action<IReadOnlyList<string>> described) =>
        context.Ask<PartitionReply.Described>(
            parked, context.Addresses.Partitions, new PartitionRequest.Describe(partition), reply => described(ValuesOf(reply.Value)));

    private static string[] ValuesOf(PartitionDescription known) =>
    [
        XattrText.Of(known.FirstOffset),
        XattrText.Of(known.NextOffset),
        XattrText.Of(known.Messages),
        XattrText.Of(known.Bytes),
        XattrText.Of(known.CreatedAt),
        XattrText.Of(known.FirstAt),
        XattrText.Of(known.LastAt),
        XattrText.Of(known.Framing),
        XattrText.Of(known.Generation),
        known.IsComplete ? "1" : "0",
    ];
}
