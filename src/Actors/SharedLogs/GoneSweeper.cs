using Microsoft.Extensions.Logging;
using StreamActors.Logs;

namespace StreamActors.SharedLogs;

/// <summary>Removes the partitions of deleted topics from the logs of the shards that this host has.</summary>
internal sealed class GoneSweeper(EtcdNames names, SharedLogStorage storage, ILogger log)
{
    private int _asked;

    /// <summary>Something may be to do: topics were deleted, or this host has got a shard. Any thread may say so.</summary>
    public void Ask()
    {
        if (Interlocked.Increment(ref _asked) == 1)
            _ = SweepAsync();
    }

    private async Task SweepAsync()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _asked);
            foreach (var (topic, gone) in names.State.Gone)
                if (gone.Record.Partitions is { } partitions)
                    await SweepAsync(topic, partitions).ConfigureAwait(false);
        }
        while (Interlocked.CompareExchange(ref _asked, 0, seen) != seen);
    }

    private async Task SweepAsync(ulong topic, ulong[] partitions)
    {
        var owned = storage.Owned.ToHashSet();
        var removed = new List<int>();
        for (var index = 0; index < partitions.Length; index++)
        {
            var id = storage.PartitionOf(topic, index);
            if (partitions[index] == 0 || !owned.Contains(storage.ShardOf(id)) ||
                (await storage.LogOf(id).ConfigureAwait(false)).Value is not { } source)
                continue;
            if (await source.RemovePartition(new IncarnationId(partitions[index])).ConfigureAwait(false) is not { } fault)
                removed.Add(index);
            else if (fault.Error is not (LogError.Closed or LogError.Unconfirmed))
                log.NotRemoved(id.Value, fault.Error, fault.Detail);
        }
        if (removed.Count > 0)
            await names.RemovedAsync(topic, removed).ConfigureAwait(false);
    }
}
