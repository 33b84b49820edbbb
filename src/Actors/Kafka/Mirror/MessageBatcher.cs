using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>Makes batches for the log of messages that were fetched. Safe for several threads.</summary>
internal sealed class MessageBatcher
{
    /// <summary>The most batches that are kept for later, so that their memory is used again.</summary>
    private const int MaxKept = 4;

    private readonly Lock _gate = new();
    private readonly Stack<Batch> _kept = [];

    /// <summary>Hands messages on in batches, each as soon as it is full, the last one at the end.</summary>
    /// <param name="messages">Messages, in the order of their offsets.</param>
    /// <param name="from">The offset before which they are passed over.</param>
    /// <param name="to">The offset before which they end.</param>
    /// <param name="store">Takes a batch, and the offset after its last message; the batch is used again after the call.</param>
    /// <returns>Null, or why not all were handed on.</returns>
    public Failure? Add(IReadOnlyList<FetchedMessage> messages, long from, long to, Func<Batch, long, Failure?> store)
    {
        var batch = Take();
        try
        {
            return Add(batch, messages, from, to, store);
        }
        finally
        {
            Keep(batch);
        }
    }

    private static Failure? Add(Batch batch, IReadOnlyList<FetchedMessage> messages, long from, long to, Func<Batch, long, Failure?> store)
    {
        var next = from;
        for (var i = 0; i < messages.Count; i++)
        {
            var (offset, message) = messages[i];
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

    private Batch Take()
    {
        lock (_gate)
            return _kept.TryPop(out var batch) ? batch : new Batch(LogOptions.LargestMessageMaxBytes);
    }

    private void Keep(Batch batch)
    {
        // One that a very long message has made large is not kept.
        var isLarge = batch.Length > 2 * Batch.FullBytes;
        batch.Clear();
        lock (_gate)
            if (!isLarge && _kept.Count < MaxKept)
                _kept.Push(batch);
    }
}
