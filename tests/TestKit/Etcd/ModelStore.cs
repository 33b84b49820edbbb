using System.Text;
using StreamActors.Etcd;

namespace StreamActors.TestKit.Etcd;

/// <summary>The keys of a <see cref="ModelEtcd"/>: revisions, transactions, history and compaction, without a clock.</summary>
internal sealed class ModelStore
{
    /// <summary>The largest request that etcd takes, in bytes.</summary>
    public const int MaxRequestBytes = 3 << 19;

    private static readonly IComparer<string> ByBytes = Comparer<string>.Create(
        (a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));

    private readonly SortedDictionary<string, EtcdEntry> _entries = new(ByBytes);
    private readonly List<(long Revision, EtcdEvent[] Events)> _history = [];

    /// <summary>etcd's first revision is 1, and belongs to an empty store.</summary>
    public long Revision { get; private set; } = 1;

    public long Compacted { get; private set; }

    public bool IsFull { get; set; }

    public EtcdRange List(string prefix) =>
        new([.. _entries.Values.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))], Revision);

    public IEnumerable<string> KeysOf(long lease) => _entries.Values.Where(entry => entry.Lease == lease).Select(entry => entry.Key);

    /// <summary>Carries out a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="isLease">Whether a lease lives.</param>
    /// <param name="events">What it changed.</param>
    public EtcdResult<EtcdCommit> Commit(EtcdTransaction transaction, Func<long, bool> isLease, out EtcdEvent[] events)
    {
        events = [];
        if (Refusal(transaction) is { } refusal) return refusal;
        var isThen = transaction.Conditions.All(Holds);
        var operations = isThen ? transaction.Then : transaction.Otherwise;
        foreach (var put in operations.OfType<EtcdOperation.Put>())
            if (put.Lease != 0 && !isLease(put.Lease)) return new EtcdFault(EtcdError.LeaseNotFound, $"There is no lease {put.Lease:x}");
        var revision = Revision + 1;
        var changes = new List<EtcdEvent>();
        var found = new List<EtcdEntry>();
        foreach (var operation in operations) Do(operation, revision, changes, found);
        Record(revision, events = [.. changes]);
        return new EtcdCommit(isThen, Revision, found);
    }

    /// <summary>Deletes keys, as one revision.</summary>
    public EtcdEvent[] Delete(IEnumerable<string> keys)
    {
        var revision = Revision + 1;
        var changes = new List<EtcdEvent>();
        foreach (var key in keys.ToArray()) Do(new EtcdOperation.Delete(key), revision, changes, []);
        Record(revision, [.. changes]);
        return [.. changes];
    }

    /// <summary>Forgets history before a revision, and the deletes that happened at it, as etcd does.</summary>
    public void Compact(long revision)
    {
        Compacted = revision;
        _history.RemoveAll(past => past.Revision < revision);
        for (var i = 0; i < _history.Count; i++)
            if (_history[i].Revision == revision)
                _history[i] = (revision, [.. _history[i].Events.Where(change => !change.IsDelete)]);
    }

    /// <summary>What changed beneath a prefix from a revision on.</summary>
    public IEnumerable<EtcdEvent[]> Since(string prefix, long fromRevision) =>
        from past in _history
        where past.Revision >= fromRevision
        let events = Beneath(prefix, past.Events)
        where events.Length > 0
        select events;

    public static EtcdEvent[] Beneath(string prefix, EtcdEvent[] events) =>
        [.. events.Where(change => change.Entry.Key.StartsWith(prefix, StringComparison.Ordinal))];

    private EtcdFault? Refusal(EtcdTransaction transaction)
    {
        var writes = new[] { transaction.Then, transaction.Otherwise }
            .Select(branch => branch.Where(operation => operation is not EtcdOperation.Get).ToArray()).ToArray();
        if (writes.Any(branch => branch.DistinctBy(operation => operation.Key, StringComparer.Ordinal).Count() < branch.Length))
            return new EtcdFault(EtcdError.Invalid, "A key is written twice");
        var bytes = writes.SelectMany(branch => branch).OfType<EtcdOperation.Put>().Sum(put => put.Key.Length + put.Value.Length);
        if (bytes > MaxRequestBytes) return new EtcdFault(EtcdError.Invalid, "The request is too large");
        if (IsFull && writes.Any(branch => branch.Any(operation => operation is EtcdOperation.Put)))
            return new EtcdFault(EtcdError.NoSpace, "The database is full");
        return null;
    }

    private bool Holds(EtcdCondition condition)
    {
        _entries.TryGetValue(condition.Key, out var entry);
        return condition switch
        {
            EtcdCondition.Absent => entry is null,
            EtcdCondition.CreatedAt created => (entry?.CreateRevision ?? 0) == created.Revision,
            EtcdCondition.ModifiedAt modified => (entry?.ModRevision ?? 0) == modified.Revision,
            EtcdCondition.ValueIs value => entry is not null && entry.Value == value.Value,
            _ => throw new ArgumentOutOfRangeException(nameof(condition)),
        };
    }

    private void Do(EtcdOperation operation, long revision, List<EtcdEvent> changes, List<EtcdEntry> found)
    {
        _entries.TryGetValue(operation.Key, out var known);
        switch (operation)
        {
            case EtcdOperation.Put put:
                var entry = new EtcdEntry(put.Key, put.Value, known?.CreateRevision ?? revision, revision, put.Lease);
                _entries[put.Key] = entry;
                changes.Add(new EtcdEvent(entry, false));
                break;
            case EtcdOperation.Delete when known is not null:
                _entries.Remove(known.Key);
                changes.Add(new EtcdEvent(new EtcdEntry(known.Key, "", 0, revision, 0), true));
                break;
            case EtcdOperation.Get when known is not null:
                found.Add(known);
                break;
        }
    }

    private void Record(long revision, EtcdEvent[] events)
    {
        if (events.Length == 0) return;
        Revision = revision;
        _history.Add((revision, events));
    }
}
