using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>A topic: the shell of <see cref="TopicCore{TAsker}"/>.</summary>
public sealed class TopicActor : EntityActor<TopicRequest, TopicEffect<IActorRef>>
{
    private readonly TopicId _id;
    private readonly IStreamSource _source;
    private readonly IActorRef _partitions;
    private readonly EntitySettings _settings;
    private readonly long _epoch = BlockingWork.NewEpoch();
    private readonly TopicCore<IActorRef> _core;
    private readonly ChangeSignal _signal;
    private ISourceTopic? _topic;

    /// <summary>Makes the entity.</summary>
    /// <param name="id">Which it is.</param>
    /// <param name="source">Where its messages come from.</param>
    /// <param name="partitions">Takes every <see cref="PartitionRequest"/>.</param>
    /// <param name="settings">The bounds.</param>
    public TopicActor(TopicId id, IStreamSource source, IActorRef partitions, EntitySettings settings)
    {
        (_id, _source, _partitions, _settings) = (id, source, partitions, settings);
        _core = new TopicCore<IActorRef>(settings, _epoch);
        _signal = new ChangeSignal(Self);
        Receive<SourceOpened>(opened =>
        {
            if (opened.Epoch == _epoch)
                _topic = opened.Outcome.Value;
            Run(_core.SourceOpened(opened.Epoch, opened.Outcome));
        });
        Receive<Refreshed>(refreshed => Run(_core.Refreshed(refreshed.Epoch, refreshed.Ticket, refreshed.Failure)));
        Receive<Ended>(ended => Run(_core.Ended(ended.Epoch, ended.Ticket, ended.Outcome)));
        Receive<PartitionAnswered>(answered => Run(_core.PartitionAnswered(answered.Epoch, answered.Ticket, answered.Part, answered.Outcome)));
        Receive<ReaderOpened>(opened => Run(_core.ReaderOpened(opened.Epoch, opened.Handle, opened.Outcome)));
        Receive<ChangeSignal>(signal =>
        {
            signal.Taken();
            Run(_core.Changed());
        });
    }

    /// <inheritdoc/>
    protected override TimeSpan PassivateAfter => _settings.PassivateAfter;

    /// <inheritdoc/>
    protected override IReadOnlyList<TopicEffect<IActorRef>> Handle(TopicRequest request, IActorRef asker) => _core.Handle(request, asker);

    /// <inheritdoc/>
    protected override IReadOnlyList<TopicEffect<IActorRef>> Idle() => _core.Idle();

    /// <inheritdoc/>
    protected override IReadOnlyList<TopicEffect<IActorRef>> HandOver() => _core.HandOver();

    /// <inheritdoc/>
    protected override IReadOnlyList<TopicEffect<IActorRef>> Stop(Failure failure) => _core.Stop(failure);

    /// <inheritdoc/>
    protected override void Run(TopicEffect<IActorRef> effect)
    {
        switch (effect)
        {
            case TopicEffect<IActorRef>.Reply reply:
                reply.To.Tell(reply.Message, Self);
                break;
            case TopicEffect<IActorRef>.OpenSource open:
                Context.System.Dispatcher.Run(() => _source.OpenTopic(_id))
                    .PipeTo(Self, Self, outcome => new SourceOpened(open.Epoch, outcome));
                break;
            case TopicEffect<IActorRef>.Refresh refresh:
                var told = _topic!;
                Context.System.Dispatcher.Run(told.Refresh)
                    .PipeTo(Self, Self, failure => new Refreshed(refresh.Epoch, refresh.Ticket, failure));
                break;
            case TopicEffect<IActorRef>.Ask ask:
                Ask(ask);
                break;
            case TopicEffect<IActorRef>.AskPartition ask:
                _partitions.Ask<object>(ask.Request, _settings.PartitionTimeout).PipeTo(
                    Self, Self,
                    reply => new PartitionAnswered(ask.Epoch, ask.Ticket, ask.Part, reply is Status.Failure failed ? AskFailures.Of(failed.Cause) : reply),
                    cause => new PartitionAnswered(ask.Epoch, ask.Ticket, ask.Part, AskFailures.Of(cause)));
                break;
            case TopicEffect<IActorRef>.OpenMerged open:
                var (topic, changed) = (_topic!, _signal);
                Context.System.Dispatcher.Run(() => topic.OpenMerged(open.Kind, open.Start, changed.Raise))
                    .PipeTo(Self, Self, outcome => new ReaderOpened(open.Epoch, open.Handle, outcome));
                break;
            case TopicEffect<IActorRef>.Discard discard:
                discard.Reader.Dispose();
                break;
            case TopicEffect<IActorRef>.Passivate:
                Passivate();
                break;
            case TopicEffect<IActorRef>.GiveBack back:
                Context.Parent.Tell(back.Request, back.Asker);
                break;
            case TopicEffect<IActorRef>.Stop:
                Context.Stop(Self);
                break;
            default:
                throw new InvalidOperationException($"a topic can't run the effect {effect}");
        }
    }

    private void Ask(TopicEffect<IActorRef>.Ask ask)
    {
        var (topic, dispatcher) = (_topic!, Context.System.Dispatcher);
        switch (ask.Request)
        {
            case TopicRequest.AddPartition add:
                dispatcher.Run(() => topic.AddPartition(add.Index)).PipeTo(Self, Self, outcome => EndOf(ask, outcome));
                break;
            case TopicRequest.ListCursors:
                dispatcher.Run(topic.ListCursors).PipeTo(Self, Self, outcome => EndOf(ask, outcome));
                break;
            case TopicRequest.Sync:
                dispatcher.Run(topic.Sync).PipeTo(
                    Self, Self, failure => new Ended(ask.Epoch, ask.Ticket, failure ?? (object)new TopicReply.Done()));
                break;
            default:
                throw new InvalidOperationException($"a topic does not know the request {ask.Request}");
        }
    }

    private static Ended EndOf<T>(TopicEffect<IActorRef>.Ask ask, Result<T> outcome)
        where T : class => new(ask.Epoch, ask.Ticket, outcome.Value ?? (object)outcome.Failure!);

    private sealed record SourceOpened(long Epoch, Result<ISourceTopic> Outcome);

    private sealed record Refreshed(long Epoch, long Ticket, Failure? Failure);

    private sealed record Ended(long Epoch, long Ticket, object Outcome);

    private sealed record PartitionAnswered(long Epoch, long Ticket, int Part, object Outcome);

    private sealed record ReaderOpened(long Epoch, HandleId Handle, Result<IPartitionReader> Outcome);
}
