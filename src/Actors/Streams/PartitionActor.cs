using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>A partition: the shell of <see cref="PartitionCore{TAsker}"/>.</summary>
public sealed class PartitionActor : EntityActor<PartitionRequest, PartitionEffect<IActorRef>>, IWithTimers
{
    private readonly PartitionId _id;
    private readonly IStreamSource _source;
    private readonly EntitySettings _settings;
    private readonly long _epoch = BlockingWork.NewEpoch();
    private readonly PartitionCore<IActorRef> _core;
    private IPartitionSource? _partition;
    private IDisposable? _watch;

    /// <summary>Makes the entity.</summary>
    /// <param name="id">Which it is.</param>
    /// <param name="source">Where its messages come from.</param>
    /// <param name="settings">The bounds.</param>
    public PartitionActor(PartitionId id, IStreamSource source, EntitySettings settings)
    {
        (_id, _source, _settings) = (id, source, settings);
        _core = new PartitionCore<IActorRef>(settings, _epoch);
        Receive<SourceOpened>(Opened);
        Receive<ReaderOpened>(opened => Run(_core.ReaderOpened(opened.Epoch, opened.Handle, opened.Outcome)));
        Receive<Ended>(ended => Run(_core.Ended(ended.Epoch, ended.Ticket, ended.Outcome)));
        Receive<AppendEnded>(ended => Run(_core.AppendEnded(ended.Epoch, ended.Ticket, ended.Outcome)));
        Receive<ReleaseDue>(_ => Run(_core.ReleaseDue()));
        Receive<HandedOver>(_ => Run(_core.HandedOver()));
        Receive<PatienceIsOver>(over => Run(_core.PatienceIsOver(over.Epoch, over.Ticket)));
        Receive<ChangeSignal>(signal =>
        {
            signal.Taken();
            Run(_core.Changed());
        });
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
    protected override IReadOnlyList<PartitionEffect<IActorRef>> HandOver() => _core.HandOver();

    /// <inheritdoc/>
    protected override IReadOnlyList<PartitionEffect<IActorRef>> Stop(Failure failure)
    {
        _watch?.Dispose();
        _partition?.Dispose();
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
                OpenReader(
                    open.Epoch, open.Handle, partition => open.Writes ? partition.OpenForWriting(open.View) : partition.OpenReader(open.View),
                    _partition!.OpensAtOnce(open.View));
                break;
            case PartitionEffect<IActorRef>.OpenCursor open:
                OpenReader(open.Epoch, open.Handle, partition => partition.OpenCursor(open.Cursor, open.Kind));
                break;
            case PartitionEffect<IActorRef>.Ask { Request: PartitionRequest.Append append } ask:
                Pipe(Called(() => _partition!.Append(append.Batch)), outcome => new AppendEnded(ask.Epoch, ask.Ticket, outcome));
                break;
            case PartitionEffect<IActorRef>.Ask ask:
                Ask(ask.Request, outcome => new Ended(ask.Epoch, ask.Ticket, outcome));
                break;
            case PartitionEffect<IActorRef>.Acknowledge acknowledge:
                Pipe(
                    Called(() => _partition!.Acknowledge(acknowledge.Cursor, acknowledge.Offset)),
                    outcome => new Ended(acknowledge.Epoch, acknowledge.Ticket, outcome));
                break;
            case PartitionEffect<IActorRef>.SetTimer timer:
                Timers.StartSingleTimer(nameof(ReleaseDue), ReleaseDue.Instance, timer.Due);
                break;
            case PartitionEffect<IActorRef>.SetPatience patience:
                var over = new PatienceIsOver(patience.Epoch, patience.Ticket);
                Timers.StartSingleTimer(over, over, patience.Due);
                break;
            case PartitionEffect<IActorRef>.CancelTimer:
                Timers.Cancel(nameof(ReleaseDue));
                break;
            case PartitionEffect<IActorRef>.Discard discard:
                discard.Opened.Dispose();
                break;
            case PartitionEffect<IActorRef>.Passivate:
                Passivate();
                break;
            case PartitionEffect<IActorRef>.GiveBack back:
                Context.Parent.Tell(back.Request, back.Asker);
                break;
            case PartitionEffect<IActorRef>.HandOver:
                Context.System.Dispatcher.Run(_partition!.HandOver).PipeTo(Self, Self, _ => HandedOver.Instance);
                break;
            case PartitionEffect<IActorRef>.Stop:
                Context.Stop(Self);
                break;
            default:
                throw new InvalidOperationException($"a partition can't run the effect {effect}");
        }
    }

