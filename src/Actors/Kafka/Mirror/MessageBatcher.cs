using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>Makes batches for the log of messages that were fetched. One caller at a time.</summary>
internal sealed class MessageBatcher
{
    // Made when the first message comes, since most mirrors wait for none.
    private Batch? _batch;

    /// <summary>Hands messages on in batches, each as soon as it is full, the last one at the end.</summary>
    /// <param name="messages">Messages, in the order of their offsets.</param>
    /// <param name="from">The offset before which they are passed over.</param>
    /// <param name="to">The offset before which they end.</param>
    /// <param name="store">Takes a batch, and the offset after its last message; the batch is used again after the call.</param>
    /// <returns>Null, or why not all were handed on.</returns>
    public Failure? Add(IReadOnlyList<FetchedMessage> messages, long from, long to, Func<Batch, long, Failure?> store)
    {
        var batch = _batch ??= new Batch(LogOptions.LargestMessageMaxBytes);
        batch.Clear();
        var next = from;
        foreach (var (offset, message) in messages)
        {
            if (offset < next)
                continue;
            if (offset >= to)
                break;
            var gap = offset - next;
            if (batch.Count > 0 && (gap > int.MaxValue || batch.IsFull))
            {
                if (store(batch, next) is { } refused)
                    return refused;
                batch.Clear();
            }
            if (batch.Count == 0)
                (batch.BaseOffset, gap) = (offset, 0);
            if (batch.Add(message, (int)gap) is { } fault)
                return MirrorFaults.FailureOf(fault);
            next = offset + 1;
        }
        return batch.Count == 0 ? null : store(batch, next);
    }
}
