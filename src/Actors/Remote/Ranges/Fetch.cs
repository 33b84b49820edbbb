using StreamActors.Messages;

namespace StreamActors.Remote;

/// <summary>Bytes of a view that are on their way, and who waits for them. Safe for several threads.</summary>
internal sealed class Fetch(long begin, long end, CancellationTokenSource cancellation)
{
    private readonly Lock _gate = new();
    private List<(long Position, TaskCompletionSource<bool> Wait)> _waits = [];
    private long _reached = begin;
    private bool _isEnded;

    public long Begin { get; } = begin;

    /// <summary>The first byte behind it.</summary>
    public long Limit { get; } = end;

    /// <summary>What ends it before its time.</summary>
    public CancellationToken Cancellation => cancellation.Token;

    /// <summary>Whether nothing more comes.</summary>
    public bool IsEnded => Volatile.Read(ref _isEnded);

    /// <summary>Why it has ended, where that was before its bytes were there.</summary>
    public Fault Fault { get; private set; }

    /// <summary>What its host told before the bytes; null where it has not.</summary>
    public ReaderState? Told { get; set; }

    /// <summary>Whether a byte is on its way.</summary>
    public bool Covers(long position)
    {
        lock (_gate)
            return !_isEnded && position >= Begin && position < Limit;
    }

    /// <summary>Waits until a byte is kept, or all has come that comes.</summary>
    /// <param name="position">The byte's position.</param>
    /// <param name="token">Ends the wait; where nobody else waits it ends the fetch, too.</param>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async Task WaitAsync(long position, CancellationToken token)
    {
        // Who waits goes on where the bytes arrive: it copies some, and answers.
        var wait = new TaskCompletionSource<bool>();
        lock (_gate)
        {
            if (_isEnded || position < _reached)
                return;
            _waits.Add((position, wait));
        }
        using (token.UnsafeRegister(_ => Cancel(wait), null))
            if (!await wait.Task.ConfigureAwait(false))
                throw new OperationCanceledException(token);
    }

    /// <summary>The bytes before a position are kept.</summary>
    public void Reached(long position)
    {
        List<TaskCompletionSource<bool>>? reached = null;
        lock (_gate)
        {
            _reached = position;
            for (var i = _waits.Count - 1; i >= 0; i--)
            {
                if (_waits[i].Position >= position)
                    continue;
                (reached ??= []).Add(_waits[i].Wait);
                _waits.RemoveAt(i);
            }
        }
        foreach (var wait in reached ?? [])
            wait.TrySetResult(true);
    }

    /// <summary>Nothing more comes.</summary>
    public void End(Fault fault)
    {
        List<(long Position, TaskCompletionSource<bool> Wait)> waits;
        lock (_gate)
        {
            (Fault, waits) = (fault, _waits);
            _waits = [];
            Volatile.Write(ref _isEnded, true);
        }
        foreach (var (_, wait) in waits)
            wait.TrySetResult(true);
        cancellation.Dispose();
    }

    /// <summary>Ends it, as far as nobody waits for it.</summary>
    public void CancelUnlessAwaited()
    {
        lock (_gate)
            if (_isEnded || _waits.Count > 0)
                return;
        Cancel();
    }

    private void Cancel(TaskCompletionSource<bool> wait)
    {
        bool isLast;
        lock (_gate)
        {
            _waits.RemoveAll(waiting => waiting.Wait == wait);
            isLast = !_isEnded && _waits.Count == 0;
        }
        wait.TrySetResult(false);
        if (isLast)
            Cancel();
    }

    private void Cancel()
    {
        try
        {
            cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended meanwhile.
        }
    }
}
