namespace StreamActors.Runtime;

/// <summary>Sends the outcome of a task to an actor (Akka: <c>Akka.Actor.PipeToSupport</c>). The continuation runs
/// where the recipient's dispatcher says, so that a simulation stays in its thread.</summary>
public static class PipeToSupport
{
    /// <summary>Tells the result, or what <paramref name="success"/> makes of it; of an exception, what
    /// <paramref name="failure"/> makes of it, else a <see cref="Status.Failure"/>.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="taskToPipe">The work.</param>
    /// <param name="recipient">Who gets the outcome.</param>
    /// <param name="sender">The sender of the outcome.</param>
    /// <param name="success">Makes the message of the result; runs outside of the actor, so it must not touch its state.</param>
    /// <param name="failure">Makes the message of the exception; outside of the actor, too.</param>
    /// <returns>Ends when the outcome was told.</returns>
    public static Task PipeTo<T>(
        this Task<T> taskToPipe, ICanTell recipient, IActorRef? sender = null,
        Func<T, object>? success = null, Func<Exception, object>? failure = null)
    {
        ArgumentNullException.ThrowIfNull(taskToPipe);
        ArgumentNullException.ThrowIfNull(recipient);
        return WhenDone(taskToPipe, recipient, new Pipe<T>(recipient, sender, success, failure));
    }

    /// <summary>As the other, for a task without a result: without <paramref name="success"/> nothing is told of it.</summary>
    /// <param name="taskToPipe">The work.</param>
    /// <param name="recipient">Who gets the outcome.</param>
    /// <param name="sender">The sender of the outcome.</param>
    /// <param name="success">Makes the message of the end.</param>
    /// <param name="failure">Makes the message of the exception.</param>
    /// <returns>Ends when the outcome was told.</returns>
    public static Task PipeTo(
        this Task taskToPipe, ICanTell recipient, IActorRef? sender = null,
        Func<object>? success = null, Func<Exception, object>? failure = null)
    {
        ArgumentNullException.ThrowIfNull(taskToPipe);
        ArgumentNullException.ThrowIfNull(recipient);
        return WhenDone(taskToPipe, recipient, new Pipe(recipient, sender, success, failure));
    }

    private static Task WhenDone(Task task, ICanTell recipient, PipeEnd end)
    {
        if (task.IsCompleted)
        {
            end.Deliver(task);
            return Task.CompletedTask;
        }
        var scheduler = (recipient as LocalActorRef)?.Cell.System.Dispatcher.ContinuationScheduler ?? TaskScheduler.Default;
        return task.ContinueWith(
            static (done, end) => ((PipeEnd)end!).Deliver(done), end, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.DenyChildAttach | TaskContinuationOptions.HideScheduler, scheduler);
    }

    private abstract class PipeEnd(ICanTell recipient, IActorRef? sender, Func<Exception, object>? failure)
    {
        /// <summary>Tells exactly one outcome, even when a function that makes the message throws.</summary>
        public void Deliver(Task task)
        {
            object? message;
            try
            {
                message = task.IsCompletedSuccessfully ? Success(task) : Failure(CauseOf(task));
            }
            catch (Exception cause)
            {
                message = new Status.Failure(cause);
            }
            if (message is not null) recipient.Tell(message, sender);
        }

        protected abstract object? Success(Task task);

        private object Failure(Exception cause) => failure is null ? new Status.Failure(cause) : failure(cause);

        private static Exception CauseOf(Task task) =>
            task.Exception is { } several
                ? several.InnerExceptions.Count == 1 ? several.InnerException! : several
                : new TaskCanceledException(task);
    }

    private sealed class Pipe<T>(
        ICanTell recipient, IActorRef? sender, Func<T, object>? success, Func<Exception, object>? failure)
        : PipeEnd(recipient, sender, failure)
    {
        protected override object? Success(Task task) => task switch
        {
            Task<T> { Result: var result } when success is not null => success(result),
            Task<T> { Result: { } result } => result,
            _ => throw new InvalidMessageException("The task's result is null."),
        };
    }

    private sealed class Pipe(
        ICanTell recipient, IActorRef? sender, Func<object>? success, Func<Exception, object>? failure)
        : PipeEnd(recipient, sender, failure)
    {
        protected override object? Success(Task task) => success?.Invoke();
    }
}
