namespace StreamActors.Simulation.Tests;

/// <summary>What must hold is broken.</summary>
public class InvariantException(string message) : Exception(message);

/// <summary>What must happen does not, although nothing is broken any more.</summary>
public sealed class StuckException(string message) : InvariantException(message);

/// <summary>Watches what clients are told, and says when it can't be so.</summary>
public sealed class Checker(int shards)
{
    private readonly SortedDictionary<long, Entry>[] _log = [.. Enumerable.Range(0, shards).Select(_ => new SortedDictionary<long, Entry>())];
    private readonly Dictionary<(int Shard, string Writer, long Sequence), long> _offsets = [];
    private readonly long[] _seen = new long[shards];
    private readonly long[] _epochs = new long[shards];

    public int Acknowledged { get; private set; }

    public int Delivered { get; private set; }

    /// <summary>What any client knows to be there: whoever asks from now on must be told at least that.</summary>
    public long Seen(int shard) => _seen[shard];

    public void Appended(int shard, Entry entry, long offset)
    {
        Acknowledged++;
        Know(shard, offset, entry);
        _seen[shard] = Math.Max(_seen[shard], offset + 1);
    }

    public void Read(int shard, long offset, IReadOnlyList<Entry> entries, long size, long seenBefore)
    {
        for (var i = 0; i < entries.Count; i++) Know(shard, offset + i, entries[i]);
        Delivered += entries.Count;
        SizeIs(shard, size, seenBefore);
    }

    public void SizeIs(int shard, long size, long seenBefore)
    {
        if (size < seenBefore) throw new InvariantException($"shard {shard}: the size went back from {seenBefore} to {size}");
        _seen[shard] = Math.Max(_seen[shard], size);
    }

    public void EpochBegins(int shard, long epoch)
    {
        if (epoch <= _epochs[shard]) throw new InvariantException($"shard {shard}: epoch {epoch} comes after {_epochs[shard]}");
        _epochs[shard] = epoch;
    }

    /// <summary>At the end every message that anyone was told of must be there, once.</summary>
    public void End(int shard, IReadOnlyList<Entry> all)
    {
        for (var i = 0; i < all.Count; i++) Know(shard, i, all[i]);
        if (all.Count < _seen[shard]) throw new InvariantException($"shard {shard}: {_seen[shard]} messages were seen, and {all.Count} are left");
    }

    private void Know(int shard, long offset, Entry entry)
    {
        if (_log[shard].TryGetValue(offset, out var known) && known != entry)
            throw new InvariantException($"shard {shard}: at {offset} stood {known}, and now {entry}");
        if (_offsets.TryGetValue((shard, entry.Writer, entry.Sequence), out var before) && before != offset)
            throw new InvariantException($"shard {shard}: {entry} stands at {before} and at {offset}");
        _log[shard][offset] = entry;
        _offsets[(shard, entry.Writer, entry.Sequence)] = offset;
    }
}
