using System.Collections.Concurrent;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>Batches in the form of the log, which are used again. Safe for several threads.</summary>
internal sealed class BatchPool(int messageMaxBytes, TimeProvider clock)
{
    /// <summary>How many unused batches are kept.</summary>
    private const int MaxKept = 16;

    /// <summary>A batch that had more bytes than this is not kept.</summary>
    private const int MaxKeptBytes = 2 << 20;

    private readonly ConcurrentBag<Batch> _kept = [];

    /// <summary>Puts messages into the form of the log.</summary>
    /// <param name="messages">The messages; what has no time gets that of now.</param>
    /// <param name="batch">The batch, given back after the append.</param>
    /// <returns>Null, or why they can't be appended.</returns>
    public LogFault? Encode(MessageBatch messages, out Batch batch)
    {
        batch = _kept.TryTake(out var kept) ? kept : new Batch(messageMaxBytes);
        // Each append is a new beginning of its writer: an older one that comes late is refused, the same one is known.
        batch.WriterId = messages.Stamp?.Writer ?? Batch.NoWriter;
        batch.WriterEpoch = messages.Stamp?.Number ?? 0;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 0; i < messages.Count; i++)
        {
            var refused = messages.TryGetBare(i, out var value) ? batch.Add(value, now) : Add(batch, messages[i], now);
            if (refused is not { } fault)
                continue;
            GiveBack(batch);
            return fault;
        }
        return null;
    }

    /// <summary>Takes a batch that nobody uses any more.</summary>
    public void GiveBack(Batch batch)
    {
        if (batch.Length > MaxKeptBytes || _kept.Count >= MaxKept)
            return;
        batch.Clear();
        _kept.Add(batch);
    }

    private static LogFault? Add(Batch batch, in BatchedMessage message, long now)
    {
        var clock = message.Timestamp is null ? MessageClock.Log : MessageClock.Writer;
        return batch.Add(new LogMessage(message.Value, message.Timestamp ?? now, clock, message.Key, message.Headers));
    }
}
