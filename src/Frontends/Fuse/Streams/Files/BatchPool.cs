using System.Collections.Concurrent;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>Batches that nobody uses: a handle has one only while it appends.</summary>
internal sealed class BatchPool
{
    /// <summary>The most batches that are kept.</summary>
    public const int MaxKept = 16;

    /// <summary>A batch with more bytes is not kept.</summary>
    public const int MaxKeptBytes = 2 << 20;

    private readonly ConcurrentBag<MessageBatch> _batches = [];

    /// <summary>Gets an empty batch.</summary>
    public MessageBatch Rent() => _batches.TryTake(out var batch) ? batch : new MessageBatch();

    /// <summary>Gives a batch back; one whose append was not answered well is its actor's, and is not given back.</summary>
    /// <param name="batch">The batch.</param>
    public void Return(MessageBatch batch)
    {
        // One that may be sent twice may be on its way once more.
        if (batch.Stamp is not null || batch.Length > MaxKeptBytes || _batches.Count >= MaxKept)
            return;
        batch.Clear();
        _batches.Add(batch);
    }
}
