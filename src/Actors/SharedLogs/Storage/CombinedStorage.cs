using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using StreamActors.Cluster;
using StreamActors.Etcd;

namespace StreamActors.SharedLogs;

/// <summary>
/// The storage of several volumes whose shards move together. Where the journals of an epoch end is one row in etcd for all volumes,
/// written once, by whoever seals the epoch first, and before the node tells that it is sealed; the node itself only knows whether there is one.
/// </summary>
/// <param name="volumes">The storage of each volume, by its path.</param>
/// <param name="seals">The rows; whoever made it disposes of it.</param>
/// <param name="clock">The clock of waits.</param>
/// <param name="log">Told of rows that are missing, or mean nothing.</param>
public sealed class CombinedStorage(
    IReadOnlyDictionary<string, IShardStorage> volumes, EtcdTable seals, TimeProvider clock, ILogger log) : IShardStorage
{
    private const long IsSealed = 1;

    private static readonly TimeSpan RetryWait = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _epochs = [];

    /// <inheritdoc/>
    public void Measure(int shard, long epoch, Action<long?> measured) => _ = MeasureAsync(shard, epoch, measured);

    /// <inheritdoc/>
    public void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened)
    {
        ArgumentNullException.ThrowIfNull(lease);
        lock (_gate)
            _epochs[shard] = lease.Epoch;
        _ = OpenAsync(shard, lease, journals, opened);
    }

    /// <inheritdoc/>
    public void Close(int shard, long epoch, Action<long> closed)
    {
        Forget(shard, epoch);
        _ = CloseAsync(shard, epoch, closed);
    }

    /// <inheritdoc/>
    public void Abandon(int shard, long epoch)
    {
        Forget(shard, epoch);
        foreach (var (_, volume) in volumes)
            volume.Abandon(shard, epoch);
    }

    private static string KeyOf(int shard, long epoch) => string.Create(CultureInfo.InvariantCulture, $"{shard:d4}/{epoch}");

    private async Task MeasureAsync(int shard, long epoch, Action<long?> measured)
    {
        var ends = await AllAsync<long?>((volume, told) => volume.Measure(shard, epoch, told)).ConfigureAwait(false);
        if (ends.Values.Any(end => end is null))
            measured(null);
        else
            measured(await SealAsync(shard, epoch, ends.ToImmutableSortedDictionary(end => end.Key, end => end.Value!.Value)).ConfigureAwait(false));
    }

    private async Task CloseAsync(int shard, long epoch, Action<long> closed)
    {
        var ends = (await AllAsync<long>((volume, told) => volume.Close(shard, epoch, told)).ConfigureAwait(false)).ToImmutableSortedDictionary();
        while (true)
        {
            if (await SealAsync(shard, epoch, ends).ConfigureAwait(false) is { } length)
            {
                closed(length);
                return;
            }
            // Whoever comes next waits for this, or for the end of the lease; then he measures himself.
            await Task.Delay(RetryWait, clock).ConfigureAwait(false);
        }
    }

    /// <summary>Writes where the journals of an epoch end, where nobody has done so before.</summary>
    /// <returns>0 where there are none; null where etcd does not tell.</returns>
    private async Task<long?> SealAsync(int shard, long epoch, IReadOnlyDictionary<string, long> ends)
    {
        var written = new SealRecord(ends.Where(end => end.Value > 0).ToImmutableSortedDictionary());
        if (written.Ends.Count == 0)
            return 0;
        var row = await seals.ChangeAsync(new EtcdRow(KeyOf(shard, epoch), null, 0), written.Write()).ConfigureAwait(false);
        return row.Succeeded ? IsSealed : null;
    }

    private async Task OpenAsync(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened)
    {
        var found = new SortedDictionary<long, SealRecord>();
        foreach (var journal in journals)
        {
            if (await FindAsync(shard, lease.Epoch, journal.Epoch).ConfigureAwait(false) is not { } seal)
                return;
            found[journal.Epoch] = seal;
        }
        ClearOld(shard, lease.Epoch, found);
        var needed = new NeededJournals(found);
        var waiting = volumes.Count;
        foreach (var (path, volume) in volumes)
        {
            JournalRecord[] mine = [.. journals.Where(journal => found[journal.Epoch].Ends.ContainsKey(path))
                .Select(journal => journal with { Sealed = found[journal.Epoch].Ends[path] })];
            var part = lease.With(upTo =>
            {
                if (needed.Checkpointed(path, upTo) is not { } all)
                    return;
                lease.Checkpointed(all);
            });
            // A shard that is abandoned meanwhile is abandoned in all volumes, and opened in none any more.
            lock (_gate)
            {
                if (!_epochs.TryGetValue(shard, out var known) || known != lease.Epoch)
                    return;
                volume.Open(shard, part, mine, () =>
                {
                    if (Interlocked.Decrement(ref waiting) == 0)
                        opened();
                });
            }
        }
    }

    /// <summary>Finds where the journals of a former epoch end. What is missing is waited for: an operator has to look at it.</summary>
    /// <returns>Null where the shard is not wanted any more.</returns>
    private async Task<SealRecord?> FindAsync(int shard, long epoch, long former)
    {
        for (var isTold = false; IsWanted(shard, epoch);)
        {
            var row = await seals.ReadAsync(KeyOf(shard, former)).ConfigureAwait(false);
            if (SealRecord.TryRead(row.Value?.Value) is { } seal)
                return seal;
            if (row.Succeeded && !isTold)
                log.SealMissing(shard, former);
            isTold |= row.Succeeded;
            await Task.Delay(RetryWait, clock).ConfigureAwait(false);
        }
        return null;
    }

    /// <summary>Deletes the rows of epochs that the shard's record does not name any more.</summary>
    private void ClearOld(int shard, long epoch, SortedDictionary<long, SealRecord> needed)
    {
        var beginning = KeyOf(shard, 0)[..^1];
        foreach (var (key, row) in seals.Rows)
            if (key.StartsWith(beginning, StringComparison.Ordinal) &&
                long.TryParse(key.AsSpan(beginning.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var former) && former < epoch && !needed.ContainsKey(former))
                _ = seals.ChangeAsync(row, null);
    }

    private Task<Dictionary<string, T>> AllAsync<T>(Action<IShardStorage, Action<T>> ask)
    {
        var (gate, told) = (new Lock(), new Dictionary<string, T>(StringComparer.Ordinal));
        var all = new TaskCompletionSource<Dictionary<string, T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var (path, volume) in volumes)
            ask(volume, answer =>
            {
                bool isLast;
                lock (gate)
                {
                    told[path] = answer;
                    isLast = told.Count == volumes.Count;
                }
                if (isLast)
                    all.TrySetResult(told);
            });
        return all.Task;
    }

    private bool IsWanted(int shard, long epoch)
    {
        lock (_gate)
            return _epochs.TryGetValue(shard, out var known) && known == epoch;
    }

    private void Forget(int shard, long epoch)
    {
        lock (_gate)
            if (_epochs.TryGetValue(shard, out var known) && known == epoch)
                _epochs.Remove(shard);
    }
}

