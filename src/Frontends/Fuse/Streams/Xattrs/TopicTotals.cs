using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>What topics have together.</summary>
/// <param name="Partitions">Partitions.</param>
/// <param name="Messages">Messages kept.</param>
/// <param name="Bytes">Bytes of the default view.</param>
/// <param name="LastAt">The time of the last message; null where there is none.</param>
internal sealed record TopicTotals(long Partitions, long Messages, long Bytes, DateTimeOffset? LastAt)
{
    private static TopicTotals None { get; } = new(0, 0, 0, null);

    /// <summary>Asks the topics, one after the other, so that a stream of many does not fill the queues of all at once.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The call that wants it; answered here where one fails.</param>
    /// <param name="topics">The topics.</param>
    /// <param name="counted">Gets the sum.</param>
    public static void Of(StreamsContext context, Call parked, IReadOnlyList<TopicId> topics, Action<TopicTotals> counted) =>
        _ = CountAsync(context, parked, topics, counted);

    private static async Task CountAsync(StreamsContext context, Call parked, IReadOnlyList<TopicId> topics, Action<TopicTotals> counted)
    {
        var sum = None;
        foreach (var topic in topics)
        {
            object request = new TopicRequest.ListPartitions(topic);
            var reply = await context.AskAsync(context.Addresses.Topics, request).ConfigureAwait(false);
            if (reply is TopicReply.Partitions partitions)
            {
                request = new TopicRequest.StatMerged(topic, ViewKind.Default, null);
                reply = await context.AskAsync(context.Addresses.Topics, request).ConfigureAwait(false);
                if (reply is TopicReply.Stated stated)
                {
                    sum = sum.With(partitions.Ids.Count, stated.Value);
                    continue;
                }
            }
            var failure = StreamsContext.FailureOf(reply);
            // One of several may have been deleted since it was listed.
            if (topics.Count > 1 && failure.Fault is Fault.NotFound or Fault.Deleted)
                continue;
            context.Refuse(parked, failure, request);
            return;
        }
        counted(sum);
    }

    private TopicTotals With(int partitions, PartitionStat stat) => new(
        Partitions + partitions,
        Messages + stat.Messages,
        Bytes + stat.Size,
        stat.Messages > 0 && (LastAt is null || stat.ModifiedAt > LastAt) ? stat.ModifiedAt : LastAt);
}
