using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>What is known of a topic: its partitions together.</summary>
internal sealed class TopicXattrs(StreamsContext context, TopicId topic, DateTimeOffset? createdAt) : IXattrs
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = ["partitions", "messages", "bytes", "created", "last_time"];

    /// <inheritdoc/>
    public void Describe(Call parked, Action<IReadOnlyList<string>> described) =>
        TopicTotals.Of(context, parked, [topic], totals => described(
        [
            XattrText.Of(totals.Partitions),
            XattrText.Of(totals.Messages),
            XattrText.Of(totals.Bytes),
            XattrText.Of(createdAt),
            XattrText.Of(totals.LastAt),
        ]));
}
