using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// A partition of a cluster. What is read comes from its mirror, what is written goes to the cluster and comes back from
/// there. What may block does so on the caller's thread, for at most the deadline of each request.
/// </summary>
internal sealed class KafkaPartition(KafkaClient client, MirrorTable mirrors, MirrorStore store, TimeProvider clock, TopicLife topic, int index) : IPartitionSource
{
    private readonly Lock _gate = new();
    private readonly PartitionMirror _mirror = mirrors.Find(topic, index);
    private PartitionReader? _reader;
    private bool _isDisposed;

    /// <inheritdoc/>
    public bool IsEnded => topic.IsEnded || _mirror.IsLost;

    /// <inheritdoc/>
    public TimeSpan? UntilNext => null;

    /// <inheritdoc/>
    public IDisposable Watch(Action changed)
    {
        var signal = mirrors.SignalOf(topic, index);
        signal.Raised += changed;
        topic.Watch(changed);
        return new Watching(signal, topic, changed);
    }

    /// <inheritdoc/>
    public async Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start)
    {
        long? offset = null;
        if (start is not null && FindOffset(start, out offset) is { } failure)
            return failure;
        var generation = 0;
        if (offset is null)
        {
            var opened = OpenedReader();
            if (opened.Failure is { } broken)
                return broken;
            generation = _mirror.Generation + (opened.Value!.Reader?.Now.Generation ?? 0);
        }
        var view = new ViewId(kind, generation, offset);
        var stat = await Stat(view).ConfigureAwait(false);
        return stat.Value is { } stated ? new PartitionReply.Found(view, stated.Value) : stat.Failure!;
    }

    /// <inheritdoc/>
    public async Task<Result<PartitionReply.Stated>> Stat(ViewId view)
    {
        var mirror = view.Start is { } offset ? mirrors.FindCovering(topic, index, offset) : _mirror;
        if (mirror?.Log is not { } log)
            return Stated(mirror is null ? Nothing : Nothing with { Size = mirror.Recorded.At(view.Kind), Messages = mirror.Recorded.Ordinal });
        if (mirror != _mirror)
            return await StatOther(log, view).ConfigureAwait(false);
        var opened = OpenedReader();
        if (opened.Failure is { } failure)
            return failure;
        return opened.Value!.Reader is { } reader ? StatOf(reader, view) : Stated(Nothing);
    }

    /// <inheritdoc/>
    public Task<Result<PartitionReply.Described>> Describe() => Task.FromResult(Described());

    /// <inheritdoc/>
    public bool OpensAtOnce(ViewId view) => !view.HasStart && !IsEnded && mirrors.HoldsAtOnce(topic, index);

    /// <inheritdoc/>
    public async Task<Result<IPartitionReader>> OpenReader(ViewId view)
    {
        var opened = !view.HasStart && !IsEnded && mirrors.HoldAtOnce(topic, index, out var question) is { } held
            ? await Open(view, held, question).ConfigureAwait(false) : Open(view);
        return opened.Value is { } reader ? new Result<IPartitionReader>(reader) : opened.Failure!;
    }

    /// <inheritdoc/>
    public async Task<Result<IPartitionReader>> OpenForWriting(ViewId view)
    {
        // What is written later is for the topic that is there now.
        client.ConfirmRecent(topic.Identity);
        if (IsEnded || IsMadeAnew())
            return Gone();
        var stat = await Stat(view).ConfigureAwait(false);
        if (stat.Value is not { } stated)
            return stat.Failure!;
        // What is written goes to the cluster, so nothing has to be fetched for it.
        return new Result<IPartitionReader>(new KafkaEnd(topic, () => Now(view) ?? stated.Value));
    }

    /// <summary>Opens the bytes of a view; may block.</summary>
    /// <param name="view">The view.</param>
    /// <param name="isWhole">Whether the log has to have all of it, also where the cache has lost it; else that comes as it is read.</param>
    public Result<KafkaReader> Open(ViewId view, bool isWhole = false)
    {
        if (IsEnded)
            return Gone();
        var held = mirrors.Hold(topic, index, view.Start);
        if (held.Value is not { } mirror)
            return held.Failure!;
        if (isWhole && mirror.BeginWhole() is { } lost)
        {
            mirror.Release();
            return lost;
        }
        return Open(view, mirror, mirror.Open(), question: 0);
    }

    /// <summary>Opens what was read before, and is held; it does not block.</summary>
    private async Task<Result<KafkaReader>> Open(ViewId view, PartitionMirror mirror, long question)
    {
        var opened = await mirror.OpenAsync().ConfigureAwait(false);
        return Open(view, mirror, opened.Fault?.Error == LogError.NotFound ? mirror.Open() : opened, question);
    }

    /// <summary>Opens the bytes of a view of a mirror that is held, and is released where it can't be opened.</summary>
    private Result<KafkaReader> Open(ViewId view, PartitionMirror mirror, LogResult<(PartitionReader Reader, MirrorLog Log)> opened, long question)
    {
        if (!opened.Succeeded)
        {
            mirror.Release();
            return MirrorFaults.FailureOf(opened.Fault);
        }
        var (reader, log) = opened.Value;
        var found = ViewOf(reader, view);
        if (found.Value is { } shown)
            return new KafkaReader(topic, mirror, view, new KafkaReader.Log(shown, log.Cached, log.Base), log.Generation, mirrors.SignalOf(topic, index), question);
        reader.Dispose();
        mirror.Release();
        return found.Failure!;
    }

    /// <inheritdoc/>
    public Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind)
    {
        var group = cursor.ToString();
        long offset = 0;
        var failure = client.Admin.CheckIdle(group) ?? Committed(group, out offset);
        return failure is null
            ? OpenReader(new ViewId(kind, 0, offset)) : Task.FromResult<Result<IPartitionReader>>(failure);
    }

    /// <inheritdoc/>
    public async Task<Result<PartitionReply.Appended>> Append(MessageBatch batch)
    {
        // Brokers take what is written under the name that another topic may have by now, and some make one that is not there.
        await client.ConfirmFreshAsync(topic.Identity).ConfigureAwait(false);
        if (IsEnded || topic.Identity.IsMissing || IsMadeAnew())
            return Gone();
        var outcome = await client.Producer.ProduceAsync(topic.Name, index, batch).ConfigureAwait(false);
        if (outcome.Failure is not { } failure)
            return new PartitionReply.Appended(outcome.FirstOffset);
        if (outcome is { Stored: 0, IsKnown: true })
            return failure;
        // Some are stored, or may be: only a fault that says so is true of the whole.
        return failure.Fault is Fault.TimedOut or Fault.InputOutput
            ? failure : new Failure(Fault.InputOutput, $"{outcome.Stored} of {batch.Count} messages were stored: {failure.Reason}");
    }

    /// <summary>A message is answered once all in-sync replicas have it: there is nothing left to do.</summary>
    /// <returns>Null.</returns>
    public Task<Failure?> Sync() => Task.FromResult<Failure?>(null);

    /// <inheritdoc/>
    public bool HandsOver => true;

    /// <inheritdoc/>
    public Task<Failure?> HandOver()
    {
        // The mirror itself says why, where that can't be written.
        _mirror.Note(isLast: true);
        return Task.FromResult<Failure?>(null);
    }

    /// <inheritdoc/>
    public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor)
    {
        var failure = Committed(cursor.ToString(), out var offset);
        if (failure is not null)
            return Task.FromResult<Result<PartitionReply.CursorAt>>(failure);
        var marks = client.FindWatermarks(topic.Name, index);
        return Task.FromResult<Result<PartitionReply.CursorAt>>(marks.Value is { } found
            ? new PartitionReply.CursorAt(new CursorState(offset, Math.Max(0, found.High - Math.Max(offset, found.Low))))
            : marks.Failure!);
    }

    /// <inheritdoc/>
    public Task<Failure?> CreateCursor(EntityName cursor)
    {
        var group = cursor.ToString();
        var failure = client.Admin.HasCommitted(group, topic.Name, topic.Partitions, out var has);
        if (failure is not null || has)
            return Task.FromResult<Failure?>(failure ?? new Failure(Fault.Exists, $"group {group} has an offset in topic {topic.Name} already"));
        for (var partition = 0; partition < topic.Partitions; partition++)
        {
            var marks = client.FindWatermarks(topic.Name, partition);
            failure = marks.Failure ?? client.Admin.Commit(group, topic.Name, partition, marks.Value!.Low);
            if (failure is not null)
                return Task.FromResult<Failure?>(failure);
        }
        topic.Groups.TryAdd(group, 0);
        return Task.FromResult<Failure?>(null);
    }

    /// <inheritdoc/>
    public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place)
    {
        var group = cursor.ToString();
        long? offset = null;
        var failure = Committed(group, out _) ?? client.Admin.CheckIdle(group) ?? FindOffset(place, out offset);
        if (failure is null && offset is null)
        {
            // Where the log begins is where the cluster does.
            var marks = client.FindWatermarks(topic.Name, index);
            (failure, offset) = (marks.Failure, marks.Value?.Low);
        }
        return failure is null
            ? client.Admin.CommitAsync(group, topic.Name, index, offset!.Value) : Task.FromResult<Failure?>(failure);
    }

    /// <inheritdoc/>
    public Task<Failure?> Acknowledge(EntityName cursor, long offset) =>
        client.Admin.CommitAsync(cursor.ToString(), topic.Name, index, offset);

    /// <inheritdoc/>
    public Task<Failure?> ForgetCursor(EntityName cursor) => Task.FromResult(client.Admin.Forget(cursor.ToString(), topic.Name, index));

    /// <inheritdoc/>
    public void Dispose()
    {
        PartitionReader? reader;
        lock (_gate)
        {
            _isDisposed = true;
            (reader, _reader) = (_reader, null);
        }
        reader?.Dispose();
    }

    private static Result<PartitionReply.Stated> Stated(PartitionStat stat) => new PartitionReply.Stated(stat);

    private PartitionStat Nothing => new(0, topic.SeenAt, 0);

    private Failure Gone() => new(Fault.InputOutput, $"partition {index} of topic {topic.Name} is gone, or is no longer the one that was mirrored");

    /// <summary>Whether others have deleted the topic and made it again; then a look-up finds the new one.</summary>
    private bool IsMadeAnew()
    {
        if (!topic.Identity.IsOver)
            return false;
        mirrors.EndTopic(topic);
        return true;
    }

    /// <summary>What a place is as an offset, by the cluster; null where it is where the mirror begins.</summary>
    private Failure? FindOffset(StartPlace place, out long? offset)
    {
        offset = null;
        var found = client.FindWatermarks(topic.Name, index);
        if (found.Value is not { } marks)
            return found.Failure;
        var failure = place switch
        {
            StartPlace.Time time => client.FindOffset(topic.Name, index, time.Value, out offset),
            StartPlace.Age age => client.FindOffset(topic.Name, index, clock.GetUtcNow() - age.Value, out offset),
            StartPlace.Last last => Take(marks.High - Math.Min(last.Count, marks.High), out offset),
            StartPlace.Offset at => Take(at.Value, out offset),
            _ => throw new InvalidOperationException($"a partition does not know the place {place}"),
        };
        if (failure is not null)
            return failure;
        var from = Math.Max(offset ?? marks.High, marks.Low);
        offset = _mirror.BeginsAt(from, marks.Low) ? null : from;
        return null;
    }

    private static Failure? Take(long value, out long? offset)
    {
        offset = value;
        return null;
    }

    private Failure? Committed(string group, out long offset)
    {
        var failure = client.Admin.FindCommitted(group, topic.Name, index, out var found);
        offset = found ?? 0;
        if (failure is not null || found is not null)
            return failure;
        failure = client.Admin.HasCommitted(group, topic.Name, topic.Partitions, out var has);
        if (failure is not null || !has)
            return failure ?? new Failure(Fault.NotFound, $"group {group} has no offset in topic {topic.Name}");
        // As with every cursor, it is at the oldest message of partitions that it has not read.
        var marks = client.FindWatermarks(topic.Name, index);
        offset = marks.Value?.Low ?? 0;
        return marks.Failure;
    }

    /// <summary>A reader of the mirror's log, for what is told of it; none where there is no log yet.</summary>
    private Result<Opened> OpenedReader()
    {
        if (_mirror.Log is not { } log)
            return new Opened(null);
        lock (_gate)
        {
            if (_reader is { } known && known.Now.Id == log)
                return new Opened(known);
        }
        var opened = _mirror.Open();
        // Another takes its place just now: who opens it waits for that.
        if (opened.Fault?.Error == LogError.NotFound)
            return new Opened(null);
        if (!opened.Succeeded)
            return MirrorFaults.FailureOf(opened.Fault);
        var (reader, _) = opened.Value;
        PartitionReader? old;
        lock (_gate)
        {
            old = _isDisposed ? reader : _reader;
            if (!_isDisposed)
                _reader = reader;
        }
        old?.Dispose();
        return new Opened(reader);
    }

    private Result<PartitionReply.Described> Described()
    {
        var opened = OpenedReader();
        if (opened.Failure is not null)
            return opened.Failure;
        var created = clock.GetUtcNow();
        if (opened.Value!.Reader is not { } reader)
            return new PartitionReply.Described(new PartitionDescription(0, 0, 0, 0, created, null, null, Framing.Lines, 0, IsComplete: false));
        var now = reader.Now;
        var view = PartitionView.Open(reader, ViewKind.Default);
        if (!view.Succeeded)
            return MirrorFaults.FailureOf(view.Fault);
        var stat = StatOf(view.Value, new ViewId(ViewKind.Default, 0, null));
        var first = now.Count == 0 ? default(LogResult<IndexEntry>?) : reader.Entry(now.Begin.Ordinal);
        if (first is { Fault: { } fault })
            return MirrorFaults.FailureOf(fault);
        return new PartitionReply.Described(new PartitionDescription(
            _mirror.Shown.Base.Ordinal == 0 && first is { } entry ? entry.Value.Offset : _mirror.First,
            Math.Max(Math.Max(now.End.Offset, _mirror.Next), _mirror.Recorded.Offset),
            stat.Messages,
            stat.Size,
            DateTimeOffset.FromUnixTimeMilliseconds(now.Created),
            first is { } oldest ? DateTimeOffset.FromUnixTimeMilliseconds(oldest.Value.Timestamp) : null,
            now.Count == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(now.MaxTimestamp),
            now.Framing,
            _mirror.Generation + now.Generation,
            _mirror.IsComplete));
    }

    private async Task<Result<PartitionReply.Stated>> StatOther(IncarnationId log, ViewId view)
    {
        var opened = await store.Logs.OpenReaderAsync(log).ConfigureAwait(false);
        if (!opened.Succeeded)
            return MirrorFaults.FailureOf(opened.Fault);
        using var reader = opened.Value;
        return StatOf(reader, view);
    }

    private Result<PartitionReply.Stated> StatOf(PartitionReader reader, ViewId view)
    {
        var found = ViewOf(reader, view);
        return found.Value is { } shown ? Stated(StatOf(shown, view)) : found.Failure!;
    }

    private PartitionStat StatOf(PartitionView shown, ViewId view) => view.Start is null && _mirror.Shown is var (cached, from) && cached?.Id == shown.Reader.Now.Id
        ? Views.StatOf(shown, Extent.Of(_mirror, shown, from)) : Views.StatOf(shown);

    /// <summary>Size and time as far as a reader that is open tells them; null where there is none.</summary>
    private PartitionStat? Now(ViewId view)
    {
        lock (_gate)
            return _reader is { } reader && ViewOf(reader, view).Value is { } shown ? StatOf(shown, view) : null;
    }

    private Result<PartitionView> ViewOf(PartitionReader reader, ViewId view)
    {
        ViewStart? start = null;
        if (view.Start is { } offset)
        {
            var resolved = StartPlaceResolver.Resolve(new StartPlace.Offset(offset), reader, clock);
            if (!resolved.Succeeded)
                return MirrorFaults.FailureOf(resolved.Fault);
            start = resolved.Value;
        }
        else if (view.Generation != _mirror.Generation + reader.Now.Generation)
        {
            return new Failure(Fault.Stale, $"partition {index} of topic {topic.Name} has lost its head since");
        }
        var opened = PartitionView.Open(reader, view.Kind, start);
        return opened.Succeeded ? opened.Value : MirrorFaults.FailureOf(opened.Fault);
    }

    private sealed record Opened(PartitionReader? Reader);

    private sealed class Watching(MirrorSignal signal, TopicLife topic, Action changed) : IDisposable
    {
        public void Dispose()
        {
            signal.Raised -= changed;
            topic.Unwatch(changed);
        }
    }
}
