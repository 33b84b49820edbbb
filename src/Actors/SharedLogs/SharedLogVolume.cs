using Microsoft.Extensions.Logging;
using StreamActors.Etcd;
using StreamActors.Logs;
using StreamActors.Sources.Log;

namespace StreamActors.SharedLogs;

/// <summary>
/// The streams of a directory that all members of a cluster share: names in etcd, each shard's log with the member that has the
/// shard. The engine gets <see cref="Storage"/>, the entities <see cref="Source"/>.
/// </summary>
public sealed class SharedLogVolume : IDisposable
{
    // Threads that wait for disks: two logs can sync at the same time, while others commit.
    private const int Threads = 8;

    // What of a deleted topic can't be removed at once is tried again so often.
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);

    private readonly WorkerPool? _pool;
    private readonly ITimer _sweeps;

    private SharedLogVolume(WorkerPool? pool, EtcdNames names, SharedLogStorage storage, SharedLogSource source, ITimer sweeps) =>
        (_pool, Names, Storage, Source, _sweeps) = (pool, names, storage, source, sweeps);

    /// <summary>The names.</summary>
    public EtcdNames Names { get; }

    /// <summary>What the shards keep.</summary>
    public SharedLogStorage Storage { get; }

    /// <summary>The streams.</summary>
    public SharedLogSource Source { get; }

    /// <summary>Opens a volume.</summary>
    /// <param name="options">How.</param>
    /// <param name="etcd">Where the names are.</param>
    /// <param name="prefix">The beginning of the names' keys, which no other volume has.</param>
    /// <param name="patience">How long a change of names may wait for etcd.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="continuations">Where work goes on that waited for a log.</param>
    /// <param name="log">Where it is told what is found and what fails.</param>
    /// <param name="newWorker">Makes the workers; null for threads.</param>
    /// <returns>The volume, or why it can't be had.</returns>
    public static LogResult<SharedLogVolume> Open(
        SharedLogOptions options, IEtcd etcd, string prefix, TimeSpan patience, TimeProvider clock, TaskScheduler continuations, ILogger log,
        Func<ILogWorker>? newWorker = null)
    {
        var pool = newWorker is null ? new WorkerPool(Threads) : null;
        var names = new EtcdNames(etcd, prefix, clock, patience, log);
        var opened = SharedLogStorage.Open(
            options with { Source = options.Source with { Names = names } }, clock, continuations, log, newWorker ?? pool!.NewWorker);
        if (!opened.Succeeded)
        {
            names.Dispose();
            pool?.Dispose();
            return opened.Fault;
        }
        var storage = opened.Value;
        var sweeper = new GoneSweeper(names, storage, log);
        names.Changed = sweeper.Ask;
        storage.Opened = sweeper.Ask;
        _ = ClearAsync(names);
        var sweeps = clock.CreateTimer(_ => Sweep(names, sweeper), null, SweepEvery, SweepEvery);
        return new SharedLogVolume(pool, names, storage, new SharedLogSource(names, storage, options.Source), sweeps);
    }

    /// <summary>Ends it, after the engine has given all shards back.</summary>
    public void Dispose()
    {
        _sweeps.Dispose();
        Names.Dispose();
        _pool?.Dispose();
    }

    private static void Sweep(EtcdNames names, GoneSweeper sweeper)
    {
        if (names.State.Gone.IsEmpty)
            return;
        sweeper.Ask();
        _ = names.ClearGoneStreamsAsync();
    }

    // What a member that died has left.
    private static async Task ClearAsync(EtcdNames names)
    {
        if (await names.ReadyAsync().ConfigureAwait(false))
            await names.ClearGoneStreamsAsync().ConfigureAwait(false);
    }
}
