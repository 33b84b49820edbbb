using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>A stream: the shell of <see cref="StreamCore{TAsker}"/>.</summary>
public sealed class StreamActor : EntityActor<StreamRequest, StreamEffect<IActorRef>>
{
    private readonly StreamId _id;
    private readonly IStreamSource _source;
    private readonly EntitySettings _settings;
    private readonly StreamCore<IActorRef> _core;

    /// <summary>Makes the entity.</summary>
    /// <param name="id">Which it is.</param>
    /// <param name="source">Where its messages come from.</param>
    /// <param name="settings">The bounds.</param>
    public StreamActor(StreamId id, IStreamSource source, EntitySettings settings)
    {
        (_id, _source, _settings) = (id, source, settings);
        _core = new StreamCore<IActorRef>(settings, BlockingWork.NewEpoch());
        Receive<SourceOpened>(opened => Run(_core.SourceOpened(opened.Epoch, opened.Outcome)));
        Receive<DeleteEnded>(ended => Run(_core.DeleteEnded(ended.Epoch, ended.Failure)));
    }

    /// <inheritdoc/>
    protected override TimeSpan PassivateAfter => _settings.PassivateAfter;

    /// <inheritdoc/>
    protected override IReadOnlyList<StreamEffect<IActorRef>> Handle(StreamRequest request, IActorRef asker) => _core.Handle(request, asker);

    /// <inheritdoc/>
    protected override IReadOnlyList<StreamEffect<IActorRef>> Idle() => _core.Idle();

    /// <inheritdoc/>
    protected override IReadOnlyList<StreamEffect<IActorRef>> Stop(Failure failure)
    {
        _source.GiveBack(_id);
        return _core.Stop(failure);
    }

    /// <inheritdoc/>
    protected override void Run(StreamEffect<IActorRef> effect)
    {
        switch (effect)
        {
            case StreamEffect<IActorRef>.Reply reply:
                reply.To.Tell(reply.Message, Self);
                break;
            case StreamEffect<IActorRef>.OpenSource open:
                Context.System.Dispatcher.Run(() => _source.OpenStream(_id))
                    .PipeTo(Self, Self, outcome => new SourceOpened(open.Epoch, outcome));
                break;
            case StreamEffect<IActorRef>.Delete delete:
                Context.System.Dispatcher.Run(() => delete.Topic is { } topic ? _source.DeleteTopic(topic) : _source.DeleteStream(_id))
                    .PipeTo(Self, Self, failure => new DeleteEnded(delete.Epoch, failure));
                break;
            case StreamEffect<IActorRef>.Passivate:
                Passivate();
                break;
            default:
                throw new InvalidOperationException($"a stream can't run the effect {effect}");
        }
    }

    private sealed record SourceOpened(long Epoch, Result<StreamTopics> Outcome);

    private sealed record DeleteEnded(long Epoch, Failure? Failure);
}
