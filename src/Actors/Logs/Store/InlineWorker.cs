namespace StreamActors.Logs;

/// <summary>Runs work on the thread that posts it, for simulations: what is posted from within comes after.</summary>
public sealed class InlineWorker : ILogWorker
{
    private readonly Queue<Action> _queue = new();
    private bool _running;

    /// <inheritdoc/>
    public void Post(Action work)
    {
        _queue.Enqueue(work);
        if (_running)
            return;
        _running = true;
        try
        {
            while (_queue.TryDequeue(out var next))
                next();
        }
        finally
        {
            _running = false;
        }
    }

    /// <summary>Has nothing to do.</summary>
    public void Dispose()
    {
        // There is no thread to end.
    }
}
