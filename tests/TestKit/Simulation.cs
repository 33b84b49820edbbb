using StreamActors.Runtime;

namespace StreamActors.TestKit;

/// <summary>A world in one thread: virtual time, and a dispatcher whose order comes from a seed. Several actor
/// systems can share it.</summary>
public sealed class Simulation
{
    public Simulation(int seed)
    {
        Seed = seed;
        Dispatcher = new SimulationDispatcher(seed);
    }

    public int Seed { get; }

    public VirtualTime Time { get; } = new();

    public SimulationDispatcher Dispatcher { get; }

    /// <summary>What an actor system needs to live in this world.</summary>
    public ActorSystemOptions Options => new() { Dispatcher = Dispatcher, TimeProvider = Time, Seed = Seed };

    /// <summary>Runs until nothing is left to do at this moment.</summary>
    public void RunUntilIdle() => Dispatcher.RunUntilIdle();

    /// <summary>Lets <paramref name="time"/> pass; after each timer everything runs until idle.</summary>
    public void Advance(TimeSpan time) => RunUntil(() => false, time);

    /// <summary>Runs, and lets time pass from timer to timer, until <paramref name="condition"/> holds or
    /// <paramref name="limit"/> of virtual time has passed.</summary>
    /// <returns>Whether the condition holds.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Time.GetTimestamp() + limit.Ticks;
        RunUntilIdle();
        while (!condition())
        {
            if (!Time.FireNext(end)) return condition();
            RunUntilIdle();
        }
        return true;
    }

    /// <summary>Runs until <paramref name="task"/> has ended, within <paramref name="limit"/> of virtual time; without
    /// it, at this moment. Await the task for its result.</summary>
    /// <exception cref="TestKitException">It has not ended.</exception>
    public Task<T> Complete<T>(Task<T> task, TimeSpan limit = default)
    {
        Complete((Task)task, limit);
        return task;
    }

    /// <summary>As the other, for a task without a result.</summary>
    public Task Complete(Task task, TimeSpan limit = default)
    {
        if (!RunUntil(() => task.IsCompleted, limit))
            throw new TestKitException($"The task did not end within {limit} of virtual time (seed {Seed}).");
        return task;
    }
}
