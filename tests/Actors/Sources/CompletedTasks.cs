using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Actors.Tests.Sources;

/// <summary>Outcomes of sources that never make their callers wait.</summary>
internal static class CompletedTasks
{
    /// <summary>The outcome of a task that has ended.</summary>
    public static Result<T> Now<T>(this Task<Result<T>> task)
        where T : class
    {
        Assert.True(task.IsCompletedSuccessfully);
        return task.Result;
    }

    /// <summary>The outcome of a task that has ended.</summary>
    public static Failure? Now(this Task<Failure?> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
        return task.Result;
    }
}
