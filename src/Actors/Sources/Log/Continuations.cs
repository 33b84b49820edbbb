namespace StreamActors.Sources.Log;

/// <summary>Goes on after asynchronous operations, at once where they have ended, else where a scheduler says.</summary>
internal sealed class Continuations(TaskScheduler scheduler)
{
    /// <summary>Makes something of the result of an operation that does not fail.</summary>
    public Task<TResult> Then<T, TResult>(ValueTask<T> operation, Func<T, TResult> then) =>
        operation.IsCompletedSuccessfully ? Task.FromResult(then(operation.Result)) : Then(operation.AsTask(), then);

    /// <summary>Makes something of the result of an operation that does not fail.</summary>
    public Task<TResult> Then<T, TResult>(Task<T> operation, Func<T, TResult> then) => operation.IsCompletedSuccessfully
        ? Task.FromResult(then(operation.Result))
        : operation.ContinueWith(
            static (ended, then) => ((Func<T, TResult>)then!)(ended.Result), then, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.DenyChildAttach, scheduler);

    /// <summary>Goes on with another operation.</summary>
    public Task<TResult> Bind<T, TResult>(ValueTask<T> operation, Func<T, Task<TResult>> then)
    {
        if (operation.IsCompletedSuccessfully)
            return then(operation.Result);
        return Then(operation, then).Unwrap();
    }

    /// <summary>Goes on with another operation.</summary>
    public Task<TResult> Bind<T, TResult>(Task<T> operation, Func<T, Task<TResult>> then) =>
        operation.IsCompletedSuccessfully ? then(operation.Result) : Then(operation, then).Unwrap();
}
