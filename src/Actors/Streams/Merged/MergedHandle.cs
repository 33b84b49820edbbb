using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>One handle that reads all partitions of a topic as one, and who waits at its end.</summary>
internal sealed class MergedHandle : ReceiveActor
{
    private readonly IActorRef _topics;
    private readonly IActorRef _partitions;
    private readonly EntitySettings _settings;
    private readonly Func<HandleId> _newHandle;

    // In the order in which they came.
    private readonly List<(TopicRequest.Wait Wait, IActorRef Asker)> _waiters = [];
    private IActorRef? _opener;
    private MergedReader? _reader;
    private bool _isClosed;

    public MergedHandle(IActorRef topics, IActorRef partitions, EntitySettings settings, Func<HandleId> newHandle)
    {
        (_topics, _partitions, _settings, _newHandle) = (topics, partitions, settings, newHandle);
        Receive<TopicRequest.OpenMerged>(Open);
        Receive<Opened>(opened => Take(opened.Outcome));
        Receive<TopicRequest.Wait>(Wait);
        Receive<TopicRequest.CancelWait>(cancel => Answer(
            waiting => waiting.Waiter == cancel.Waiter ? new Failure(Fault.Cancelled, "the wait was taken back") : null));
        Receive<TopicRequest.Close>(_ => Close());
        Receive<Changed>(changed =>
        {
            Answer(waiting => (object?)changed.Failure ?? ReplyTo(waiting));
            foreach (var untilComplete in _waiters.Select(waiting => waiting.Wait.UntilComplete).Distinct().ToArray())
                Watch(untilComplete);
            // What came before it was watched again.
            Answer(ReplyTo);
        });
    }

    protected override void PostStop()
    {
        _reader?.Dispose();
        var failure = new Failure(Fault.Crashed, "the handle was stopped");
        _opener?.Tell(failure);
        Answer(_ => failure);
    }

    private void Open(TopicRequest.OpenMerged open)
    {
        if (_opener is not null || _reader is not null || _isClosed)
        {
            Sender.Tell(new Failure(Fault.Busy, $"handle {open.Handle} is open, or is being opened"));
            return;
        }
        _opener = Sender;
        MergedOpening.Open(_topics, _partitions, open, _settings, _newHandle, Context.System.TimeProvider).PipeTo(
            Self, Self, outcome => new Opened(outcome), cause => new Opened(AskFailures.Of(cause)));
    }

    private void Take(Result<MergedReader> outcome)
    {
        _reader = outcome.Value;
        var opener = _opener;
        _opener = null;
        if (_reader is not null && !_isClosed)
        {
            opener?.Tell(new TopicReply.Opened(_reader));
            return;
        }
        opener?.Tell(outcome.Failure ?? new Failure(Fault.Cancelled, "the handle was closed"));
        Context.Stop(Self);
    }

    private void Wait(TopicRequest.Wait wait)
    {
        if (_reader is null)
            Sender.Tell(new Failure(Fault.UnknownHandle, $"handle {wait.Handle} is not open"));
        else if (_waiters.Count >= _settings.MaxWaiters)
            Sender.Tell(new Failure(Fault.TooManyWaiters, $"{_settings.MaxWaiters} tail waiters wait"));
        else
        {
            // Watched before it is looked at, so that no growth in between goes unnoticed.
            _waiters.Add((wait, Sender));
            if (ReplyTo(wait) is null)
                Watch(wait.UntilComplete);
            Answer(ReplyTo);
        }
    }

    /// <summary>Closed before it is open, it ends once what was begun has ended.</summary>
    private void Close()
    {
        Answer(_ => new Failure(Fault.Cancelled, "the handle was closed"));
        _isClosed = true;
        if (_opener is null)
            Context.Stop(Self);
    }

    private void Watch(bool untilComplete)
    {
        var self = Self;
        _reader?.Watch(untilComplete, failure => self.Tell(new Changed(failure), ActorRefs.NoSender));
    }

    private object? ReplyTo(TopicRequest.Wait wait)
    {
        // Asked in this order, so that an end that is told together with the bytes before it is the last one.
        var isEnded = _reader!.IsEnded || (wait.UntilComplete && _reader.IsComplete);
        var end = _reader.End;
        if (end > wait.Position || isEnded)
            return new PartitionReply.Grown(end);
        return wait.UntilComplete ? _reader.Stalled : null;
    }

    private void Answer(Func<TopicRequest.Wait, object?> reply) => _waiters.RemoveAll(waiting =>
    {
        if (reply(waiting.Wait) is not { } answer)
            return false;
        waiting.Asker.Tell(answer, Self);
        return true;
    });

    private sealed record Opened(Result<MergedReader> Outcome);

    private sealed record Changed(Failure? Failure);
}
