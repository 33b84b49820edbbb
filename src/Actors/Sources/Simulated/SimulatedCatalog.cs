using StreamActors.Messages;
using StreamActors.Messages.Simulated;

namespace StreamActors.Sources.Simulated;

/// <summary>
/// The table of the files that were looked up as streams: which incarnation, or ordinary file, each is. It only
/// remembers; <see cref="SimulatedSource"/> reads and decides. Safe for several threads.
/// </summary>
/// <param name="maxEntries">Files that are remembered; the least recently looked up is forgotten first.</param>
internal sealed class SimulatedCatalog(int maxEntries)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<FileIdentity, LinkedListNode<CatalogEntry>> _byIdentity = [];
    private readonly Dictionary<string, FileIdentity> _byPath = [];
    private readonly Dictionary<StreamId, FileIdentity> _byStream = [];
    private readonly LinkedList<CatalogEntry> _latestFirst = new();
    private long _lastStream;

    /// <summary>An id that no stream had before.</summary>
    public StreamId NewStream() => new(string.Create(null, $"{Interlocked.Increment(ref _lastStream)}"));

    /// <summary>What is known of a file in just this version.</summary>
    public CatalogEntry? FindKnown(FileVersion version)
    {
        lock (_gate)
            return Touch(new FileIdentity(version)) is { IsTrusted: true } entry && entry.Version == version ? entry : null;
    }

    /// <summary>What is known of a file in any version.</summary>
    public CatalogEntry? Find(FileVersion version)
    {
        lock (_gate)
            return Touch(new FileIdentity(version));
    }

    /// <summary>What was last known at a place.</summary>
    public CatalogEntry? Find(string path)
    {
        lock (_gate)
            return _byPath.TryGetValue(path, out var identity) ? Touch(identity) : null;
    }

    /// <summary>The file of a stream.</summary>
    public CatalogEntry? Find(StreamId stream)
    {
        lock (_gate)
            return _byStream.TryGetValue(stream, out var identity) ? Touch(identity) : null;
    }

    /// <summary>Remembers an entry, in place of what was known of its file and of its stream.</summary>
    public void Put(CatalogEntry entry)
    {
        lock (_gate)
        {
            if (entry.Stream is { } stream && _byStream.TryGetValue(stream.Id, out var former))
                Drop(former);
            Store(entry);
            while (_byIdentity.Count > maxEntries)
                Drop(new FileIdentity(_latestFirst.Last!.Value.Version));
        }
    }

    /// <summary>Forgets a stream and its file.</summary>
    public void Remove(StreamId stream)
    {
        lock (_gate)
            if (_byStream.TryGetValue(stream, out var identity))
                Drop(identity);
    }

    private CatalogEntry? Touch(FileIdentity identity)
    {
        if (!_byIdentity.TryGetValue(identity, out var node))
            return null;
        _latestFirst.Remove(node);
        _latestFirst.AddFirst(node);
        return node.Value;
    }

    private void Store(CatalogEntry entry)
    {
        var identity = new FileIdentity(entry.Version);
        Drop(identity);
        _byIdentity[identity] = _latestFirst.AddFirst(entry);
        _byPath[entry.Path] = identity;
        if (entry.Stream is { } stream)
            _byStream[stream.Id] = identity;
    }

    private void Drop(FileIdentity identity)
    {
        if (!_byIdentity.Remove(identity, out var node))
            return;
        var entry = node.Value;
        _latestFirst.Remove(node);
        // Another file may have the place by now.
        if (_byPath.TryGetValue(entry.Path, out var there) && there == identity)
            _byPath.Remove(entry.Path);
        if (entry.Stream is { } stream)
            _byStream.Remove(stream.Id);
    }
}
