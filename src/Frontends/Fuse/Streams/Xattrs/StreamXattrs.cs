using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>What is known of a stream: its topics together.</summary>
internal sealed class StreamXattrs(StreamsContext context, StreamId stream) : IXattrs
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = ["topics", "partitions", "messages", "bytes", "created", "last_time", "framing"];

    /// <inheritdoc/>
    public void Describe(Call parked, Action<IReadOnlyList<string>> described) =>
        context.Ask<StreamReply.Described>(parked, context.Addresses.Streams, new StreamRequest.Describe(stream), known =>
            context.Ask<StreamReply.Topics>(parked, context.Addresses.Streams, new StreamRequest.ListTopics(stream), topics =>
                TopicTotals.Of(context, parked, [.. topics.Entries.Select(topic => topic.Id)], totals => described(
                [
                    XattrText.Of(topics.Entries.Count),
                    XattrText.Of(totals.Partitions),
                    XattrText.Of(totals.Messages),
                    XattrText.Of(totals.Bytes),
                    XattrText.Of(known.CreatedAt),
                    XattrText.Of(totals.LastAt),
                    XattrText.Of(known.Framing),
                ]))));
}
