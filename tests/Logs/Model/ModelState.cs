using System.Collections.Immutable;

namespace StreamActors.Logs.Tests;

/// <summary>A message as the model has it.</summary>
internal sealed record ModelMessage(long Offset, LogMessage Message);

/// <summary>A batch that a writer sent.</summary>
internal sealed record ModelBatch(int Epoch, int Sequence, long BaseOffset, ImmutableList<LogMessage> Messages);

/// <summary>A partition as a slow, simple list.</summary>
internal sealed record ModelPartition(
    Framing Framing,
    long ShardEpoch,
    int Generation,
    int Removed,
    ImmutableList<ModelMessage> Messages,
    ImmutableSortedDictionary<long, ImmutableList<ModelBatch>> Writers,
    ImmutableSortedDictionary<string, long> Cursors,
    ImmutableSortedDictionary<string, int> Properties)
{
    public static ModelPartition Empty(Framing framing) => new(
        framing, 0, 0, 0, [], ImmutableSortedDictionary<long, ImmutableList<ModelBatch>>.Empty,
        ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal));

    public long NextOffset => Messages.Count == 0 ? 0 : Messages[^1].Offset + 1;

    /// <summary>Messages as they were appended.</summary>
    public Batch BatchOf(int from, int to)
    {
        var batch = new Batch { BaseOffset = Messages[from].Offset };
        for (var i = from; i < to; i++)
            batch.Add(Messages[i].Message, i == from ? 0 : (int)(Messages[i].Offset - Messages[i - 1].Offset - 1));
        return batch;
    }

    public ModelPartition With(long writer, int epoch, int sequence, ImmutableList<(LogMessage Message, int Gap)> messages)
    {
        var offset = NextOffset;
        var added = new List<ModelMessage>();
        foreach (var (message, gap) in messages)
        {
            added.Add(new ModelMessage(offset + gap, message));
            offset += gap + 1;
        }
        var batches = Writers.GetValueOrDefault(writer, []);
        if (batches.Count > 0 && batches[^1].Epoch != epoch)
            batches = [];
        batches = batches.Add(new ModelBatch(epoch, sequence, NextOffset, [.. messages.Select(m => m.Message)]));
        return this with
        {
            Messages = Messages.AddRange(added),
            Writers = writer == Batch.NoWriter ? Writers : Writers.SetItem(writer, [.. batches.TakeLast(5)]),
        };
    }
}

/// <summary>All partitions of a model log.</summary>
internal sealed record ModelState(ImmutableSortedDictionary<IncarnationId, ModelPartition> Partitions)
{
    public static ModelState Empty { get; } = new(ImmutableSortedDictionary<IncarnationId, ModelPartition>.Empty);

    public ModelState Set(IncarnationId id, ModelPartition partition) => new(Partitions.SetItem(id, partition));
}
