using System.Globalization;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// A partition in the log of a shard that this host has. Nothing is told of it unless the right to the shard holds when it is told.
/// Which named cursors there are stands with the names; where they are, in the partitions' journals, under the cursor's id, so
/// that a cursor that is made again begins anew everywhere.
/// </summary>
internal sealed class SharedPartition(ISharedNames names, LogSource log, NamedTopic topic, int index, LogPartition inner) : IPartitionSource
{
    private readonly Lock _gate = new();

    // What was asked to be appended before the framing was known to be fixed; the last one of it.
    private Task _first = Task.CompletedTask;
    private volatile bool _isFramed;

    public bool IsEnded => inner.IsEnded;

    public TimeSpan? UntilNext => null;

    public IDisposable Watch(Action changed) => inner.Watch(changed);

    public Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start) => Sure(inner.FindView(kind, start));

    public Task<Result<PartitionReply.Stated>> Stat(ViewId view) => Sure(inner.Stat(view));

    public Task<Result<PartitionReply.Described>> Describe() => Sure(inner.Describe());

    public Task<Result<IPartitionReader>> OpenReader(ViewId view) => Sure(inner.OpenReader(view));

    public Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind) =>
        With(cursor, id => inner.OpenCursor(id, kind));

    public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch)
    {
        lock (_gate)
        {
            if (_isFramed && _first.IsCompleted)
                return Sure(inner.Append(batch));
            // Not the task that is given back: of one that several wait for only one goes on where it ends.
            var ended = new TaskCompletionSource();
            var before = _first;
            _first = ended.Task;
            return AppendAfter(before, batch, ended);
        }
    }

    public Task<Failure?> Sync() => Sure(inner.Sync());

    public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor) =>
        With(cursor, inner.FindCursor);

    public Task<Failure?> CreateCursor(EntityName cursor) => LogSource.TextOf(cursor) is { } name
        ? SharedLogSource.Outcome(names.CreateCursor(topic.Id, name))
        : Task.FromResult<Failure?>(LogSource.NotText);

    public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place) =>
        With(cursor, id => inner.MoveCursor(id, place));

    public Task<Failure?> Acknowledge(EntityName cursor, long offset) =>
        With(cursor, id => inner.Acknowledge(id, offset));

    /// <summary>The first partition is told last: with it the cursor is gone.</summary>
    public async Task<Failure?> ForgetCursor(EntityName cursor)
    {
        if (IdOf(cursor) is not { } id)
            return null;
        if (await Sure(inner.ForgetCursor(id)).ConfigureAwait(false) is { } failure)
            return failure;
        return index == 0 ? await SharedLogSource.Outcome(names.ForgetCursor(topic.Id, LogSource.TextOf(cursor)!)).ConfigureAwait(false) : null;
    }

    public void Dispose() => inner.Dispose();

    private ulong StreamId => names.Now.Topics.GetValueOrDefault(topic.Id, topic).Stream;

    private async Task<Result<PartitionReply.Appended>> AppendAfter(Task before, MessageBatch batch, TaskCompletionSource ended)
    {
        try
        {
            await before.ConfigureAwait(false);
            if (!_isFramed)
            {
                if (await FixFraming().ConfigureAwait(false) is { } failure)
                    return failure;
                _isFramed = true;
            }
            return await Sure(inner.Append(batch)).ConfigureAwait(false);
        }
        finally
        {
            ended.SetResult();
        }
    }

    /// <summary>Before the first message of a stream its framing is fixed; a partition that was made before may have another.</summary>
    private async Task<Failure?> FixFraming()
    {
        var used = await names.Use(StreamId).ConfigureAwait(false);
        if (!used.Succeeded)
            return LogFailures.OfIncarnation(used.Fault);
        var opened = await log.After.On(log.Store.OpenReaderAsync(topic.Partitions[index])).ConfigureAwait(false);
        if (!opened.Succeeded)
            return LogFailures.OfIncarnation(opened.Fault);
        using var reader = opened.Value;
        if (reader.Now.End.Ordinal > 0 || reader.Now.Framing.Equals(used.Value.Framing))
            return null;
        return await log.After.On(log.Store.SetFramingAsync(topic.Partitions[index], used.Value.Framing)).ConfigureAwait(false) is { } fault
            ? LogFailures.OfIncarnation(fault) : null;
    }

    private EntityName? IdOf(EntityName cursor) =>
        LogSource.TextOf(cursor) is { } name && names.CursorsOf(topic.Id).TryGetValue(name, out var id)
            ? new EntityName(id.ToString(CultureInfo.InvariantCulture)) : null;

    private async Task<Result<T>> With<T>(EntityName cursor, Func<EntityName, Task<Result<T>>> then)
        where T : class
    {
        if (IdOf(cursor) is null && await SharedLogSource.Outcome(names.Refresh()).ConfigureAwait(false) is { } failure)
            return failure;
        return IdOf(cursor) is { } id ? await Sure(then(id)).ConfigureAwait(false) : NoCursor(cursor);
    }

    private async Task<Failure?> With(EntityName cursor, Func<EntityName, Task<Failure?>> then)
    {
        if (IdOf(cursor) is null && await SharedLogSource.Outcome(names.Refresh()).ConfigureAwait(false) is { } failure)
            return failure;
        return IdOf(cursor) is { } id ? await Sure(then(id)).ConfigureAwait(false) : NoCursor(cursor);
    }

    private async Task<Result<T>> Sure<T>(Task<Result<T>> telling)
        where T : class
    {
        var told = await telling.ConfigureAwait(false);
        if (log.MayAnswer || told.Value is null)
            return told;
        (told.Value as IDisposable)?.Dispose();
        return NotSure;
    }

    private async Task<Failure?> Sure(Task<Failure?> doing) => await doing.ConfigureAwait(false) ?? (log.MayAnswer ? null : NotSure);

    private static Failure NotSure => new(Fault.TimedOut, "another host may have the partition by now");

    private static Failure NoCursor(EntityName cursor) => new(Fault.NotFound, $"there is no cursor {cursor}");
}
