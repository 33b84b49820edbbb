namespace StreamActors.Runtime;

/// <summary>Says whether something was done (Akka: <c>Akka.Actor.Status</c>).</summary>
public abstract class Status
{
    private Status()
    {
    }

    /// <summary>It was done.</summary>
    /// <param name="status">What came of it, if anything.</param>
    public sealed class Success(object? status) : Status
    {
        /// <summary>What came of it, if anything.</summary>
        public object? Status { get; } = status;

        /// <inheritdoc/>
        public override string ToString() => $"Success: {Status}";
    }

    /// <summary>It was not done, or it isn't known. An ask that gets it throws the cause.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="state">What the sender adds, if anything.</param>
    public sealed class Failure(Exception cause, object? state = null) : Status
    {
        /// <summary>Why.</summary>
        public Exception Cause { get; } = cause;

        /// <summary>What the sender adds, if anything.</summary>
        public object? State { get; } = state;

        /// <inheritdoc/>
        public override string ToString() => $"Failure: {Cause}";
    }
}
