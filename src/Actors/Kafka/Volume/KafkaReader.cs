using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>A view of a mirrored partition that is open. The partition is fetched while it is.</summary>
internal sealed class KafkaReader : IPartitionReader
{
    private readonly TopicLife _topic;
    private readonly PartitionMirror _mirror;
    private readonly ViewId _id;
    private readonly int _generation;
    private readonly MirrorSignal _signal;
    private readonly Lock _gate = new();
    private readonly List<Log> _logs = [];
    private volatile Log _log;
    private readonly long _question;
    private int _isHeld = 1;
    private int _disposed;

    /// <summary>Makes it.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="mirror">The mirror, which is held; this releases it.</param>
    /// <param name="id">What is read.</param>
    /// <param name="log">The mirror's log.</param>
    /// <param name="generation">The mirror's generation.</param>
    /// <param name="signal">Tells of changes.</param>
    /// <param name="question">The question of the mirror's that has to be answered before everything is known to be here; 0 for none.</param>
    public KafkaReader(TopicLife topic, PartitionMirror mirror, ViewId id, Log log, int generation, MirrorSignal signal, long question)
    {
        (_topic, _mirror, _id, _log, _generation, _signal, _question) = (topic, mirror, id, log, generation, signal, question);
        _logs.Add(log);
        log.Cached.Hold();
    }

    /// <summary>A log of the generation.</summary>
    /// <param name="View">The bytes, from the log's beginning or from the view's start on.</param>
    /// <param name="Cached">What the cache counts of it.</param>
    /// <param name="Base">Where in the generation it begins.</param>
    internal sealed record Log(PartitionView View, CachedLog Cached, MirrorCheckpoint Base)
    {
        /// <summary>Compares what is read of it.</summary>
        public ReadCheck Check { get; } = new(Cached);
    }

    /// <summary>The bytes, from the log's beginning or from the view's start on.</summary>
    public PartitionView View => _log.View;

    /// <inheritdoc/>
    public PartitionStat Stat => _id.Start is null ? Views.StatOf(Now().View, Extent) : Views.StatOf(View);

    /// <inheritdoc/>
    public long End => _id.Start is null ? Extent.End : View.Length;

    /// <summary>Whether nothing will come any more: its topic is gone, or the cluster has other messages by now.</summary>
    public bool IsEnded => _topic.IsEnded || _mirror.IsLost || _mirror.Generation != _generation;

    /// <inheritdoc/>
    public bool IsComplete => _mirror.IsAnswered(_question) && _mirror.IsComplete;

    /// <summary>Whether it was let go: another host may show the partition by now, and its mirror need not go on here.</summary>
    public bool IsLost => Volatile.Read(ref _isHeld) == 0;

    /// <inheritdoc/>
    public Failure? Stalled => _mirror.Failure;

    /// <inheritdoc/>
    public void Awaited() => _mirror.Await();

    /// <inheritdoc/>
    public void LetGo()
    {
        if (Interlocked.Exchange(ref _isHeld, 0) == 1)
            _mirror.Release();
    }

