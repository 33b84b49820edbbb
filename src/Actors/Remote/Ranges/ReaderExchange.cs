using System.Collections.Concurrent;
using StreamActors.Cluster;
using StreamActors.Messages;
using StreamActors.Runtime;

namespace StreamActors.Remote;

/// <summary>
/// Exchanges readers for their numbers where they leave the host, and numbers for readers of another host's bytes where
/// they arrive. One for each volume.
/// </summary>
/// <param name="volume">Tells the volume's partitions from those of others of this host.</param>
/// <param name="server">Serves the readers of this host.</param>
/// <param name="client">Asks other hosts.</param>
/// <param name="cache">What is kept of other hosts' bytes.</param>
/// <param name="settings">The bounds.</param>
/// <param name="clock">What time it is.</param>
public sealed class ReaderExchange(
    string volume, ReaderServer server, IPeerByteClient client, RangeCache cache, RemoteReadSettings settings, TimeProvider clock) : IPeerExchange
{
    // The readers of this host's own handles that lie elsewhere, to be told of growth.
    private readonly ConcurrentDictionary<HandleId, RemoteReader> _readers = new();

    // How many closed handles are known, so that no late open opens one of them: as many as are closed while an open is on its way.
    private const int MaxClosed = 1 << 14;

    private readonly Lock _gate = new();

    // The handles of other members, from when their open arrives, with what closes them here once the member is gone.
    private readonly Dictionary<(string Member, HandleId Handle), Opened> _opened = [];
    private readonly HashSet<(string Member, HandleId Handle)> _closed = [];
    private readonly Queue<(string Member, HandleId Handle)> _closedInOrder = new();
    private IReadOnlyCollection<string>? _members;

    /// <inheritdoc/>
    public object? Arriving(IActorRef entities, string member, object message, ShardLease lease)
    {
        if (HandleClosedBy(message) is { } closed)
        {
            lock (_gate)
            {
                _opened.Remove((member, closed));
                Remember((member, closed));
                server.Remove(member, closed);
            }
        }
        else if (HandleOpenedBy(message) is { } opened)
        {
            lock (_gate)
            {
                if (_closed.Contains((member, opened.Handle)))
                    return Closed;
                _opened[(member, opened.Handle)] = new Opened(entities, opened.Close, lease);
            }
        }
        return null;
    }

    /// <inheritdoc/>
    public object Leaving(string self, string member, object request, object answer, ShardLease lease)
    {
        if (ReaderIn(answer) is not { } reader || HandleOpenedBy(request) is not { } opened)
            return answer;
        var state = ReaderState.Of(reader);
        lock (_gate)
        {
            // It was closed, or its member is gone, while it was opened: its entity is told of that, too.
            return _opened.ContainsKey((member, opened.Handle))
                ? new OpenedElsewhere(self, server.Add(new ServedReader(member, opened.Handle, reader, lease)), state)
                : Closed;
        }
    }

    /// <inheritdoc/>
    public object Arrived(object request, object answer)
    {
        switch (answer)
        {
            case OpenedElsewhere elsewhere when HandleOpenedBy(request) is { } opened:
                var reader = new RemoteReader(elsewhere, cache.Enter(KeyOf(request)), client, settings, clock, Disposed(opened.Handle));
                _readers[opened.Handle] = reader;
                return request is TopicRequest ? new TopicReply.Opened(reader) : new PartitionReply.Opened(reader);
            case PartitionReply.Grown grown when HandleWaitingIn(request) is { } waiting && _readers.TryGetValue(waiting, out var known):
                known.Learn(grown.End);
                return answer;
            default:
                return answer;
        }
    }

    /// <inheritdoc/>
    public void Lost(ShardLease lease)
    {
        lock (_gate)
        {
            foreach (var (key, _) in _opened.Where(opened => opened.Value.Lease == lease).ToArray())
                _opened.Remove(key);
            server.RemoveAll(served => served.Lease == lease);
        }
    }

    /// <inheritdoc/>
    public void MembersAre(IReadOnlyCollection<string> members)
    {
        lock (_gate)
            _members = members;
        Sweep();
    }

    /// <inheritdoc/>
    public void Sweep()
    {
        lock (_gate)
        {
            if (_members is not { } members)
                return;
            foreach (var (key, opened) in _opened.Where(opened => !members.Contains(opened.Key.Member)).ToArray())
            {
                _opened.Remove(key);
                server.Remove(key.Member, key.Handle);
                opened.Entities.Tell(opened.Close, ActorRefs.NoSender);
            }
        }
    }

    private static Failure Closed => new(Fault.Cancelled, "the handle was closed");

    private void Remember((string Member, HandleId Handle) closed)
    {
        if (!_closed.Add(closed))
            return;
        _closedInOrder.Enqueue(closed);
        if (_closedInOrder.Count > MaxClosed)
            _closed.Remove(_closedInOrder.Dequeue());
    }

    private Action<RemoteReader> Disposed(HandleId handle) => reader => _readers.TryRemove(KeyValuePair.Create(handle, reader));

    /// <summary>The bytes of a view are the same for all; those from a cursor on, and those of all partitions as one, are each handle's own.</summary>
    private object KeyOf(object request) => request is PartitionRequest.Open open ? (volume, open.Partition, open.View) : new object();

    private static IPartitionReader? ReaderIn(object answer) => answer switch
    {
        PartitionReply.Opened opened => opened.Reader,
        TopicReply.Opened opened => opened.Reader,
        _ => null,
    };

    private static (HandleId Handle, object Close)? HandleOpenedBy(object request) => request switch
    {
        PartitionRequest.Open open => (open.Handle, new PartitionRequest.Close(open.Partition, open.Handle)),
        PartitionRequest.OpenCursor open => (open.Handle, new PartitionRequest.Close(open.Partition, open.Handle)),
        TopicRequest.OpenMerged open => (open.Handle, new TopicRequest.Close(open.Topic, open.Handle)),
        _ => null,
    };

    private static HandleId? HandleClosedBy(object message) => message switch
    {
        PartitionRequest.Close close => close.Handle,
        TopicRequest.Close close => close.Handle,
        _ => null,
    };

    private static HandleId? HandleWaitingIn(object request) => request switch
    {
        PartitionRequest.Wait wait => wait.Handle,
        TopicRequest.Wait wait => wait.Handle,
        _ => null,
    };

    private sealed record Opened(IActorRef Entities, object Close, ShardLease Lease);
}
