namespace StreamActors.Simulation.Tests;

/// <summary>A message as it stands in a journal.</summary>
/// <param name="Writer">Who wrote it.</param>
/// <param name="Sequence">Its number among this writer's messages, from 1 on.</param>
/// <param name="Value">What it says.</param>
public sealed record Entry(string Writer, long Sequence, string Value)
{
    /// <summary>Its length on the disk.</summary>
    public long Length => 16 + Value.Length;
}

/// <summary>The storage that all hosts share: a journal for each epoch of each shard. What was not synced is lost when the
/// host that wrote it loses its power; what a process wrote before it was killed, or froze, may arrive later.</summary>
public sealed class SharedDisk
{
    private readonly SortedDictionary<(int Shard, long Epoch), Journal> _journals = [];

    public void Append(int host, int shard, long epoch, Entry entry)
    {
        if (!_journals.TryGetValue((shard, epoch), out var journal)) _journals.Add((shard, epoch), journal = new Journal(host));
        journal.Entries.Add(entry);
    }

    /// <summary>Makes all that is there durable.</summary>
    /// <returns>The journal's length in bytes.</returns>
    public long Sync(int shard, long epoch)
    {
        if (!_journals.TryGetValue((shard, epoch), out var journal)) return 0;
        journal.Synced = journal.Entries.Count;
        return journal.Entries.Sum(entry => entry.Length);
    }

    /// <summary>The entries up to a length; null where the journal is shorter.</summary>
    public IReadOnlyList<Entry>? Read(int shard, long epoch, long length)
    {
        var found = new List<Entry>();
        foreach (var entry in Entries(shard, epoch))
        {
            if (length <= 0) break;
            found.Add(entry);
            length -= entry.Length;
        }
        return length == 0 ? found : null;
    }

    /// <summary>All entries that are there.</summary>
    public IReadOnlyList<Entry> Entries(int shard, long epoch) =>
        _journals.TryGetValue((shard, epoch), out var journal) ? journal.Entries : [];

    public void LosePower(int host)
    {
        foreach (var journal in _journals.Values)
            if (journal.Host == host) journal.Entries.RemoveRange(journal.Synced, journal.Entries.Count - journal.Synced);
    }

    private sealed class Journal(int host)
    {
        public int Host => host;

        public List<Entry> Entries { get; } = [];

        public int Synced { get; set; }
    }
}
