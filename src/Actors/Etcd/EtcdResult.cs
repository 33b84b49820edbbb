using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Etcd;

/// <summary>An answer of etcd, or why there is none.</summary>
/// <typeparam name="T">The answer's type.</typeparam>
public readonly record struct EtcdResult<T>
    where T : class
{
    private EtcdResult(T? value, EtcdFault? fault) => (Value, Fault) = (value, fault);

    /// <summary>The answer; null where there is a fault.</summary>
    public T? Value { get; }

    /// <summary>Why there is no answer; null where there is one.</summary>
    public EtcdFault? Fault { get; }

    /// <summary>Whether there is an answer.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Fault))]
    public bool Succeeded => Fault is null;

    /// <summary>An answer.</summary>
    /// <param name="value">The answer.</param>
    public static implicit operator EtcdResult<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    /// <param name="fault">Why.</param>
    public static implicit operator EtcdResult<T>(EtcdFault fault) => new(null, fault);
}
