using StreamActors.Logs;
using StreamActors.Runtime;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>A worker of a log that runs among the actors of a simulation: anything can come between two pieces of its work.</summary>
internal sealed class SimulatedWorker(MessageDispatcher dispatcher) : ILogWorker, IThreadPoolWorkItem
{
    private readonly Queue<Action> _queue = new();

    public void Post(Action work)
    {
        _queue.Enqueue(work);
        if (_queue.Count == 1)
            dispatcher.Execute(this);
    }

    public void Execute()
    {
        _queue.Peek()();
        _queue.Dequeue();
        if (_queue.Count > 0)
            dispatcher.Execute(this);
    }

    public void Dispose()
    {
        // There is no thread to end.
    }
}
