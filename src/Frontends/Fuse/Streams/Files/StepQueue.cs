using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>The operations of a handle that are done one after the other, in the order in which they came.</summary>
internal sealed class StepQueue(StreamsContext context)
{
    /// <summary>The most operations that wait; a further one is EAGAIN.</summary>
    public const int MaxWaiting = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<(Call? Parked, Func<Task> Step)> _waiting = new();
    private bool _isBusy;

    /// <summary>Takes the turn, where nobody has it; <see cref="Leave"/> gives it back.</summary>
    /// <returns>False where somebody has it.</returns>
    public bool TryEnter()
    {
        lock (_gate)
            return !_isBusy && (_isBusy = true);
    }

    /// <summary>Gives the turn to who waits for it.</summary>
    public void Leave()
    {
        if (Next() is { } next)
            _ = RunAsync(next.Parked, next.Step);
    }

    /// <summary>Does an operation in its turn.</summary>
    /// <param name="parked">The call that it answers, also where it fails; null for none, which is never refused.</param>
    /// <param name="step">The operation.</param>
    public void Do(Call? parked, Func<Task> step)
    {
        bool isFull;
        lock (_gate)
        {
            isFull = _isBusy && _waiting.Count >= MaxWaiting && parked is not null;
            if (_isBusy && !isFull)
                _waiting.Enqueue((parked, step));
            if (_isBusy && !isFull)
                return;
            _isBusy = true;
        }
        if (isFull)
            context.Refuse(parked!, new Failure(Fault.Overloaded, $"{MaxWaiting} operations wait in one open file"), nameof(StepQueue));
        else
            _ = RunAsync(parked, step);
    }

    private async Task RunAsync(Call? parked, Func<Task> step)
    {
        for ((Call? Parked, Func<Task> Step)? next = (parked, step); next is { } now; next = Next())
        {
            try
            {
                await now.Step().ConfigureAwait(false);
            }
            catch (Exception cause)
            {
                // A fault of ours: its caller gets an error, and those who wait are served.
                var failure = ErrnoTable.FailureOf(cause);
                if (now.Parked is { } call)
                    context.Refuse(call, failure, nameof(StepQueue));
                else
                    context.LogFailure(failure, nameof(StepQueue));
            }
        }
    }

    private (Call? Parked, Func<Task> Step)? Next()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var next))
                return next;
            _isBusy = false;
            return null;
        }
    }
}
