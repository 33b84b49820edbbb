namespace StreamActors.Sources.Log;

/// <summary>Goes on after asynchronous operations, at once where they have ended, else where a scheduler says.</summary>
/// <param name="scheduler">Says where. Awaits in what goes on there do not see it: they go on where what they wait for ends.</param>
public sealed class Continuations(TaskScheduler scheduler)
{
    /// <summary>An operation whose end is known where the scheduler says, to be awaited there.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="operation">The operation, which does not fail.</param>
    public Task<T> On<T>(ValueTask<T> operation) => Then(operation, static result => result);

    /// <summary>An operation whose end is known where the scheduler says, to be awaited there.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="operation">The operation, which does not fail.</param>
    public Task<T> On<T>(Task<T> operation) => operation.IsCompleted ? operation : Then(operation, static result => result);

    /// <summary>Makes something of the result of an operation that does not fail.</summary>
    internal Task<TResult> Then<T, TResult>(ValueTask<T> operation, Func<T, TResult> then) =>
        operation.IsCompletedSuccessfully ? Task.FromResult(then(operation.Result)) : Then(operation.AsTask(), then);

    /// <summary>Makes something of the result of an operation that does not fail.</summary>
    internal Task<TResult> Then<T, TResult>(Task<T> operation, Func<T, TResult> then) => operation.IsCompletedSuccessfully
        ? Task.FromResult(then(operation.Result))
        : operation.ContinueWith(
            static (ended, then) => ((Func<T, TResult>)then!)(ended.Result), then, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.DenyChildAttach | TaskContinuationOptions.HideScheduler, scheduler);

    /// <summary>Goes on with another operation.</summary>
    internal Task<TResult> Bind<T, TResult>(ValueTask<T> operation, Func<T, Task<TResult>> then)
    {
        if (operation.IsCompletedSuccessfully)
            return then(operation.Result);
        return Then(operation, then).Unwrap();
    }

    /// <summary>Goes on with another operation.</summary>
    internal Task<TResult> Bind<T, TResult>(Task<T> operation, Func<T, Task<TResult>> then) =>
        operation.IsCompletedSuccessfully ? then(operation.Result) : Then(operation, then).Unwrap();
}