    private void Opened(SourceOpened opened)
    {
        if (opened.Epoch == _epoch && opened.Outcome.Value is { } partition)
        {
            _partition = partition;
            _watch = partition.Watch(new ChangeSignal(Self).Raise);
        }
        Run(_core.SourceOpened(opened.Epoch, opened.Outcome));
    }

    private void OpenReader(long epoch, HandleId handle, Func<IPartitionSource, Task<Result<IPartitionReader>>> open, bool opensAtOnce = false)
    {
        var partition = _partition!;
        var opened = opensAtOnce ? Called(() => open(partition)) : Context.System.Dispatcher.Run(() => open(partition));
        opened.PipeTo(
            Self, Self, outcome => new ReaderOpened(epoch, handle, outcome),
            cause => new ReaderOpened(epoch, handle, BlockingWork.FailureOf(cause)));
    }

    private void Ask(PartitionRequest request, Func<object, object> ended)
    {
        var (partition, dispatcher) = (_partition!, Context.System.Dispatcher);
        switch (request)
        {
            // What begins at the oldest message is known without looking for it.
            case PartitionRequest.FindView { Start: null } find:
                Pipe(Called(() => partition.FindView(find.Kind, null)), ended);
                break;
            case PartitionRequest.Stat { View.HasStart: false } stat:
                Pipe(Called(() => partition.Stat(stat.View)), ended);
                break;
            case PartitionRequest.Sync:
                Pipe(Called(partition.Sync), ended);
                break;
            case PartitionRequest.FindView find:
                Pipe(dispatcher.Run(() => partition.FindView(find.Kind, find.Start)), ended);
                break;
            case PartitionRequest.Stat stat:
                Pipe(dispatcher.Run(() => partition.Stat(stat.View)), ended);
                break;
            case PartitionRequest.Describe:
                Pipe(dispatcher.Run(partition.Describe), ended);
                break;
            case PartitionRequest.FindCursor find:
                Pipe(dispatcher.Run(() => partition.FindCursor(find.Cursor)), ended);
                break;
            case PartitionRequest.MoveCursor move:
                Pipe(dispatcher.Run(() => partition.MoveCursor(move.Cursor, move.Place)), ended);
                break;
            case PartitionRequest.CreateCursor create:
                Pipe(dispatcher.Run(() => partition.CreateCursor(create.Cursor)), ended);
                break;
            case PartitionRequest.ForgetCursor forget:
                Pipe(dispatcher.Run(() => partition.ForgetCursor(forget.Cursor)), ended);
                break;
            default:
                throw new InvalidOperationException($"a partition does not know the request {request}");
        }
    }

    /// <summary>Calls what never blocks; what it throws is an outcome like others.</summary>
    private static Task<T> Called<T>(Func<Task<T>> call)
    {
        try
        {
            return call();
        }
        catch (Exception cause)
        {
            return Task.FromException<T>(cause);
        }
    }

    private void Pipe<T>(Task<Result<T>> task, Func<object, object> ended)
        where T : class => task.PipeTo(
            Self, Self, outcome => ended(outcome.Value ?? (object)outcome.Failure!), cause => ended(BlockingWork.FailureOf(cause)));

    private void Pipe(Task<Failure?> task, Func<object, object> ended) => task.PipeTo(
        Self, Self, failure => ended(failure ?? (object)new PartitionReply.Done()), cause => ended(BlockingWork.FailureOf(cause)));

    private sealed record SourceOpened(long Epoch, Result<IPartitionSource> Outcome);

    private sealed record ReaderOpened(long Epoch, HandleId Handle, Result<IPartitionReader> Outcome);

    private sealed record Ended(long Epoch, long Ticket, object Outcome);

    private sealed record AppendEnded(long Epoch, long Ticket, object Outcome);

    private sealed record PatienceIsOver(long Epoch, long Ticket);

    private sealed class HandedOver
    {
        public static readonly HandedOver Instance = new();
    }

    private sealed class ReleaseDue
    {
        public static readonly ReleaseDue Instance = new();
    }
}
