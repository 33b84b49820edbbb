using StreamActors.Logs.Tests;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>A process on a host. What it has begun goes on only while it lives, and waits while it is frozen.</summary>
internal sealed class Process(int host)
{
    private readonly Queue<Action> _held = new();

    public int Host => host;

    public bool IsAlive { get; private set; } = true;

    public bool IsFrozen { get; private set; }

    /// <summary>Runs a step of it: now, once it thaws, or never.</summary>
    public void Run(Action step)
    {
        if (!IsAlive) return;
        if (IsFrozen)
        {
            _held.Enqueue(step);
            return;
        }
        try
        {
            step();
        }
        catch (SimulatedCrashException) when (!IsAlive)
        {
            // It was killed within a call of the disk.
        }
    }

    public void Kill()
    {
        IsAlive = false;
        _held.Clear();
    }

    public void Freeze() => IsFrozen = true;

    /// <summary>Goes on with what came meanwhile.</summary>
    public void Thaw()
    {
        IsFrozen = false;
        while (!IsFrozen && IsAlive && _held.TryDequeue(out var step)) Run(step);
    }
}
