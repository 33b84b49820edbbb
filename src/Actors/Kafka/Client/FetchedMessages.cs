using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>A message of a partition as the cluster has it.</summary>
/// <param name="Offset">Its offset; where compaction or transactions took messages away, it leaps.</param>
/// <param name="Message">The message.</param>
public readonly record struct FetchedMessage(long Offset, LogMessage Message);

/// <summary>Who takes the messages of a partition. The calls come one after the other, from a thread of the fetcher's.</summary>
public interface IFetchSink
{
    /// <summary>Takes messages, in the order of their offsets. Nothing more is handed over until it returns: so it may wait for room.</summary>
    /// <param name="messages">The messages; the list and their bytes are used again after the call.</param>
    void Take(IReadOnlyList<FetchedMessage> messages);

    /// <summary>Everything that can be read now was taken.</summary>
    /// <param name="next">The next message gets at least this offset.</param>
    void ReachedEnd(long next);

    /// <summary>The partition can't be fetched for now; whoever wants it has to assign it again.</summary>
    /// <param name="failure">Why: <see cref="Fault.Removed"/> where the cluster has no such offset.</param>
    void Failed(Failure failure);
}
