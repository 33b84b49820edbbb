using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>
/// Content that was read, so that opening a partition does not read the file again. Holds up to a budget of bytes, the
/// least recently used goes first; one content is held however large it is. Safe for several threads.
/// </summary>
internal sealed class ContentCache(long budget)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StreamId, LinkedListNode<(StreamId Stream, SimulatedContent Content)>> _byStream = [];
    private readonly LinkedList<(StreamId Stream, SimulatedContent Content)> _latestFirst = new();
    private long _size;

    public SimulatedContent? Find(StreamId stream)
    {
        lock (_gate)
        {
            if (!_byStream.TryGetValue(stream, out var node))
                return null;
            _latestFirst.Remove(node);
            _latestFirst.AddFirst(node);
            return node.Value.Content;
        }
    }

    public void Put(StreamId stream, SimulatedContent content)
    {
        lock (_gate)
        {
            Take(stream);
            _byStream[stream] = _latestFirst.AddFirst((stream, content));
            _size += content.Size;
            while (_size > budget && _latestFirst.Count > 1)
                Take(_latestFirst.Last!.Value.Stream);
        }
    }

    public void Remove(StreamId stream)
    {
        lock (_gate)
            Take(stream);
    }

    private void Take(StreamId stream)
    {
        if (!_byStream.Remove(stream, out var node))
            return;
        _latestFirst.Remove(node);
        _size -= node.Value.Content.Size;
    }
}
