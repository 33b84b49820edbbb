using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>Reads that are done one after the other, in the order in which they came. Safe for several threads.</summary>
internal sealed class ReadTurns
{
    /// <summary>The most reads that wait.</summary>
    public const int MaxWaiting = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource<Fault>> _waiting = new();
    private bool _isBusy;

    /// <summary>Waits for the turn; <see cref="Leave"/> gives it back.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns><see cref="Fault.None"/>, or why there is no turn.</returns>
    public async ValueTask<Fault> EnterAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<Fault> turn;
        lock (_gate)
        {
            if (!_isBusy)
            {
                _isBusy = true;
                return Fault.None;
            }
            if (_waiting.Count >= MaxWaiting)
                return Fault.Overloaded;
            _waiting.Enqueue(turn = new TaskCompletionSource<Fault>());
        }
        using (cancellation.UnsafeRegister(_ => turn.TrySetResult(Fault.Cancelled), null))
            return await turn.Task.ConfigureAwait(false);
    }

    /// <summary>Gives the turn to who waits for it.</summary>
    public void Leave()
    {
        while (true)
        {
            TaskCompletionSource<Fault>? next;
            lock (_gate)
                if (!_waiting.TryDequeue(out next))
                {
                    _isBusy = false;
                    return;
                }
            if (next.TrySetResult(Fault.None))
                return;
        }
    }
}
