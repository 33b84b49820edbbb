using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Sources;
using StreamActors.Sources.Simulated;

namespace StreamActors.Streams;

/// <summary>Has files resolved to streams: the shell of <see cref="CatalogCore{TAsker}"/>. One for each volume.</summary>
public sealed class CatalogActor : ReceiveActor
{
    private readonly SimulatedSource _source;
    private readonly CatalogCore<IActorRef> _core;

    /// <summary>Makes the actor.</summary>
    /// <param name="source">The table of files.</param>
    /// <param name="settings">The bounds.</param>
    public CatalogActor(SimulatedSource source, EntitySettings settings)
    {
        _source = source;
        _core = new CatalogCore<IActorRef>(settings, BlockingWork.NewEpoch());
        Receive<CatalogRequest.Resolve>(request => Run(_core.Handle(request, Sender)));
        Receive<Resolved>(resolved => Run(_core.Resolved(resolved.Epoch, resolved.File, resolved.Outcome)));
    }

    /// <inheritdoc/>
    protected override void PostStop() => Run(_core.Stop(new Failure(Fault.Crashed, "the catalog was stopped")));

    private void Run(IReadOnlyList<CatalogEffect<IActorRef>> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case CatalogEffect<IActorRef>.Reply reply:
                    reply.To.Tell(reply.Message, Self);
                    break;
                case CatalogEffect<IActorRef>.Resolve resolve:
                    Context.System.Dispatcher.Run(() => _source.Resolve(resolve.File))
                        .PipeTo(Self, Self, outcome => new Resolved(resolve.Epoch, resolve.File, outcome));
                    break;
                default:
                    throw new InvalidOperationException($"the catalog can't run the effect {effect}");
            }
        }
    }

    private sealed record Resolved(long Epoch, ISimulatedFile File, Result<CatalogReply> Outcome);
}
