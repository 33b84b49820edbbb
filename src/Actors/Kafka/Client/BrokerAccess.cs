using Confluent.Kafka;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// Whether brokers let this process in. The library does not tell those who wait for a broker that it was sent away: they
/// wait for their whole deadline. It says so aside, and what it said explains the wait. Safe for several threads.
/// </summary>
internal sealed class BrokerAccess(KafkaSecrets secrets)
{
    private string? _refusal;

    /// <summary>Has the library say what it has to say aside; it is told before a wait is explained.</summary>
    public Action? Listen { get; set; }

    /// <summary>Whether brokers have sent this process away since they last answered.</summary>
    public bool IsRefused => Volatile.Read(ref _refusal) is not null;

    /// <summary>Takes note of an error that belongs to no request.</summary>
    public void Note(Error error)
    {
        if (BrokerErrors.FaultOf(error.Code) == Fault.AccessDenied)
            Volatile.Write(ref _refusal, secrets.Scrub($"{error.Reason} ({error.Code})"));
    }

    /// <summary>Brokers have answered.</summary>
    public void Granted() => Volatile.Write(ref _refusal, null);

    /// <summary>What a failure is, knowing this.</summary>
    public Failure Explain(Failure failure)
    {
        if (failure.Fault != Fault.TimedOut)
            return failure;
        Listen?.Invoke();
        return Volatile.Read(ref _refusal) is { } refusal ? new Failure(Fault.AccessDenied, $"{failure.Reason}: {refusal}") : failure;
    }
}
