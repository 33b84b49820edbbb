using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>A view of a mirrored partition that is open. The partition is fetched while it is.</summary>
internal sealed class KafkaReader : IPartitionReader
{
    private readonly TopicLife _topic;
    private readonly PartitionMirror _mirror;
    private readonly CachedLog _cached;
    private readonly int _generation;
    private readonly MirrorSignal _signal;
    private readonly long _start;
    private int _disposed;

    /// <summary>Makes it.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="mirror">The mirror, which is held; this releases it.</param>
    /// <param name="cached">The mirror's log.</param>
    /// <param name="generation">The mirror's generation.</param>
    /// <param name="view">The view of the log.</param>
    /// <param name="signal">Tells of changes.</param>
    /// <param name="start">The offset that the view begins at; null for the oldest message.</param>
    public KafkaReader(TopicLife topic, PartitionMirror mirror, CachedLog cached, int generation, PartitionView view, MirrorSignal signal, long? start)
    {
        (_topic, _mirror, _cached, _generation, View, _signal, _start) = (topic, mirror, cached, generation, view, signal, start ?? 0);
        cached.Hold();
    }

    /// <summary>The bytes.</summary>
    public PartitionView View { get; }

    /// <inheritdoc/>
    public PartitionStat Stat => Views.StatOf(View);

    /// <inheritdoc/>
    public long End => View.Length;

    /// <summary>Whether nothing will come any more: its topic is gone, or the cluster has other messages by now.</summary>
    public bool IsEnded => _topic.IsEnded || _mirror.IsLost || _mirror.Generation != _generation;

    /// <inheritdoc/>
    public bool IsComplete => _mirror.IsComplete;

    /// <inheritdoc/>
    public Failure? Stalled => _mirror.Failure;

    /// <inheritdoc/>
    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = 0;
        // What was cached of a topic that is gone is no longer anybody's.
        if (IsEnded)
            return Fault.InputOutput;
        var read = View.Read(position, target);
        if (read.Fault?.Evicted is { } evicted)
            Want(evicted.Ordinal);
        if (!read.Succeeded)
            return MirrorFaults.FailureOf(read.Fault).Fault;
        count = read.Value;
        _mirror.NoteRead(_cached, View is { Kind: ViewKind.Default, Begin: { Succeeded: true, Value: { } begin } } ? begin.Position + position + count : null);
        return Fault.None;
    }

    /// <inheritdoc/>
    public bool IsHere(long position) => Read(position, stackalloc byte[1], out _) != Fault.NotHere;

    /// <summary>Wants a message again that was evicted.</summary>
    /// <param name="ordinal">The message.</param>
    public void Want(long ordinal) => _mirror.Want(_cached, ordinal);

    /// <inheritdoc/>
    public Fault OffsetAt(long position, out long offset)
    {
        (var fault, offset, _) = MessageAt(position);
        return fault;
    }

    /// <inheritdoc/>
    public MessagePlace MessageAt(long position)
    {
        var found = Views.MessageAt(View, position);
        // What is mirrored may not go as far as where the view begins yet.
        return found with { Offset = Math.Max(found.Offset, _start) };
    }

    /// <inheritdoc/>
    public Fault ReadSpans(long message, Span<MessageSpan> target, out int count)
    {
        count = 0;
        if (IsEnded)
            return Fault.InputOutput;
        var read = View.ReadSpans(message, target);
        if (!read.Succeeded)
            return MirrorFaults.FailureOf(read.Fault).Fault;
        count = read.Value;
        return Fault.None;
    }

    /// <summary>Asks to be told of every change.</summary>
    public void Watch(Action changed)
    {
        _signal.Raised += changed;
        _topic.Watch(changed);
    }

    /// <summary>Takes back <see cref="Watch"/>.</summary>
    public void Unwatch(Action changed)
    {
        _signal.Raised -= changed;
        _topic.Unwatch(changed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        View.Reader.Dispose();
        _cached.Release();
        _mirror.Release();
    }
}
