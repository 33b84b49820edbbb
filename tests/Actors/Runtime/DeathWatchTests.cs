using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class DeathWatchTests() : TestKitBase(new Simulation(seed: 7))
{
    [Fact]
    public void Watch_ActorStops_TellsEachWatcherOnce()
    {
        var other = CreateTestProbe();
        var actor = ActorOf(() => new Plain());
        TestActor.Watch(actor);
        TestActor.Watch(actor);
        other.Watch(actor);
        Sys.Stop(actor);
        TestActor.ExpectTerminated(actor);
        other.ExpectTerminated(actor);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Watch_ActorStoppedBefore_TellsAtOnce()
    {
        var actor = ActorOf(() => new Plain());
        Sys.Stop(actor);
        Simulation!.RunUntilIdle();
        TestActor.Watch(actor);
        TestActor.ExpectTerminated(actor);
    }

    [Fact]
    public void Watch_Nobody_TellsAtOnce()
    {
        TestActor.Watch(ActorRefs.Nobody);
        TestActor.ExpectTerminated(ActorRefs.Nobody);
    }

    [Fact]
    public void Unwatch_BeforeTheStop_TellsNothing()
    {
        var actor = ActorOf(() => new Plain());
        TestActor.Watch(actor);
        TestActor.Unwatch(actor);
        Sys.Stop(actor);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Watch_ActorToldBeforeItStopped_ComesAfterItsMessages()
    {
        var actor = ActorOf(() => new LastWords(TestActor.Ref));
        TestActor.Watch(actor);
        Sys.Stop(actor);
        TestActor.ExpectMsg("last words");
        TestActor.ExpectTerminated(actor);
    }

    [Fact]
    public void WatchWith_ActorStops_TellsTheMessage()
    {
        var actor = ActorOf(() => new Plain());
        ActorOf(() => new Watcher(actor, "gone", TestActor.Ref));
        Simulation!.RunUntilIdle();
        Sys.Stop(actor);
        TestActor.ExpectMsg("gone");
    }

    [Fact]
    public void Terminated_NotHandled_StopsTheWatcher()
    {
        var actor = ActorOf(() => new Plain());
        var watcher = ActorOf(() => new Watcher(actor, null, TestActor.Ref));
        TestActor.Watch(watcher);
        Sys.Stop(actor);
        TestActor.ExpectTerminated(watcher);
    }

    [Fact]
    public void Stop_ActorWithChildren_StopsThemFirst()
    {
        var actor = ActorOf(() => new Family(TestActor.Ref));
        Sys.Stop(actor);
        TestActor.ExpectMsg("last words");
        TestActor.ExpectMsg("last words");
        TestActor.ExpectMsg("parent stopped");
    }

    [Fact]
    public void Child_StoppedAndMadeAgain_IsAnotherIncarnationAtTheSamePath()
    {
        var first = ActorOf(() => new Plain(), "name");
        TestActor.Watch(first);
        Sys.Stop(first);
        TestActor.ExpectTerminated(first);
        var second = ActorOf(() => new Plain(), "name");
        Assert.NotEqual(first, second);
        Assert.Equal(first.Path, second.Path);
    }

    [Fact]
    public void GetChildren_SeveralAndOneStopped_GivesTheOthersInOrder()
    {
        var actor = ActorOf(() => new Family(TestActor.Ref));
        for (var i = 0; i < 20; i++) actor.Tell($"child {i}", null);
        actor.Tell("stop child 7", null);
        Simulation!.RunUntilIdle();
        TestActor.Send(actor, "children");
        TestActor.ExpectMsg("last words");
        var expected = Enumerable.Range(0, 20).Where(i => i != 7).Select(i => $"child {i}");
        Assert.Equal(["a", "b", .. expected], TestActor.ExpectMsg<string[]>());
    }

    [Fact]
    public async Task Terminate_ActorThatNeverStops_EndsAtItsDeadline()
    {
        await using var system = ActorSystem.Create("stuck", Simulation!.Options with { Dispatcher = new NeverRuns() });
        var terminated = system.Terminate();
        Simulation.Advance(system.Options.TerminationTimeout - TimeSpan.FromMilliseconds(1));
        Assert.False(terminated.IsCompleted);
        Simulation.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(terminated.IsCompleted);
    }

    [Fact]
    public async Task ActorOf_SystemTerminated_Throws()
    {
        await Simulation!.Complete(Sys.Terminate());
        Assert.Throws<InvalidOperationException>(() => ActorOf(() => new Plain()));
    }

    private sealed class NeverRuns : MessageDispatcher
    {
        public override void Execute(IThreadPoolWorkItem item)
        {
        }
    }

    private sealed class Plain : ReceiveActor;

    private sealed class LastWords(IActorRef log) : ReceiveActor
    {
        protected override void PostStop() => log.Tell("last words");
    }

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef actor, object? message, IActorRef log)
        {
            if (message is null) Context.Watch(actor);
            else Context.WatchWith(actor, message);
            Receive<string>(log.Tell);
        }
    }

    private sealed class Family : ReceiveActor
    {
        private readonly IActorRef _log;

        public Family(IActorRef log)
        {
            _log = log;
            Context.ActorOf(Props.Create(() => new LastWords(log)), "a");
            Context.ActorOf(Props.Create(() => new LastWords(log)), "b");
            Receive<string>(
                _ => Sender.Tell(Context.GetChildren().Select(child => child.Path.Name).ToArray()), message => message == "children");
            Receive<string>(message => Context.Stop(Context.Child(message["stop ".Length..])), message => message.StartsWith("stop "));
            Receive<string>(message => Context.ActorOf(Props.Create(() => new LastWords(log)), message));
        }

        protected override void PostStop() => _log.Tell("parent stopped");
    }
}
