using Microsoft.Extensions.Logging;

namespace StreamActors.Runtime;

/// <summary>A tree of actors, and what they run on (Akka: <c>Akka.Actor.ActorSystem</c>).</summary>
public sealed class ActorSystem : IActorRefFactory, IAsyncDisposable
{
    private readonly ActorCell _guardian;
    private readonly IdSource _ids;
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _terminationTimer;
    private int _terminating;
    private int _uids;
    private long _deadLetters;
    private long _dropped;

    private ActorSystem(string name, ActorSystemOptions options)
    {
        (Name, Options) = (name, options);
        _ids = new IdSource(options.Seed);
        Asks = new PendingAsks(
            options.TimeProvider, options.MaxAsks, options.Dispatcher.IsSingleThreaded ? 1 : Environment.ProcessorCount);
        Scheduler = new Scheduler(options.TimeProvider);
        DeadLetters = new DeadLetterActorRef(this);
        _guardian = new ActorCell(this, Props.Create(static () => new Guardian()), null, "user");
        _guardian.Start();
    }

    /// <summary>Starts a system.</summary>
    /// <param name="name">The root of its actors' paths.</param>
    /// <param name="options">What it runs on; null for the defaults.</param>
    public static ActorSystem Create(string name, ActorSystemOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ActorSystem(name, options ?? new ActorSystemOptions());
    }

    /// <summary>The root of the actors' paths.</summary>
    public string Name { get; }

    /// <summary>What the system runs on.</summary>
    public ActorSystemOptions Options { get; }

    /// <summary>Where actors run.</summary>
    public MessageDispatcher Dispatcher => Options.Dispatcher;

    /// <summary>The clock, and the source of all timers.</summary>
    public TimeProvider TimeProvider => Options.TimeProvider;

    /// <summary>The clock as Akka has it.</summary>
    public IScheduler Scheduler { get; }

    /// <summary>Where the runtime logs.</summary>
    public ILogger Log => Options.Logger;

    /// <summary>Chance. Can be used by any thread; with a seed, the same run gives the same numbers.</summary>
    public Random Random => _ids.Random;

    /// <summary>Where messages to nobody go.</summary>
    public IActorRef DeadLetters { get; }

    /// <summary>How many messages came to no actor.</summary>
    public long DeadLetterCount => Volatile.Read(ref _deadLetters);

    /// <summary>How many messages were turned away, because a mailbox was full or an actor waited for its restart.</summary>
    public long DroppedCount => Volatile.Read(ref _dropped);

    /// <summary>Ends when all actors have stopped, or the deadline after <see cref="Terminate"/> has passed.</summary>
    public Task WhenTerminated => _terminated.Task;

    internal PendingAsks Asks { get; }

    /// <summary>An id that no other has; with a seed, the same run gives the same ids.</summary>
    public Guid NewGuid() => _ids.NewGuid();

    /// <inheritdoc/>
    public IActorRef ActorOf(Props props, string? name = null) => _guardian.ActorOf(props, name);

    /// <inheritdoc/>
    public void Stop(IActorRef actor)
    {
        if (actor is LocalActorRef { Cell: var cell }) cell.PostSystem(new TerminateMessage());
    }

    /// <summary>Stops all actors, children before their parents. Asks that still wait then fail.</summary>
    /// <returns><see cref="WhenTerminated"/>.</returns>
    public Task Terminate()
    {
        if (Interlocked.Exchange(ref _terminating, 1) == 1) return WhenTerminated;
        _terminationTimer = TimeProvider.CreateTimer(
            static system => ((ActorSystem)system!).OnTerminationTimeout(), this, Options.TerminationTimeout, Timeout.InfiniteTimeSpan);
        _guardian.PostSystem(new TerminateMessage());
        return WhenTerminated;
    }

    /// <summary>Terminates, and waits for the end.</summary>
    public async ValueTask DisposeAsync() => await Terminate().ConfigureAwait(false);

    internal int NextUid() => Interlocked.Increment(ref _uids);

    internal void CountDropped() => Interlocked.Increment(ref _dropped);

    internal void PublishDeadLetter(object message, IActorRef? sender, IActorRef recipient)
    {
        // What the runtime sent to itself, and stops of what has stopped, are no loss.
        if (message is IRuntimeMessage or PoisonPill) return;
        Interlocked.Increment(ref _deadLetters);
        Log.DeadLetter(message.GetType(), sender, recipient);
        if (message is not Status.Failure && sender is IAskPromise promise)
            promise.Fail(new ActorTerminatedException(recipient.Path, message));
    }

    internal void OnGuardianFailed(Exception cause)
    {
        Log.GuardianFailed(cause, Name);
        _ = Terminate();
    }

    internal void OnGuardianTerminated()
    {
        _terminationTimer?.Dispose();
        End();
    }

    private void OnTerminationTimeout()
    {
        Log.TerminationTimedOut(Name, Options.TerminationTimeout.TotalSeconds);
        End();
    }

    private void End()
    {
        Asks.FailAll(() => new ActorTerminatedException(ActorPath.Root(Name), Name));
        _terminated.TrySetResult();
    }

    private sealed class Guardian : ActorBase
    {
        protected override bool Receive(object message) => false;
    }
}
