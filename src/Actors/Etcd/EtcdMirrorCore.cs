namespace StreamActors.Etcd;

/// <summary>
/// Keeps a copy of the keys beneath a prefix: lists them once, then follows the changes, goes on where a watch broke off,
/// and lists again when changes were missed. Every call is one step: it changes the state and tells the effects.
/// </summary>
public sealed class EtcdMirrorCore
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly SortedDictionary<string, EtcdEntry> _entries = new(StringComparer.Ordinal);
    private long _epoch;
    private TimeSpan _wait = FirstWait;

    /// <summary>The entries as they were at <see cref="Revision"/>, in ordinal order of their keys.</summary>
    public IReadOnlyDictionary<string, EtcdEntry> Entries => _entries;

    /// <summary>Up to where all changes are known; 0 before the first list.</summary>
    public long Revision { get; private set; }

    /// <summary>Begins.</summary>
    /// <returns>What is to be done.</returns>
    public EtcdMirrorEffect Start() => new EtcdMirrorEffect.List(++_epoch);

    /// <summary>Takes the outcome of a list.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="outcome">What was found.</param>
    /// <param name="changes">What is different from what was known; every change once, deletes first.</param>
    /// <returns>What is to be done; null for nothing.</returns>
    public EtcdMirrorEffect? Listed(long epoch, EtcdResult<EtcdRange> outcome, out IReadOnlyList<EtcdEvent> changes)
    {
        changes = [];
        if (epoch != _epoch) return null;
        // An endpoint that lags behind tells nothing new.
        if (!outcome.Succeeded || outcome.Value.Revision < Revision) return Retry();
        changes = Replace(outcome.Value);
        _wait = FirstWait;
        return Watch();
    }

    /// <summary>Takes changes from a watch.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="events">The changes.</param>
    /// <returns>Those that were not known yet.</returns>
    public IReadOnlyList<EtcdEvent> Changed(long epoch, IReadOnlyList<EtcdEvent> events)
    {
        if (epoch != _epoch) return [];
        _wait = FirstWait;
        var fresh = events.Where(change => change.Entry.ModRevision > Revision).ToArray();
        foreach (var (entry, isDelete) in fresh)
        {
            if (isDelete) _entries.Remove(entry.Key);
            else _entries[entry.Key] = entry;
            Revision = entry.ModRevision;
        }
        return fresh;
    }

    /// <summary>A watch has ended.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="fault">Why.</param>
    /// <returns>What is to be done; null for nothing.</returns>
    public EtcdMirrorEffect? Ended(long epoch, EtcdFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        if (epoch != _epoch) return null;
        if (fault.Error == EtcdError.Closed) return null;
        return fault.Error == EtcdError.Compacted ? Start() : Retry();
    }

    /// <summary>The wait is over.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <returns>What is to be done; null for nothing.</returns>
    public EtcdMirrorEffect? RetryDue(long epoch)
    {
        if (epoch != _epoch) return null;
        return Revision == 0 ? Start() : Watch();
    }

    // From the last revision that is known, not from the next: etcd drops the deletes of exactly the revision that it is
    // compacted at, and tells nobody who watches from there. One revision earlier it says that they are gone.
    private EtcdMirrorEffect.Watch Watch() => new(++_epoch, Revision);

    private EtcdMirrorEffect.Retry Retry()
    {
        var wait = _wait;
        _wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        return new EtcdMirrorEffect.Retry(++_epoch, wait);
    }

    private List<EtcdEvent> Replace(EtcdRange range)
    {
        var changes = new List<EtcdEvent>();
        var found = range.Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        foreach (var gone in _entries.Keys.Where(key => !found.ContainsKey(key)).ToArray())
        {
            _entries.Remove(gone);
            changes.Add(new EtcdEvent(new EtcdEntry(gone, "", 0, range.Revision, 0), true));
        }
        foreach (var entry in range.Entries)
        {
            if (_entries.TryGetValue(entry.Key, out var known) && known.ModRevision == entry.ModRevision) continue;
            _entries[entry.Key] = entry;
            changes.Add(new EtcdEvent(entry, false));
        }
        Revision = range.Revision;
        return changes;
    }
}

/// <summary>What an <see cref="EtcdMirrorCore"/> wants done; a closed set. A watch that still runs ends with each.</summary>
/// <param name="Epoch">The outcome's stamp.</param>
public abstract record EtcdMirrorEffect(long Epoch)
{
    /// <summary>List all keys; the outcome goes to <see cref="EtcdMirrorCore.Listed"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    public sealed record List(long Epoch) : EtcdMirrorEffect(Epoch);

    /// <summary>Watch; what comes goes to <see cref="EtcdMirrorCore.Changed"/> and <see cref="EtcdMirrorCore.Ended"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="FromRevision">From where.</param>
    public sealed record Watch(long Epoch, long FromRevision) : EtcdMirrorEffect(Epoch);

    /// <summary>Call <see cref="EtcdMirrorCore.RetryDue"/> after a while.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Due">After how long.</param>
    public sealed record Retry(long Epoch, TimeSpan Due) : EtcdMirrorEffect(Epoch);
}
