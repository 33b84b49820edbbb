using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// Which partitions somebody has open, so that there are never more than descriptors for them: a process that has none left
/// can't even say so. However many have the same one open, its files are open once. Safe for several threads.
/// </summary>
internal sealed class OpenPartitions(int maximum)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IncarnationId, int> _readers = [];

    /// <summary>Somebody opens partitions.</summary>
    /// <returns>Null, or why they can't be opened; then none of them is counted.</returns>
    public Failure? Enter(IReadOnlyCollection<IncarnationId> ids)
    {
        lock (_gate)
        {
            if (_readers.Count + ids.Count(id => !_readers.ContainsKey(id)) > maximum)
                return new Failure(Fault.OutOfDescriptors, $"{_readers.Count} partitions are open, and {maximum} may be");
            foreach (var id in ids)
                _readers[id] = _readers.GetValueOrDefault(id) + 1;
            return null;
        }
    }

    /// <summary>Somebody has closed partitions.</summary>
    public void Leave(IReadOnlyCollection<IncarnationId> ids)
    {
        lock (_gate)
        {
            foreach (var id in ids)
                if (--_readers[id] == 0)
                    _readers.Remove(id);
        }
    }
}
