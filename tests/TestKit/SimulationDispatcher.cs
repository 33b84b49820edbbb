using StreamActors.Runtime;

namespace StreamActors.TestKit;

/// <summary>Runs all actors in the thread that calls <see cref="RunUntilIdle"/>, one message at a turn, in an order
/// that comes from the seed alone.</summary>
public sealed class SimulationDispatcher : MessageDispatcher
{
    /// <summary>Turns in one run after which it is taken for a loop without end.</summary>
    public const int MaxTurns = 10_000_000;

    private readonly Lock _gate = new();
    private readonly List<IThreadPoolWorkItem> _ready = [];
    private readonly Random _random;

    public SimulationDispatcher(int seed)
    {
        _random = new Random(seed);
        ContinuationScheduler = new Continuations(this);
    }

    /// <summary>One, so that every message can come between any two others.</summary>
    public override int Throughput => 1;

    public override TaskScheduler ContinuationScheduler { get; }

    public override bool IsSingleThreaded => true;

    public override void Execute(IThreadPoolWorkItem item)
    {
        lock (_gate) _ready.Add(item);
    }

    /// <summary>Runs what is ready, and what that makes ready, until nothing is.</summary>
    /// <exception cref="TestKitException">It doesn't end.</exception>
    public void RunUntilIdle()
    {
        // Continuations of awaits must run here, not where the test's framework would have them run.
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            for (var turns = 0; RunOne(); turns++)
                if (turns == MaxTurns) throw new TestKitException($"Not idle after {MaxTurns} turns.");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private bool RunOne()
    {
        IThreadPoolWorkItem item;
        lock (_gate)
        {
            if (_ready.Count == 0) return false;
            var index = _random.Next(_ready.Count);
            item = _ready[index];
            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
        }
        item.Execute();
        return true;
    }

    /// <summary>Continuations take their turn among the actors.</summary>
    private sealed class Continuations(SimulationDispatcher dispatcher) : TaskScheduler
    {
        protected override void QueueTask(Task task) => dispatcher.Execute(new Turn(this, task));

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];

        private sealed class Turn(Continuations scheduler, Task task) : IThreadPoolWorkItem
        {
            public void Execute() => scheduler.TryExecuteTask(task);
        }
    }
}
