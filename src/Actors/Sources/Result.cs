using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>What a source gives: a value, or why there is none.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Result<T>
    where T : class
{
    private Result(T? value, Failure? failure) => (Value, Failure) = (value, failure);

    /// <summary>A value; for interfaces, which have no conversion.</summary>
    /// <param name="value">The value.</param>
    public Result(T value)
        : this(value, null)
    {
    }

    /// <summary>The value; null where there is a failure.</summary>
    public T? Value { get; }

    /// <summary>Why there is no value; null where there is one.</summary>
    public Failure? Failure { get; }

    /// <summary>A value.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    /// <param name="failure">The failure.</param>
    public static implicit operator Result<T>(Failure failure) => new(null, failure);
}
