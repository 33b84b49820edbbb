namespace StreamActors.Etcd;

/// <summary>Runs steps one at a time, in the order in which they are given, on the thread of whoever finds nobody running them.</summary>
public sealed class Steps
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _steps = [];

    // Until it is begun, steps wait.
    private bool _isRunning = true;

    /// <summary>Runs what was given, and from now on what is given.</summary>
    public void Begin() => Drain();

    /// <summary>Runs a step, now or when those before it are done.</summary>
    /// <param name="step">The step.</param>
    public void Run(Action step)
    {
        lock (_gate)
        {
            _steps.Enqueue(step);
            if (_isRunning)
                return;
            _isRunning = true;
        }
        Drain();
    }

    private void Drain()
    {
        while (Next() is { } step)
            step();
    }

    private Action? Next()
    {
        lock (_gate)
        {
            _isRunning = _steps.TryDequeue(out var step);
            return step;
        }
    }
}
