namespace StreamActors.Cluster.Tests;

/// <summary>Runs steps one at a time, in the order in which they are given, never one within another.</summary>
internal sealed class StepQueue
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _steps = [];

    // Until it is begun, steps wait.
    private bool _isRunning = true;

    public void Begin() => Drain();

    public void Run(Action step)
    {
        lock (_gate)
        {
            _steps.Enqueue(step);
            if (_isRunning) return;
            _isRunning = true;
        }
        Drain();
    }

    private void Drain()
    {
        while (true)
        {
            Action step;
            lock (_gate)
            {
                if (!_steps.TryDequeue(out step!))
                {
                    _isRunning = false;
                    return;
                }
            }
            step();
        }
    }
}
