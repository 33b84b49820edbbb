using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>What a source answers that can only be read and has neither other views nor cursors.</summary>
internal static class ReadOnlyAnswers
{
    /// <summary>The answer to a change.</summary>
    public static Task<Failure?> Refused(string what) => Task.FromResult<Failure?>(ReadOnly(what));

    /// <summary>The answer to what would give a value.</summary>
    public static Task<Result<T>> Refused<T>(string what)
        where T : class => Task.FromResult<Result<T>>(ReadOnly(what));

    /// <summary>The answer to what is asked of a view or a cursor that there is not.</summary>
    public static Task<Result<T>> NotFound<T>(string what)
        where T : class => Task.FromResult<Result<T>>(new Failure(Fault.NotFound, $"there is no {what}"));

    private static Failure ReadOnly(string what) => new(Fault.ReadOnly, $"{what} can't be changed");
}
