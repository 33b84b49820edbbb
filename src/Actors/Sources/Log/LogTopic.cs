using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>A topic of a log directory.</summary>
internal sealed class LogTopic(LogSource source, NamedTopic first) : ISourceTopic
{
    public bool IsEnded => !source.Store.Names.Topics.ContainsKey(first.Id);

    public IReadOnlyList<PartitionId> Partitions => [.. Enumerable.Range(0, Now.Partitions.Length).Select(index => LogIds.Partition(first.Id, index, source.Prefix))];

    public IReadOnlyList<int> Generations => [.. Now.Partitions.Select(id => source.Store.KnownGeneration(id) ?? 0)];

    /// <summary>The topic as it is, or as it was when this began, once it was deleted.</summary>
    private NamedTopic Now => source.Store.Names.Topics.GetValueOrDefault(first.Id, first);

    public bool IsOutdated(int? index) => index is null && Now.Partitions.Any(id => source.Store.KnownGeneration(id) is null);

    public Task<Failure?> Refresh()
    {
        foreach (var id in Now.Partitions)
            source.Store.ReadGeneration(id);
        return Task.FromResult<Failure?>(null);
    }

    public Task<Result<TopicReply.Found>> AddPartition(int index) => source.After.Then(
        source.Store.ChangeNamesAsync(names => names.Now.Topics.GetValueOrDefault(first.Id)?.Partitions.Length is var count && index < count
            ? new LogFault(LogError.Exists, $"topic {first.Id} has a partition {index}")
            : index > count ? new LogFault(LogError.Invalid, $"the next partition of topic {first.Id} is {count}") : names.AddPartition(first.Id)),
        added => added.Succeeded
            ? new TopicReply.Found(LogIds.Partition(first.Id, index, source.Prefix))
            : (Result<TopicReply.Found>)LogFailures.OfIncarnation(added.Fault));

    public Task<Failure?> Sync() => source.After.Then(source.Store.SyncAsync(), fault => fault is null ? null : LogFailures.FailureOf(fault));

    public Task<Result<IPartitionReader>> OpenMerged(ViewKind kind, StartPlace? start, Action changed)
    {
        var partitions = Now.Partitions;
        if (source.Open.Enter(partitions) is { } tooMany)
            return Task.FromResult<Result<IPartitionReader>>(tooMany);
        return source.After.Then(
            Task.WhenAll(partitions.Select(id => source.After.Then(source.Store.OpenReaderAsync(id), opened => opened))),
            opened => MergedReader.Open(source, partitions, opened, kind, start, changed));
    }

    public Task<Result<TopicReply.Cursors>> ListCursors() => source.After.Then(
        source.Store.CursorsAsync(Now.Partitions[0]),
        found => found.Succeeded
            ? new TopicReply.Cursors([.. found.Value.Select(cursor => new EntityName(cursor.Key))])
            : (Result<TopicReply.Cursors>)LogFailures.OfIncarnation(found.Fault));
}
