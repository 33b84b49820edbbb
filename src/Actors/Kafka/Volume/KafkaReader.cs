using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>A view of a mirrored partition that is open. The partition is fetched while it is.</summary>
internal sealed class KafkaReader(TopicLife topic, PartitionMirror mirror, PartitionView view, MirrorSignal signal) : IPartitionReader
{
    private int _disposed;

    /// <summary>The bytes.</summary>
    public PartitionView View => view;

    /// <inheritdoc/>
    public PartitionStat Stat => Views.StatOf(view);

    /// <inheritdoc/>
    public long End => view.Length;

    /// <summary>Whether nothing will come any more: its topic is gone, or is no longer the one that was mirrored.</summary>
    public bool IsEnded => topic.IsEnded || mirror.IsLost;

    /// <inheritdoc/>
    public bool IsComplete => mirror.IsComplete;

    /// <inheritdoc/>
    public Failure? Stalled => mirror.Failure;

    /// <inheritdoc/>
    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = 0;
        // What was cached of a topic that is gone is no longer anybody's.
        if (IsEnded)
            return Fault.InputOutput;
        var read = view.Read(position, target);
        if (!read.Succeeded)
            return MirrorFaults.FailureOf(read.Fault).Fault;
        count = read.Value;
        return Fault.None;
    }

    /// <inheritdoc/>
    public Fault OffsetAt(long position, out long offset) => Views.OffsetAt(view, position, out offset);

    /// <summary>Asks to be told of every change.</summary>
    public void Watch(Action changed)
    {
        signal.Raised += changed;
        topic.Watch(changed);
    }

    /// <summary>Takes back <see cref="Watch"/>.</summary>
    public void Unwatch(Action changed)
    {
        signal.Raised -= changed;
        topic.Unwatch(changed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        view.Reader.Dispose();
        mirror.Release();
    }
}
