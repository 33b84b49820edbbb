using System.Collections.Concurrent;

namespace StreamActors.Fuse.Tree;

/// <summary>The open files and directories, by the id that the kernel gives back with each request.</summary>
public sealed class HandleTable
{
    private readonly ConcurrentDictionary<ulong, Handle> _byId = new();
    private ulong _lastId;

    /// <summary>How many are open.</summary>
    public int Count => _byId.Count;

    /// <summary>Registers an open file.</summary>
    /// <param name="handle">The open file.</param>
    /// <returns>Its id, never 0.</returns>
    public ulong Add(Handle handle)
    {
        var id = Interlocked.Increment(ref _lastId);
        _byId[id] = handle;
        return id;
    }

    /// <summary>Finds an open file.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The open file, or null.</returns>
    public Handle? Find(ulong id) => _byId.GetValueOrDefault(id);

    /// <summary>Takes an open file out.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The open file, or null.</returns>
    public Handle? Remove(ulong id) => _byId.TryRemove(id, out var handle) ? handle : null;

    /// <summary>Takes all out and gives back what they hold, at unmount.</summary>
    public void Clear()
    {
        foreach (var id in _byId.Keys)
            Remove(id)?.Abandon();
    }
}
