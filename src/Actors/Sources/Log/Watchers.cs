using System.Collections.Immutable;
using StreamActors.Logs;

namespace StreamActors.Sources.Log;

/// <summary>Who wants to be told when a partition has grown or was deleted. Safe for several threads.</summary>
internal sealed class Watchers
{
    private readonly Lock _gate = new();
    private ImmutableDictionary<IncarnationId, ImmutableList<Watch>> _watches = ImmutableDictionary<IncarnationId, ImmutableList<Watch>>.Empty;

    /// <summary>Adds a watch.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="owner">Whose own appends it is not told of; null for none's.</param>
    /// <param name="changed">Called on any thread; it does not block.</param>
    /// <returns>Ends it.</returns>
    public IDisposable Add(IncarnationId id, object? owner, Action changed)
    {
        var watch = new Watch(this, id, owner, changed);
        lock (_gate)
            _watches = _watches.SetItem(id, _watches.GetValueOrDefault(id, []).Add(watch));
        return watch;
    }

    /// <summary>Tells of a change.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="by">Who made it, and is told otherwise; null where nobody is.</param>
    public void Raise(IncarnationId id, object? by)
    {
        if (!Volatile.Read(ref _watches).TryGetValue(id, out var watches))
            return;
        foreach (var watch in watches)
            if (by is null || !ReferenceEquals(watch.Owner, by))
                watch.Changed();
    }

    private void Remove(Watch watch)
    {
        lock (_gate)
        {
            if (!_watches.TryGetValue(watch.Id, out var watches))
                return;
            watches = watches.Remove(watch);
            _watches = watches.IsEmpty ? _watches.Remove(watch.Id) : _watches.SetItem(watch.Id, watches);
        }
    }

    private sealed class Watch(Watchers watchers, IncarnationId id, object? owner, Action changed) : IDisposable
    {
        public IncarnationId Id => id;

        public object? Owner => owner;

        public Action Changed => changed;

        public void Dispose() => watchers.Remove(this);
    }
}
