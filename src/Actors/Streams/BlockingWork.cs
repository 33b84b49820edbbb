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
    public static Task<Result<T>> Run<T>(this MessageDispatcher dispatcher, Func<Task<Result<T>>> work)
        where T : class => Start(dispatcher, work, cause => FailureOf(cause));

    /// <summary>Runs a call of a source that gives nothing.</summary>
    /// <param name="dispatcher">Runs it.</param>
    /// <param name="work">The call.</param>
    /// <returns>Null, or why it was not done; the task does not fail.</returns>
    public static Task<Failure?> Run(this MessageDispatcher dispatcher, Func<Task<Failure?>> work) =>
        Start<Failure?>(dispatcher, work, FailureOf);

    /// <summary>Runs a call of a source that blocks until it is done.</summary>
    /// <typeparam name="T">What the source gives.</typeparam>
    /// <param name="dispatcher">Runs it.</param>
    /// <param name="work">The call.</param>
    /// <returns>The outcome; the task does not fail.</returns>
    public static Task<Result<T>> Run<T>(this MessageDispatcher dispatcher, Func<Result<T>> work)
        where T : class => dispatcher.Run(() => Task.FromResult(work()));

    /// <summary>The failure that something thrown is.</summary>
    public static Failure FailureOf(Exception cause) => new(Fault.InputOutput, cause.Message, cause);

    private static Task<T> Start<T>(MessageDispatcher dispatcher, Func<Task<T>> work, Func<Exception, T> failed)
    {
        var item = new Item<T>(work, failed, dispatcher.ContinuationScheduler);
        dispatcher.ExecuteBlocking(item);
        return item.Task;
    }

    private sealed class Item<T>(Func<Task<T>> work, Func<Exception, T> failed, TaskScheduler scheduler) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<T> _done = new();

        public Task<T> Task => _done.Task;

        public void Execute()
        {
            Task<T> started;
            try
            {
                started = work();
            }
            catch (Exception cause)
            {
                _done.SetResult(failed(cause));
                return;
            }
            if (started.IsCompleted)
                End(started);
            else
                _ = started.ContinueWith(End, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.HideScheduler, scheduler);
        }

        private void End(Task<T> ended) => _done.SetResult(
            ended.IsCompletedSuccessfully ? ended.Result : failed(ended.Exception?.InnerException ?? new TaskCanceledException(ended)));
    }
}
