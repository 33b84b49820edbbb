using System.Globalization;
using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>
/// The handles of this host's readers that read all partitions of a topic as one, wherever those lie: a child for each. The order of
/// what is merged is here then, and no host that has a partition takes it along when it dies.
/// </summary>
public sealed class MergedTopics : ReceiveActor
{
    private readonly Dictionary<HandleId, IActorRef> _handles = [];
    private readonly IActorRef _topics;
    private readonly IActorRef _partitions;
    private readonly EntitySettings _settings;
    private readonly Guid _owner;
    private long _lastHandle;

    /// <summary>Makes the actor.</summary>
    /// <param name="topics">Takes every <see cref="TopicRequest"/>.</param>
    /// <param name="partitions">Takes every <see cref="PartitionRequest"/>.</param>
    /// <param name="settings">The bounds: of handles those of an entity.</param>
    public MergedTopics(IActorRef topics, IActorRef partitions, EntitySettings settings)
    {
        (_topics, _partitions, _settings) = (topics, partitions, settings);
        _owner = Context.System.NewGuid();
        Receive<TopicRequest.OpenMerged>(Open);
        Receive<TopicRequest.Wait>(wait => Tell(wait.Handle, wait, new Failure(Fault.UnknownHandle, $"there is no handle {wait.Handle}")));
        Receive<TopicRequest.CancelWait>(cancel => Tell(cancel.Handle, cancel, null));
        Receive<TopicRequest.Close>(close => Tell(close.Handle, close, null));
        Receive<Gone>(gone => _handles.Remove(gone.Handle));
        Receive<TopicRequest>(request => _topics.Forward(request));
    }

    /// <summary>An id of a handle of a partition that no other has; any thread may ask.</summary>
    private HandleId NewHandle() => new(_owner, Interlocked.Increment(ref _lastHandle));

    private void Open(TopicRequest.OpenMerged open)
    {
        if (!_handles.TryGetValue(open.Handle, out var handle))
        {
            if (_handles.Count >= _settings.MaxHandles)
            {
                Sender.Tell(new Failure(Fault.TooManyHandles, $"{_settings.MaxHandles} handles are open"));
                return;
            }
            var (topics, partitions, settings) = (_topics, _partitions, _settings);
            handle = Context.ActorOf(
                Props.Create(() => new MergedHandle(topics, partitions, settings, NewHandle)),
                string.Create(CultureInfo.InvariantCulture, $"{open.Handle.Owner:n}-{open.Handle.Number}"));
            _handles.Add(open.Handle, handle);
            Context.WatchWith(handle, new Gone(open.Handle));
        }
        handle.Forward(open);
    }

    private void Tell(HandleId handle, TopicRequest request, Failure? unknown)
    {
        if (_handles.TryGetValue(handle, out var known))
            known.Forward(request);
        else if (unknown is not null)
            Sender.Tell(unknown);
    }

    private sealed record Gone(HandleId Handle);
}
