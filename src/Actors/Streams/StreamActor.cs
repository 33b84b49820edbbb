using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>A stream: the shell of <see cref="StreamCore{TAsker}"/>.</summary>
public sealed class StreamActor : EntityActor<StreamRequest, StreamEffect<IActorRef>>
{
    private readonly StreamId _id;
    private readonly IStreamSource _source;
    private readonly EntitySettings _settings;
    private readonly long _epoch = BlockingWork.NewEpoch();
    private readonly StreamCore<IActorRef> _core;
    private ISourceStream? _stream;

    /// <summary>Makes the entity.</summary>
    /// <param name="id">Which it is.</param>
    /// <param name="source">Where its messages come from.</param>
    /// <param name="settings">The bounds.</param>
    public StreamActor(StreamId id, IStreamSource source, EntitySettings settings)
    {
        (_id, _source, _settings) = (id, source, settings);
        _core = new StreamCore<IActorRef>(settings, _epoch);
        Receive<SourceOpened>(opened =>
        {
            if (opened.Epoch == _epoch)
                _stream = opened.Outcome.Value;
            Run(_core.SourceOpened(opened.Epoch, opened.Outcome));
        });
        Receive<Refreshed>(refreshed => Run(_core.Refreshed(refreshed.Epoch, refreshed.Ticket, refreshed.Failure)));
        Receive<ChangeEnded>(ended => Run(_core.ChangeEnded(ended.Epoch, ended.Outcome)));
    }

    /// <inheritdoc/>
    protected override TimeSpan PassivateAfter => _settings.PassivateAfter;

    /// <inheritdoc/>
    protected override IReadOnlyList<StreamEffect<IActorRef>> Handle(StreamRequest request, IActorRef asker) => _core.Handle(request, asker);

    /// <inheritdoc/>
    protected override IReadOnlyList<StreamEffect<IActorRef>> Idle() => _core.Idle();

    /// <inheritdoc/>
    protected override IReadOnlyList<StreamEffect<IActorRef>> HandOver() => _core.HandOver();

    /// <inheritdoc/>
    protected override IReadOnlyList<StreamEffect<IActorRef>> Stop(Failure failure)
    {
        _stream?.Dispose();
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
            case StreamEffect<IActorRef>.Refresh refresh:
                var stream = _stream!;
                Context.System.Dispatcher.Run(() => stream.Refresh(refresh.Name))
                    .PipeTo(Self, Self, failure => new Refreshed(refresh.Epoch, refresh.Ticket, failure));
                break;
            case StreamEffect<IActorRef>.Change change:
                Change(change);
                break;
            case StreamEffect<IActorRef>.Discard discard:
                discard.Source.Dispose();
                break;
            case StreamEffect<IActorRef>.Passivate:
                Passivate();
                break;
            case StreamEffect<IActorRef>.GiveBack back:
                Context.Parent.Tell(back.Request, back.Asker);
                break;
            case StreamEffect<IActorRef>.Stop:
                Context.Stop(Self);
                break;
            default:
                throw new InvalidOperationException($"a stream can't run the effect {effect}");
        }
    }

    private void Change(StreamEffect<IActorRef>.Change change)
    {
        var (stream, dispatcher, epoch) = (_stream!, Context.System.Dispatcher, change.Epoch);
        switch (change.Request)
        {
            case StreamRequest.CreateTopic create:
                dispatcher.Run(() => stream.CreateTopic(create.Name)).PipeTo(
                    Self, Self, made => new ChangeEnded(epoch, made.Value is { } entry ? new StreamReply.Found(entry) : made.Failure!));
                break;
            case StreamRequest.RenameTopic rename:
                Change(epoch, () => stream.RenameTopic(rename.Topic, rename.Target, rename.Name));
                break;
            case StreamRequest.SetFraming set:
                Change(epoch, () => stream.SetFraming(set.Framing));
                break;
            case StreamRequest.DeleteTopic delete:
                Change(epoch, () => stream.DeleteTopic(delete.Topic));
                break;
            case StreamRequest.Delete:
                Change(epoch, stream.Delete);
                break;
            default:
                throw new InvalidOperationException($"a stream does not know the change {change.Request}");
        }
    }

    private void Change(long epoch, Func<Task<Failure?>> change) => Context.System.Dispatcher.Run(change)
        .PipeTo(Self, Self, failure => new ChangeEnded(epoch, failure ?? (object)new StreamReply.Done()));

    private sealed record SourceOpened(long Epoch, Result<ISourceStream> Outcome);

    private sealed record Refreshed(long Epoch, long Ticket, Failure? Failure);

    private sealed record ChangeEnded(long Epoch, object Outcome);
}
