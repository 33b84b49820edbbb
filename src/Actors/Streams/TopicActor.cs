using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>A topic: the shell of <see cref="TopicCore{TAsker}"/>.</summary>
public sealed class TopicActor : EntityActor<TopicRequest, TopicEffect<IActorRef>>
{
    private readonly TopicId _id;
    private readonly IStreamSource _source;
    private readonly EntitySettings _settings;
    private readonly TopicCore<IActorRef> _core;

    /// <summary>Makes the entity.</summary>
    /// <param name="id">Which it is.</param>
    /// <param name="source">Where its messages come from.</param>
    /// <param name="settings">The bounds.</param>
    public TopicActor(TopicId id, IStreamSource source, EntitySettings settings)
    {
        (_id, _source, _settings) = (id, source, settings);
        _core = new TopicCore<IActorRef>(settings, BlockingWork.NewEpoch());
        Receive<SourceOpened>(opened => Run(_core.SourceOpened(opened.Epoch, opened.Outcome)));
    }

    /// <inheritdoc/>
    protected override TimeSpan PassivateAfter => _settings.PassivateAfter;

    /// <inheritdoc/>
    protected override IReadOnlyList<TopicEffect<IActorRef>> Handle(TopicRequest request, IActorRef asker) => _core.Handle(request, asker);

    /// <inheritdoc/>
    protected override IReadOnlyList<TopicEffect<IActorRef>> Idle() => _core.Idle();

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
            case TopicEffect<IActorRef>.Passivate:
                Passivate();
                break;
            default:
                throw new InvalidOperationException($"a topic can't run the effect {effect}");
        }
    }

    private sealed record SourceOpened(long Epoch, Result<TopicPartitions> Outcome);
}
