using System.Threading.Channels;
using StreamActors.Runtime;

namespace StreamActors.TestKit;

/// <summary>An actor that keeps what it gets, for a test to look at in order (Akka: <c>Akka.TestKit.TestProbe</c>).
/// On threads, use the asynchronous methods: they wait up to <see cref="TestKitBase.Deadline"/>. In a simulation
/// both drive it until it is idle; only with a <c>timeout</c> do they let virtual time pass.</summary>
public sealed class TestProbe
{
    private readonly Channel<Received> _queue = Channel.CreateUnbounded<Received>();
    private readonly Simulation? _simulation;

    internal TestProbe(ActorSystem system, Simulation? simulation, string? name)
    {
        _simulation = simulation;
        Ref = system.ActorOf(Props.Create(() => new ProbeActor(_queue.Writer)), name);
    }

    /// <summary>The probe's address.</summary>
    public IActorRef Ref { get; }

    /// <summary>Who sent the last message that the test took.</summary>
    public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

    /// <summary>As <see cref="LastSender"/>.</summary>
    public IActorRef Sender => LastSender;

    /// <summary>Tells with the probe as sender.</summary>
    public void Send(IActorRef actor, object message) => actor.Tell(message, Ref);

    /// <summary>Answers the last message that the test took.</summary>
    public void Reply(object message) => LastSender.Tell(message, Ref);

    /// <summary>Hands a message on with the sender of the last one.</summary>
    public void Forward(IActorRef actor, object message) => actor.Tell(message, LastSender);

    /// <summary>Lets the probe watch an actor; its end comes as a <see cref="Terminated"/>.</summary>
    public IActorRef Watch(IActorRef actor)
    {
        Ref.Tell(new WatchCommand(actor, true), null);
        _simulation?.RunUntilIdle();
        return actor;
    }

    /// <summary>Takes <see cref="Watch"/> back.</summary>
    public IActorRef Unwatch(IActorRef actor)
    {
        Ref.Tell(new WatchCommand(actor, false), null);
        _simulation?.RunUntilIdle();
        return actor;
    }

    /// <summary>Takes the next message, which must be a <typeparamref name="T"/>. Only in a simulation.</summary>
    public T ExpectMsg<T>(TimeSpan? timeout = null) => Typed<T>(TakeInSimulation(typeof(T).Name, timeout));

    /// <summary>Takes the next message, which must be equal to <paramref name="expected"/>. Only in a simulation.</summary>
    public T ExpectMsg<T>(T expected, TimeSpan? timeout = null) => Equal(expected, ExpectMsg<T>(timeout));

    /// <summary>Takes the next message, which must be a <typeparamref name="T"/> that <paramref name="isMessage"/> accepts. Only in a simulation.</summary>
    public T ExpectMsg<T>(Predicate<T> isMessage, TimeSpan? timeout = null) => Matching(isMessage, ExpectMsg<T>(timeout));

    /// <summary>Takes the next message, which must be a <typeparamref name="T"/>.</summary>
    public async Task<T> ExpectMsgAsync<T>(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Typed<T>(await TakeAsync(typeof(T).Name, timeout, cancellationToken));

    /// <summary>Takes the next message, which must be equal to <paramref name="expected"/>.</summary>
    public async Task<T> ExpectMsgAsync<T>(T expected, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Equal(expected, await ExpectMsgAsync<T>(timeout, cancellationToken));

    /// <summary>Takes the next message, which must be a <typeparamref name="T"/> that <paramref name="isMessage"/> accepts.</summary>
    public async Task<T> ExpectMsgAsync<T>(Predicate<T> isMessage, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Matching(isMessage, await ExpectMsgAsync<T>(timeout, cancellationToken));

    /// <summary>Nothing may come, at this moment or in <paramref name="duration"/> of virtual time. Only in a
    /// simulation: on threads no wait would be long enough.</summary>
    public void ExpectNoMsg(TimeSpan duration = default)
    {
        InSimulation.Advance(duration);
        if (_queue.Reader.TryRead(out var received))
            throw Failure($"nothing was expected, and {Describe(received.Message)} came");
    }

    /// <summary>Takes the end of <paramref name="target"/>. Only in a simulation.</summary>
    public Terminated ExpectTerminated(IActorRef target, TimeSpan? timeout = null) =>
        ExpectMsg<Terminated>(terminated => terminated.ActorRef.Equals(target), timeout);

    /// <summary>Takes the end of <paramref name="target"/>.</summary>
    public Task<Terminated> ExpectTerminatedAsync(IActorRef target, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ExpectMsgAsync<Terminated>(terminated => terminated.ActorRef.Equals(target), timeout, cancellationToken);

    /// <summary>Passes over messages up to the first <typeparamref name="T"/> that is accepted. Only in a simulation.</summary>
    public T FishForMessage<T>(Predicate<T> isMessage, TimeSpan? max = null)
    {
        while (true)
            if (TakeInSimulation(typeof(T).Name, max).Message is T message && isMessage(message)) return message;
    }

    /// <summary>Passes over messages up to the first <typeparamref name="T"/> that is accepted.</summary>
    public async Task<T> FishForMessageAsync<T>(Predicate<T> isMessage, TimeSpan? max = null, CancellationToken cancellationToken = default)
    {
        while (true)
            if ((await TakeAsync(typeof(T).Name, max, cancellationToken)).Message is T message && isMessage(message)) return message;
    }

    private Simulation InSimulation =>
        _simulation ?? throw new InvalidOperationException("On threads, use the asynchronous method.");

    private Received TakeInSimulation(string expected, TimeSpan? timeout)
    {
        InSimulation.RunUntil(() => _queue.Reader.TryPeek(out _), timeout ?? TimeSpan.Zero);
        if (!_queue.Reader.TryRead(out var received)) throw Failure($"a {expected} was expected, and nothing came");
        LastSender = received.Sender;
        return received;
    }

    private async Task<Received> TakeAsync(string expected, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (_simulation is not null) return TakeInSimulation(expected, timeout);
        try
        {
            var received = await _queue.Reader.ReadAsync(cancellationToken).AsTask()
                .WaitAsync(timeout ?? TestKitBase.Deadline, cancellationToken);
            LastSender = received.Sender;
            return received;
        }
        catch (TimeoutException)
        {
            throw Failure($"a {expected} was expected, and nothing came");
        }
    }

    private T Typed<T>(Received received) =>
        received.Message is T message ? message : throw Failure($"a {typeof(T).Name} was expected, and {Describe(received.Message)} came");

    private T Equal<T>(T expected, T actual) =>
        Equals(expected, actual) ? actual : throw Failure($"{Describe(expected!)} was expected, and {Describe(actual!)} came");

    private T Matching<T>(Predicate<T> isMessage, T actual) =>
        isMessage(actual) ? actual : throw Failure($"{Describe(actual!)} came, and is not the one that was expected");

    private static string Describe(object message) => $"{message.GetType().Name} ({message})";

    private TestKitException Failure(string text) =>
        new($"{Ref.Path.Name}: {text}{(_simulation is null ? "" : $" (seed {_simulation.Seed})")}.");

    private sealed record Received(object Message, IActorRef Sender);

    private sealed record WatchCommand(IActorRef Actor, bool IsWatch);

    private sealed class ProbeActor(ChannelWriter<Received> queue) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is WatchCommand { IsWatch: true } watch) Context.Watch(watch.Actor);
            else if (message is WatchCommand unwatch) Context.Unwatch(unwatch.Actor);
            else queue.TryWrite(new Received(message, Sender));
        }
    }
}
