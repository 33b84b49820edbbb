using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>The one partition of a simulated topic: it grows by the release clock.</summary>
internal sealed class SimulatedPartition(
    MessageEnds schedule, ReleaseClock clock, Lifetime lifetime, Framing framing, Func<Result<SimulatedTopic>> load) : IPartitionSource
{
    public PartitionStat Stat
    {
        get
        {
            var released = Released;
            return new PartitionStat(schedule.End(released), clock.ReleasedAt(released), released);
        }
    }

    public PartitionDescription Description
    {
        get
        {
            var released = Released;
            return new PartitionDescription(
                FirstOffset: 0,
                NextOffset: released,
                Messages: released,
                Bytes: schedule.End(released),
                CreatedAt: clock.StartedAt,
                FirstAt: released > 0 ? clock.ReleasedAt(1) : null,
                LastAt: released > 0 ? clock.ReleasedAt(released) : null,
                Framing: framing,
                Generation: 0,
                IsComplete: true);
        }
    }

    public long End => schedule.End(Released);

    public bool IsEnded => lifetime.IsEnded;

    public CancellationToken Deleted => lifetime.Deleted;

    public TimeSpan? UntilNext => lifetime.IsEnded ? null : clock.UntilNext(clock.Elapsed, schedule.Count);

    private int Released => clock.Released(lifetime.Clip(clock.Elapsed), schedule.Count);

    /// <summary>The message that a byte belongs to.</summary>
    public long OffsetAt(long position) => schedule.IndexAt(position, Released);

    public Result<IPartitionReader> OpenReader()
    {
        var topic = load();
        return topic.Value is { } loaded ? new SimulatedPartitionReader(this, loaded.Bytes) : topic.Failure!;
    }
}

/// <summary>An open simulated partition; it holds the bytes, whatever becomes of the file.</summary>
internal sealed class SimulatedPartitionReader(SimulatedPartition partition, ReadOnlyMemory<byte> bytes) : IPartitionReader
{
    public PartitionStat Stat => partition.Stat;

    public long End => partition.End;

    public bool IsEnded => partition.IsEnded;

    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = (int)Math.Clamp(partition.End - position, 0, target.Length);
        if (count > 0)
            bytes.Span.Slice((int)position, count).CopyTo(target);
        return Fault.None;
    }

    public Fault OffsetAt(long position, out long offset)
    {
        offset = partition.OffsetAt(position);
        return Fault.None;
    }

    public void Dispose()
    {
        // The bytes are memory: they go with the last reference.
    }
}
