using StreamActors.Runtime;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>Runs the actors of a process among those of all others, while it lives and is not frozen.</summary>
internal sealed class HostDispatcher : MessageDispatcher
{
    private readonly MountWorld _world;
    private readonly Process _process;

    public HostDispatcher(MountWorld world, Process process)
    {
        (_world, _process) = (world, process);
        ContinuationScheduler = new Continuations(this);
    }

    public override int Throughput => 1;

    public override TaskScheduler ContinuationScheduler { get; }

    public override bool IsSingleThreaded => true;

    public override void Execute(IThreadPoolWorkItem item) => Execute(item.Execute);

    public void Execute(Action step)
    {
        _world.CheckThread();
        _world.Dispatcher.Execute(new Turn(_process, step));
    }

    private sealed class Turn(Process process, Action step) : IThreadPoolWorkItem
    {
        public void Execute() => process.Run(step);
    }

    private sealed class Continuations(HostDispatcher dispatcher) : TaskScheduler
    {
        protected override void QueueTask(Task task) => dispatcher.Execute(() => TryExecuteTask(task));

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