    /// <inheritdoc/>
    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = 0;
        if (IsLost)
            return Fault.UnknownHandle;
        // What was cached of a topic that is gone is no longer anybody's.
        if (IsEnded)
            return Fault.InputOutput;
        // Who asks for no bytes asks what is told of them.
        if (target.IsEmpty)
            return Fault.None;
        var log = Now();
        if (_id.Start is null)
        {
            var extent = Extent.Of(_mirror, log.View, log.Base);
            if (position < extent.Begin || position >= extent.Shown)
            {
                // Who waits at the end wants what is to come.
                _mirror.Want(_id.Kind, position);
                return position >= extent.End ? Fault.None : Fault.NotHere;
            }
            target = target[..(int)Math.Min(target.Length, extent.Shown - position)];
            position -= extent.Begin;
        }
        var read = Checked(log, position, target);
        if (read.Fault?.Evicted is { } evicted)
            _mirror.Want(log.Cached, evicted.Ordinal);
        if (read.Fault is { Error: LogError.Corrupt } broken && _mirror.Repair(log.Cached, log.View.OrdinalAt(position), broken))
            return Fault.NotHere;
        if (!read.Succeeded)
            return MirrorFaults.FailureOf(read.Fault).Fault;
        count = read.Value;
        _mirror.NoteRead(log.Cached, log.View is { Kind: ViewKind.Default, Begin: { Succeeded: true, Value: { } begin } } ? begin.Position + position + count : null);
        return Fault.None;
    }

    /// <inheritdoc/>
    public bool IsHere(long position) => Read(position, stackalloc byte[1], out _) != Fault.NotHere;

    /// <summary>Wants a message again that was evicted.</summary>
    /// <param name="ordinal">The message.</param>
    public void Want(long ordinal) => _mirror.Want(_log.Cached, ordinal);

    /// <inheritdoc/>
    public MessagePlace MessageAt(long position)
    {
        if (IsLost)
            return new MessagePlace(Fault.UnknownHandle, 0);
        var log = Now();
        var begin = 0L;
        if (_id.Start is null)
        {
            var extent = Extent.Of(_mirror, log.View, log.Base);
            if (!extent.Has(position))
            {
                _mirror.Want(_id.Kind, position);
                return new MessagePlace(Fault.NotHere, 0);
            }
            begin = extent.Begin;
        }
        var found = Views.MessageAt(log.View, position - begin);
        // What is mirrored may not go as far as where the view begins yet.
        return found with { Offset = Math.Max(found.Offset, _id.Start ?? 0), Begin = found.Begin + begin };
    }

    /// <inheritdoc/>
    public Fault ReadSpans(long message, Span<MessageSpan> target, out int count)
    {
        count = 0;
        if (IsLost)
            return Fault.UnknownHandle;
        if (IsEnded)
            return Fault.InputOutput;
        var log = Now();
        if (_id.Start is null)
        {
            var extent = Extent.Of(_mirror, log.View, log.Base);
            if (message < log.Base.Ordinal || message >= extent.ShownMessages)
            {
                // Who counts messages reads all of them.
                if (message < extent.Messages)
                    _mirror.Want(_id.Kind, 0);
                return message < extent.Messages ? Fault.NotHere : Fault.None;
            }
            target = target[..(int)Math.Min(target.Length, extent.ShownMessages - message)];
            message -= log.Base.Ordinal;
        }
        var read = log.View.ReadSpans(message, target);
        if (!read.Succeeded)
            return MirrorFaults.FailureOf(read.Fault).Fault;
        count = read.Value;
        foreach (ref var span in target[..count])
            span = span with { Position = span.Position + log.Base.At(_id.Kind) };
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
        lock (_gate)
        {
            foreach (var log in _logs)
            {
                log.View.Reader.Dispose();
                log.Cached.Release();
            }
        }
        LetGo();
    }

    /// <summary>Reads, and compares where the view does not by itself.</summary>
    private static LogResult<int> Checked(Log log, long position, Span<byte> target)
    {
        var read = log.View.Read(position, target);
        if (log.View.Kind != ViewKind.Default || read is not { Succeeded: true, Value: > 0 and var count } || log.View.Begin is not { Succeeded: true, Value: { } begin })
            return read;
        var right = log.Check.Check(log.View.Reader, begin.Position + position, target[..count], out var damaged);
        return damaged is null || right is { Succeeded: false } or { Value: > 0 } ? right : new LogFault(LogError.Corrupt, $"message {damaged} is damaged");
    }

    private Extent Extent
    {
        get
        {
            var log = Now();
            return Extent.Of(_mirror, log.View, log.Base);
        }
    }

    /// <summary>
    /// The log that has the generation now. Where the cache has lost one, a log begins at the checkpoint before what is read first, and
    /// another in its place where something before that is read.
    /// </summary>
    private Log Now()
    {
        var log = _log;
        if (_id.Start is not null || _mirror.Shown is not { Cached: { } cached } || cached == log.Cached || IsEnded)
            return log;
        lock (_gate)
        {
            if (_disposed != 0 || _mirror.Shown.Cached == _log.Cached || _mirror.Open() is not { Succeeded: true } opened)
                return _log;
            var (reader, newest) = opened.Value;
            var view = PartitionView.Open(reader, _id.Kind);
            if (!view.Succeeded)
            {
                reader.Dispose();
                return _log;
            }
            newest.Cached.Hold();
            _log = new Log(view.Value, newest.Cached, newest.Base);
            _logs.Add(_log);
            return _log;
        }
    }
}
