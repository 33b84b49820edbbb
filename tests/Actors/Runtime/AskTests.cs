using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class AskTests() : TestKitBase(new Simulation(seed: 1))
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Ask_ReplyOfItsType_EndsWithIt()
    {
        var echo = ActorOf(() => new EchoActor());
        Assert.Equal("hello", await Simulation!.Complete(echo.Ask<string>("hello", Second)));
    }

    [Fact]
    public async Task Ask_ReplyOfAnotherType_FailsWithBothTypes()
    {
        var echo = ActorOf(() => new EchoActor());
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => Simulation!.Complete(echo.Ask<int>("hello", Second)));
        Assert.Contains("Int32", failure.Message);
        Assert.Contains("String", failure.Message);
    }

    [Fact]
    public async Task Ask_StatusFailure_FailsWithItsCause()
    {
        var echo = ActorOf(() => new EchoActor());
        var cause = new InvalidOperationException("no");
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Simulation!.Complete(echo.Ask<string>(new Status.Failure(cause), Second)));
        Assert.Same(cause, failure);
    }

    [Fact]
    public async Task Ask_NoReply_FailsAtItsDeadlineAndNotBefore()
    {
        var silent = CreateTestProbe().Ref;
        var earlier = silent.Ask<string>("a", TimeSpan.FromSeconds(3));
        var later = silent.Ask<string>("b", TimeSpan.FromSeconds(5));
        var earliest = silent.Ask<string>("c", Second);
        Simulation!.Advance(Second - TimeSpan.FromMilliseconds(1));
        Assert.False(earliest.IsCompleted);
        Simulation.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(earliest.IsFaulted);
        Simulation.Advance(2 * Second);
        Assert.True(earlier.IsFaulted);
        Assert.False(later.IsCompleted);
        Simulation.Advance(2 * Second);
        await Assert.ThrowsAsync<AskTimeoutException>(() => later);
    }

    [Fact]
    public async Task Ask_StoppedActor_FailsWithoutTimePassing()
    {
        var echo = ActorOf(() => new EchoActor());
        Sys.Stop(echo);
        Simulation!.RunUntilIdle();
        await Assert.ThrowsAsync<ActorTerminatedException>(() => Simulation.Complete(echo.Ask<string>("hello")));
    }

    [Fact]
    public async Task Ask_ActorThatStopsBeforeIt_FailsWithoutTimePassing()
    {
        var echo = ActorOf(() => new EchoActor());
        echo.Tell(PoisonPill.Instance, null);
        await Assert.ThrowsAsync<ActorTerminatedException>(() => Simulation!.Complete(echo.Ask<string>("hello")));
    }

    [Fact]
    public async Task Ask_Nobody_FailsAtOnce() =>
        await Assert.ThrowsAsync<ActorTerminatedException>(() => ActorRefs.Nobody.Ask<string>("hello"));

    [Fact]
    public async Task Ask_MessageThatNoHandlerTakes_FailsWithoutTimePassing()
    {
        var deaf = ActorOf(() => new DeafActor());
        await Assert.ThrowsAsync<InvalidMessageException>(() => Simulation!.Complete(deaf.Ask<string>("hello")));
    }

    [Fact]
    public async Task Ask_TokenCancelled_IsCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var asked = CreateTestProbe().Ref.Ask<string>("hello", null, cancellation.Token);
        Assert.False(asked.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => asked);
    }

    [Fact]
    public async Task Ask_SystemTerminates_FailsEvenWithoutDeadline()
    {
        var asked = CreateTestProbe().Ref.Ask<string>("hello");
        Simulation!.RunUntilIdle();
        Assert.False(asked.IsCompleted);
        await Simulation.Complete(Sys.Terminate());
        await Assert.ThrowsAsync<ActorTerminatedException>(() => asked);
    }

    [Fact]
    public async Task Ask_MoreThanMayWait_FailsAndLaterAsksPassAgain()
    {
        await using var system = ActorSystem.Create("few", Simulation!.Options with { MaxAsks = 4 });
        var parked = system.ActorOf(Props.Create(() => new ParkActor()));
        var waiting = Enumerable.Range(0, 64).Select(i => parked.Ask<string>("park")).ToArray();
        Assert.Contains(waiting, asked => asked.Exception?.InnerException is TooManyAsksException);
        parked.Tell("release", null);
        Simulation.RunUntilIdle();
        Assert.All(waiting, asked => Assert.True(asked.IsCompleted));
        Assert.Contains(waiting, asked => asked.IsCompletedSuccessfully);
        var again = parked.Ask<string>("park");
        parked.Tell("release", null);
        Assert.Equal("done", await Simulation.Complete(again));
        await Simulation.Complete(system.Terminate());
    }

    private sealed class EchoActor : ReceiveActor
    {
        public EchoActor() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class DeafActor : ReceiveActor;

    private sealed class ParkActor : ReceiveActor
    {
        private readonly List<IActorRef> _parked = [];

        public ParkActor()
        {
            Receive<string>(_ => _parked.Add(Sender), message => message == "park");
            Receive<string>(_ => _parked.ForEach(asker => asker.Tell("done")));
        }
    }
}
