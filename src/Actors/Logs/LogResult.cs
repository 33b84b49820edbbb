using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Logs;

/// <summary>A value, or the fault that kept it from being made.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly record struct LogResult<T>
{
    private readonly T? _value;

    /// <summary>A success.</summary>
    /// <param name="value">The value.</param>
    public LogResult(T value) => _value = value;

    /// <summary>A failure.</summary>
    /// <param name="fault">Why.</param>
    public LogResult(LogFault fault) => Fault = fault;

    /// <summary>Why there is no value, or null.</summary>
    public LogFault? Fault { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(false, nameof(Fault))]
    public bool Succeeded => Fault is null;

    /// <summary>The value.</summary>
    /// <exception cref="LogIOException">The operation failed.</exception>
    public T Value => Fault is null ? _value! : throw Fault.ToException();

    /// <summary>Makes a success of a value.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator LogResult<T>(T value) => new(value);

    /// <summary>Makes a failure of a fault.</summary>
    /// <param name="fault">The fault.</param>
    public static implicit operator LogResult<T>(LogFault fault) => new(fault);
}
