using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>A topic of a volume that several hosts share.</summary>
internal sealed class SharedTopic(SharedLogSource source, NamedTopic first) : ISourceTopic
{
    public bool IsEnded => !source.Names.Now.Topics.ContainsKey(first.Id);

    public IReadOnlyList<PartitionId> Partitions =>
        [.. Enumerable.Range(0, source.Names.Now.Topics.GetValueOrDefault(first.Id, first).Partitions.Length).Select(index => LogIds.Partition(first.Id, index, source.Prefix))];

    public bool IsOutdated(int? index) => index >= Partitions.Count;

    public Task<Failure?> Refresh() => source.Refresh();

    public async Task<Result<TopicReply.Found>> AddPartition(int index)
    {
        var added = await source.Names.AddPartition(first.Id, index).ConfigureAwait(false);
        return added.Succeeded ? new TopicReply.Found(LogIds.Partition(first.Id, index, source.Prefix)) : LogFailures.OfIncarnation(added.Fault);
    }

    // What was answered is synced.
    public Task<Failure?> Sync() => Task.FromResult<Failure?>(null);

    public Task<Result<IPartitionReader>> OpenMerged(ViewKind kind, StartPlace? start, Action changed) => Task.FromResult<Result<IPartitionReader>>(
        new Failure(Fault.NotPermitted, "the partitions lie on several hosts: who reads them merges them"));

    public Task<Result<TopicReply.Cursors>> ListCursors() => Task.FromResult<Result<TopicReply.Cursors>>(
        new TopicReply.Cursors([.. source.Names.CursorsOf(first.Id).Keys.Select(name => new EntityName(name))]));
}
