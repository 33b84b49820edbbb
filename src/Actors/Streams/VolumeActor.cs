using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>A volume's streams by name: the shell of <see cref="VolumeCore{TAsker}"/>. One for each volume.</summary>
public sealed class VolumeActor : ReceiveActor
{
    private readonly IStreamVolume _volume;
    private readonly VolumeCore<IActorRef> _core;

    /// <summary>Makes the actor.</summary>
    /// <param name="volume">The names.</param>
    /// <param name="settings">The bounds.</param>
    public VolumeActor(IStreamVolume volume, EntitySettings settings)
    {
        _volume = volume;
        _core = new VolumeCore<IActorRef>(volume, settings, BlockingWork.NewEpoch());
        Receive<VolumeRequest>(request => Run(_core.Handle(request, Sender)));
        Receive<Refreshed>(refreshed => Run(_core.Refreshed(refreshed.Epoch, refreshed.Ticket, refreshed.Failure)));
        Receive<Ended>(ended => Run(_core.Ended(ended.Epoch, ended.Ticket, ended.Outcome)));
    }

    /// <inheritdoc/>
    protected override void PostStop() => Run(_core.Stop(new Failure(Fault.Crashed, "the volume was stopped")));

    private void Run(IReadOnlyList<VolumeEffect<IActorRef>> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case VolumeEffect<IActorRef>.Reply reply:
                    reply.To.Tell(reply.Message, Self);
                    break;
                case VolumeEffect<IActorRef>.Refresh refresh:
                    Context.System.Dispatcher.Run(_volume.Refresh)
                        .PipeTo(Self, Self, failure => new Refreshed(refresh.Epoch, refresh.Ticket, failure));
                    break;
                case VolumeEffect<IActorRef>.Create create:
                    Context.System.Dispatcher.Run(() => _volume.CreateStream(create.Name)).PipeTo(
                        Self, Self,
                        made => new Ended(create.Epoch, create.Ticket, made.Value is { } entry ? new VolumeReply.Found(entry) : made.Failure!));
                    break;
                case VolumeEffect<IActorRef>.Rename rename:
                    Context.System.Dispatcher.Run(() => _volume.RenameStream(rename.Stream, rename.Name)).PipeTo(
                        Self, Self, failure => new Ended(rename.Epoch, rename.Ticket, failure ?? (object)new VolumeReply.Done()));
                    break;
                default:
                    throw new InvalidOperationException($"a volume can't run the effect {effect}");
            }
        }
    }

    private sealed record Refreshed(long Epoch, long Ticket, Failure? Failure);

    private sealed record Ended(long Epoch, long Ticket, object Outcome);
}
