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
        IdOf(cursor) is { } id ? Sure(inner.OpenCursor(id, kind)) : Task.FromResult<Result<IPartitionReader>>(NoCursor(cursor));

    public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch)
    {
        lock (_gate)
        {
            if (_isFramed && _first.IsCompleted)
                return Sure(inner.Append(batch));
            var appended = AppendAfter(_first, batch);
            _first = appended;
            return appended;
        }
    }

    public Task<Failure?> Sync() => Sure(inner.Sync());

    public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor) =>
        IdOf(cursor) is { } id ? Sure(inner.FindCursor(id)) : Task.FromResult<Result<PartitionReply.CursorAt>>(NoCursor(cursor));

    public Task<Failure?> CreateCursor(EntityName cursor) => LogSource.TextOf(cursor) is { } name
        ? SharedLogSource.Outcome(names.CreateCursor(topic.Id, name))
        : Task.FromResult<Failure?>(LogSource.NotText);

    public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place) =>
        IdOf(cursor) is { } id ? Sure(inner.MoveCursor(id, place)) : Task.FromResult<Failure?>(NoCursor(cursor));

    public Task<Failure?> Acknowledge(EntityName cursor, long offset) =>
        IdOf(cursor) is { } id ? Sure(inner.Acknowledge(id, offset)) : Task.FromResult<Failure?>(NoCursor(cursor));

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

    private async Task<Result<PartitionReply.Appended>> AppendAfter(Task first, MessageBatch batch)
    {
        await first.ConfigureAwait(false);
        if (!_isFramed)
        {
            if (await FixFraming().ConfigureAwait(false) is { } failure)
                return failure;
            _isFramed = true;
        }
        return await Sure(inner.Append(batch)).ConfigureAwait(false);
    }

    /// <summary>Before the first message of a stream its framing is fixed; a partition that was made before may have another.</summary>
    private async Task<Failure?> FixFraming()
    {
        var used = await names.Use(StreamId).ConfigureAwait(false);
        if (!used.Succeeded)
            return LogFailures.OfIncarnation(used.Fault);
        var opened = await log.Store.OpenReaderAsync(topic.Partitions[index]).ConfigureAwait(false);
        if (!opened.Succeeded)
            return LogFailures.OfIncarnation(opened.Fault);
        using var reader = opened.Value;
        if (reader.Now.End.Ordinal > 0 || reader.Now.Framing.Equals(used.Value.Framing))
            return null;
        return await log.Store.SetFramingAsync(topic.Partitions[index], used.Value.Framing).ConfigureAwait(false) is { } fault
            ? LogFailures.OfIncarnation(fault) : null;
    }

    private EntityName? IdOf(EntityName cursor) =>
        LogSource.TextOf(cursor) is { } name && names.CursorsOf(topic.Id).TryGetValue(name, out var id)
            ? new EntityName(id.ToString(CultureInfo.InvariantCulture)) : null;

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
