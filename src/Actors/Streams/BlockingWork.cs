using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>Runs what may block outside of the actors, where their dispatcher says.</summary>
internal static class BlockingWork
{
    private static long _lastEpoch;

    /// <summary>A stamp that no other start of an entity in this process has.</summary>
    public static long NewEpoch() => Interlocked.Increment(ref _lastEpoch);

    /// <summary>Runs a call of a source; what it throws is a failure like others, with its cause.</summary>
    /// <typeparam name="T">What the source gives.</typeparam>
    /// <param name="dispatcher">Runs it.</param>
    /// <param name="work">The call.</param>
    /// <returns>The outcome; the task does not fail.</returns>
    public static Task<Result<T>> Run<T>(this MessageDispatcher dispatcher, Func<Result<T>> work)
        where T : class
    {
        var item = new Item<Result<T>>(work, cause => new Failure(Fault.InputOutput, cause.Message, cause));
        dispatcher.Execute(item);
        return item.Task;
    }

    /// <summary>Runs a call of a source that gives nothing.</summary>
    /// <param name="dispatcher">Runs it.</param>
    /// <param name="work">The call.</param>
    /// <returns>Null, or why it was not done; the task does not fail.</returns>
    public static Task<Failure?> Run(this MessageDispatcher dispatcher, Func<Failure?> work)
    {
        var item = new Item<Failure?>(work, cause => new Failure(Fault.InputOutput, cause.Message, cause));
        dispatcher.Execute(item);
        return item.Task;
    }

    private sealed class Item<T>(Func<T> work, Func<Exception, T> failed) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<T> _done = new();

        public Task<T> Task => _done.Task;

        public void Execute()
        {
            T outcome;
            try
            {
                outcome = work();
            }
            catch (Exception cause)
            {
                outcome = failed(cause);
            }
            _done.SetResult(outcome);
        }
    }
}
