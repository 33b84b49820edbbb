using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StreamActors.Runtime;

/// <summary>What an <see cref="ActorSystem"/> runs on, and its bounds. Each can be replaced, so that a test has
/// the clock, the chance and the threads in its hand.</summary>
public sealed record ActorSystemOptions
{
    /// <summary>Where actors run.</summary>
    public MessageDispatcher Dispatcher { get; init; } = new ThreadPoolDispatcher();

    /// <summary>The clock, and the source of all timers.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where chance and ids come from; null for the operating system.</summary>
    public int? Seed { get; init; }

    /// <summary>Where the runtime logs.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>How many messages may wait for one actor, unless its <see cref="Props"/> say otherwise.</summary>
    public int MailboxCapacity { get; init; } = 100_000;

    /// <summary>How many asks may wait for their replies, in the whole system.</summary>
    public int MaxAsks { get; init; } = 1 << 20;

    /// <summary>How long <see cref="ActorSystem.Terminate"/> waits for the actors to stop.</summary>
    public TimeSpan TerminationTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
