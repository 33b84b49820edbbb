using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>A partition: the shell of <see cref="PartitionCore{TAsker}"/>.</summary>
public sealed class PartitionActor : EntityActor<PartitionRequest, PartitionEffect<IActorRef>>, IWithTimers
{
    private readonly PartitionId _id;
    private readonly IStreamSource _source;
    private readonly EntitySettings _settings;
    private readonly PartitionCore<IActorRef> _core;
    private IPartitionSource? _partition;
    private CancellationTokenRegistration _watch;

    /// <summary>Makes the entity.</summary>
    /// <param name="id">Which it is.</param>
    /// <param name="source">Where its messages come from.</param>
    /// <param name="settings">The bounds.</param>
    public PartitionActor(PartitionId id, IStreamSource source, EntitySettings settings)
    {
        (_id, _source, _settings) = (id, source, settings);
        _core = new PartitionCore<IActorRef>(settings, BlockingWork.NewEpoch());
        Receive<SourceOpened>(Opened);
        Receive<ReaderOpened>(opened => Run(_core.ReaderOpened(opened.Epoch, opened.Handle, opened.Outcome)));
        Receive<ReleaseDue>(_ => Run(_core.ReleaseDue()));
        Receive<PartitionDeleted>(_ => Run(_core.Deleted()));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override TimeSpan PassivateAfter => _settings.PassivateAfter;

    /// <inheritdoc/>
    protected override IReadOnlyList<PartitionEffect<IActorRef>> Handle(PartitionRequest request, IActorRef asker) => _core.Handle(request, asker);

    /// <inheritdoc/>
    protected override IReadOnlyList<PartitionEffect<IActorRef>> Idle() => _core.Idle();

    /// <inheritdoc/>
    protected override IReadOnlyList<PartitionEffect<IActorRef>> Stop(Failure failure)
    {
        _watch.Unregister();
        return _core.Stop(failure);
    }

    /// <inheritdoc/>
    protected override void Run(PartitionEffect<IActorRef> effect)
    {
        switch (effect)
        {
            case PartitionEffect<IActorRef>.Reply reply:
                reply.To.Tell(reply.Message, Self);
                break;
            case PartitionEffect<IActorRef>.OpenSource open:
                Context.System.Dispatcher.Run(() => _source.OpenPartition(_id))
                    .PipeTo(Self, Self, outcome => new SourceOpened(open.Epoch, outcome));
                break;
            case PartitionEffect<IActorRef>.OpenReader open:
                var partition = _partition!;
                Context.System.Dispatcher.Run(partition.OpenReader)
                    .PipeTo(Self, Self, outcome => new ReaderOpened(open.Epoch, open.Handle, outcome));
                break;
            case PartitionEffect<IActorRef>.SetTimer timer:
                Timers.StartSingleTimer(nameof(ReleaseDue), ReleaseDue.Instance, timer.Due);
                break;
            case PartitionEffect<IActorRef>.CancelTimer:
                Timers.Cancel(nameof(ReleaseDue));
                break;
            case PartitionEffect<IActorRef>.DisposeReader dispose:
                dispose.Reader.Dispose();
                break;
            case PartitionEffect<IActorRef>.Passivate:
                Passivate();
                break;
            default:
                throw new InvalidOperationException($"a partition can't run the effect {effect}");
        }
    }

    private void Opened(SourceOpened opened)
    {
        if (opened.Outcome.Value is { } partition)
        {
            _partition = partition;
            var self = Self;
            _watch.Unregister();
            _watch = partition.Deleted.UnsafeRegister(_ => self.Tell(PartitionDeleted.Instance, self), null);
        }
        Run(_core.SourceOpened(opened.Epoch, opened.Outcome));
    }

    private sealed record SourceOpened(long Epoch, Result<IPartitionSource> Outcome);

    private sealed record ReaderOpened(long Epoch, HandleId Handle, Result<IPartitionReader> Outcome);

    private sealed class ReleaseDue
    {
        public static readonly ReleaseDue Instance = new();
    }

    private sealed class PartitionDeleted
    {
        public static readonly PartitionDeleted Instance = new();
    }
}
