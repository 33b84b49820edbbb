using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>An open simulated partition; it holds the bytes, whatever becomes of the file.</summary>
internal sealed class SimulatedPartitionReader(SimulatedPartition partition, ReadOnlyMemory<byte> bytes) : IPartitionReader
{
    public PartitionStat Stat => partition.Now;

    public long End => partition.End;

    public bool IsEnded => partition.IsEnded;

    public bool IsInMemory => true;

    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = (int)Math.Clamp(partition.End - position, 0, target.Length);
        if (count > 0)
            bytes.Span.Slice((int)position, count).CopyTo(target);
        return Fault.None;
    }

    public MessagePlace MessageAt(long position) => new(Fault.None, partition.OffsetAt(position));

    public void Dispose()
    {
        // The bytes are memory: they go with the last reference.
    }
}
