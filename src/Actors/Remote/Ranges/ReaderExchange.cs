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

    // What closes the handles of other members here, once they are gone.
    private readonly ConcurrentDictionary<(string Member, HandleId Handle), (IActorRef Entities, object Close)> _closes = new();

    /// <inheritdoc/>
    public void Told(string member, object message)
    {
        if (HandleClosedBy(message) is not { } handle)
            return;
        server.Remove(member, handle);
        _closes.TryRemove((member, handle), out _);
    }

    /// <inheritdoc/>
    public object Leaving(IActorRef entities, string self, string member, object request, object answer, ShardLease lease)
    {
        if (ReaderIn(answer) is not { } reader || HandleOpenedBy(request) is not { } opened)
            return answer;
        _closes[(member, opened.Handle)] = (entities, opened.Close);
        var state = ReaderState.Of(reader);
        return new OpenedElsewhere(self, server.Add(new ServedReader(member, opened.Handle, reader, lease)), state);
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
        foreach (var served in server.RemoveAll(served => served.Lease == lease))
            _closes.TryRemove((served.Member, served.Handle), out _);
    }

    /// <inheritdoc/>
    public void MembersAre(IReadOnlyCollection<string> members)
    {
        foreach (var (key, (entities, close)) in _closes)
        {
            if (members.Contains(key.Member) || !_closes.TryRemove(key, out _))
                continue;
            server.Remove(key.Member, key.Handle);
            entities.Tell(close, ActorRefs.NoSender);
        }
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
}