/// <summary>Which journals of former epochs the volumes of a shard still need. Safe for several threads.</summary>
/// <param name="seals">Where they end, by epoch.</param>
internal sealed class NeededJournals(IReadOnlyDictionary<long, SealRecord> seals)
{
    private readonly Lock _gate = new();

    // What a volume needs that this host does not have is needed until somebody mounts it.
    private readonly HashSet<(long Epoch, string Volume)> _needed = [.. seals.SelectMany(seal => seal.Value.Ends.Keys.Select(path => (seal.Key, path)))];

    /// <summary>A volume needs none of the journals up to an epoch any more.</summary>
    /// <returns>The epoch up to which no volume does; null where that is none.</returns>
    public long? Checkpointed(string volume, long upTo)
    {
        lock (_gate)
        {
            _needed.RemoveWhere(needed => needed.Volume == volume && needed.Epoch <= upTo);
            var first = _needed.Count == 0 ? long.MaxValue : _needed.Min(needed => needed.Epoch);
            var done = seals.Keys.Where(epoch => epoch < first).ToArray();
            return done.Length == 0 ? null : done.Max();
        }
    }
}

/// <summary>Where the journals of an epoch end, as it stands in etcd.</summary>
/// <param name="Ends">The end of each volume's, by path; none of a volume that has left nothing.</param>
internal sealed record SealRecord(ImmutableSortedDictionary<string, long> Ends)
{
    /// <summary>Reads it; null where the text is none.</summary>
    public static SealRecord? TryRead(string? text)
    {
        try
        {
            return text is not null && JsonSerializer.Deserialize(text, SealJson.Default.ImmutableSortedDictionaryStringInt64) is { } ends && ends.Values.All(end => end > 0)
                ? new SealRecord(ends) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Its text.</summary>
    public string Write() => JsonSerializer.Serialize(Ends, SealJson.Default.ImmutableSortedDictionaryStringInt64);
}

[JsonSerializable(typeof(ImmutableSortedDictionary<string, long>))]
internal sealed partial class SealJson : JsonSerializerContext;
