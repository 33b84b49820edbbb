using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>A partition that is only written: where it ends, as far as it was mirrored. Nothing is fetched for it.</summary>
internal sealed class KafkaEnd(TopicLife topic, Func<PartitionStat> stat) : IPartitionReader
{
    /// <inheritdoc/>
    public PartitionStat Stat => stat();

    /// <inheritdoc/>
    public long End => stat().Size;

    /// <inheritdoc/>
    public bool IsEnded => topic.IsEnded;

    /// <inheritdoc/>
    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = 0;
        // Who asks for no bytes wants to know where it ends.
        return target.IsEmpty ? Fault.None : Fault.AccessDenied;
    }

    /// <inheritdoc/>
    public MessagePlace MessageAt(long position) => new(Fault.AccessDenied, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        // It holds nothing.
    }
}
