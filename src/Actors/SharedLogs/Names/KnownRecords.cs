using StreamActors.Etcd;

namespace StreamActors.SharedLogs;

/// <summary>The records of entries that were read before: of many names one changes at a time. One caller at a time.</summary>
internal sealed class KnownRecords
{
    private Dictionary<EtcdEntry, object?> _known = new(ReferenceEqualityComparer.Instance);
    private Dictionary<EtcdEntry, object?> _next = new(ReferenceEqualityComparer.Instance);

    /// <summary>Reads an entry's record; null where it is none.</summary>
    public T? Read<T>(EtcdEntry entry)
        where T : class
    {
        if (!_known.TryGetValue(entry, out var record))
            record = NamesRecords.TryRead<T>(entry.Value);
        _next[entry] = record;
        return (T?)record;
    }

    /// <summary>Forgets what was not read since this was called last.</summary>
    public void ForgetOthers()
    {
        (_known, _next) = (_next, _known);
        _next.Clear();
    }
}
