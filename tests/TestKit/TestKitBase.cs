using StreamActors.Runtime;

namespace StreamActors.TestKit;

/// <summary>The base of tests with actors (Akka: <c>Akka.TestKit.TestKitBase</c>). By default actors run on the
/// thread pool and on the machine's clock; given a <see cref="TestKit.Simulation"/>, in it.</summary>
public abstract class TestKitBase : IAsyncDisposable
{
    /// <summary>How long a test with threads waits for what must come. Far more than any machine needs, since
    /// only a failing test waits it out.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    protected TestKitBase(Simulation? simulation = null, ActorSystemOptions? options = null)
    {
        Simulation = simulation;
        options ??= new ActorSystemOptions();
        if (simulation is not null)
            options = options with { Dispatcher = simulation.Dispatcher, TimeProvider = simulation.Time, Seed = simulation.Seed };
        Sys = ActorSystem.Create("test", options);
        TestActor = CreateTestProbe("testActor");
    }

    /// <summary>The system under test.</summary>
    public ActorSystem Sys { get; }

    /// <summary>The world that the system lives in; null when it runs on threads.</summary>
    public Simulation? Simulation { get; }

    /// <summary>A probe that is always there.</summary>
    public TestProbe TestActor { get; }

    public TestProbe CreateTestProbe(string? name = null) => new(Sys, Simulation, name);

    /// <summary>Starts an actor at the top of the system.</summary>
    public IActorRef ActorOf(Props props, string? name = null) => Sys.ActorOf(props, name);

    /// <summary>Starts an actor at the top of the system.</summary>
    public IActorRef ActorOf<TActor>(Func<TActor> factory, string? name = null) where TActor : ActorBase =>
        Sys.ActorOf(Props.Create(factory), name);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var terminated = Sys.Terminate();
        if (Simulation is not null) await Simulation.Complete(terminated, Sys.Options.TerminationTimeout);
        else await terminated.WaitAsync(Deadline);
    }
}
