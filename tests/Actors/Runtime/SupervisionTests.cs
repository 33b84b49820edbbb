using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class SupervisionTests() : TestKitBase(new Simulation(seed: 3))
{
    private static readonly RestartBackoff Backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), 0);

    [Fact]
    public void Throw_Restart_MakesANewInstanceAndKeepsTheMailbox()
    {
        var child = Child(new OneForOneStrategy(_ => Directive.Restart));
        TestActor.Send(child, "count");
        TestActor.ExpectMsg(1);
        TestActor.Send(child, "throw");
        TestActor.Send(child, "count");
        TestActor.Send(child, "count");
        Assert.IsType<FormatException>(TestActor.ExpectMsg<Status.Failure>().Cause);
        TestActor.ExpectMsg(1);
        TestActor.ExpectMsg(2);
    }

    [Fact]
    public void Throw_Resume_KeepsTheState()
    {
        var child = Child(new OneForOneStrategy(_ => Directive.Resume));
        TestActor.Send(child, "count");
        TestActor.Send(child, "throw");
        TestActor.Send(child, "count");
        TestActor.ExpectMsg(1);
        TestActor.ExpectMsg<Status.Failure>();
        TestActor.ExpectMsg(2);
    }

    [Fact]
    public async Task Throw_Stop_EndsTheActorAndFailsTheAsksThatWait()
    {
        var child = Child(SupervisorStrategy.StoppingStrategy);
        TestActor.Watch(child);
        TestActor.Send(child, "throw");
        var waiting = child.Ask<int>("count");
        TestActor.ExpectMsg<Status.Failure>();
        TestActor.ExpectTerminated(child);
        await Assert.ThrowsAsync<ActorTerminatedException>(() => Simulation!.Complete(waiting));
    }

    [Fact]
    public void Throw_Escalate_FailsTheParentWhichIsRestartedWithNewChildren()
    {
        var parent = Parent(new OneForOneStrategy(_ => Directive.Escalate));
        var child = ChildOf(parent);
        TestActor.Watch(child);
        TestActor.Send(child, "throw");
        TestActor.ExpectMsg<Status.Failure>();
        TestActor.ExpectTerminated(child);
        TestActor.Send(ChildOf(parent), "count");
        TestActor.ExpectMsg(1);
    }

    [Fact]
    public void Throw_EscalateToAParentThatKeepsItsChildren_RestartsTheChildToo()
    {
        var parent = ActorOf(() => new KeepingParentActor(CounterProps()));
        var child = ChildOf(parent);
        TestActor.Send(child, "count");
        TestActor.Send(child, "throw");
        TestActor.Send(child, "count");
        TestActor.ExpectMsg(1);
        TestActor.ExpectMsg<Status.Failure>();
        TestActor.ExpectMsg(1);
        Assert.Equal(child, ChildOf(parent));
    }

    [Fact]
    public void Throw_EscalateAndResume_LetsTheChildGoOn()
    {
        var grandparent = ActorOf(() => new ParentActor(
            new OneForOneStrategy(_ => Directive.Resume),
            Props.Create(() => new ParentActor(new OneForOneStrategy(_ => Directive.Escalate), CounterProps()))));
        var child = ChildOf(ChildOf(grandparent));
        TestActor.Send(child, "count");
        TestActor.Send(child, "throw");
        TestActor.Send(child, "count");
        TestActor.ExpectMsg(1);
        TestActor.ExpectMsg<Status.Failure>();
        TestActor.ExpectMsg(2);
    }

    [Fact]
    public void Throw_MoreOftenThanAllowed_StopsTheActor()
    {
        var child = Child(new OneForOneStrategy(2, TimeSpan.FromMinutes(1), _ => Directive.Restart));
        TestActor.Watch(child);
        for (var i = 0; i < 3; i++)
        {
            TestActor.Send(child, "throw");
            TestActor.ExpectMsg<Status.Failure>();
        }
        TestActor.ExpectTerminated(child);
    }

    [Fact]
    public void Throw_AllowedAgainAfterTheTimeRange_GoesOn()
    {
        var child = Child(new OneForOneStrategy(2, TimeSpan.FromMinutes(1), _ => Directive.Restart));
        for (var i = 0; i < 10; i++)
        {
            TestActor.Send(child, "throw");
            TestActor.ExpectMsg<Status.Failure>();
            Simulation!.Advance(TimeSpan.FromSeconds(31));
        }
        TestActor.Send(child, "count");
        TestActor.ExpectMsg(1);
    }

    [Fact]
    public void Backoff_FailuresInARow_WaitsTwiceAsLongEachTimeUpToTheMaximum()
    {
        var child = Child(new OneForOneStrategy(_ => Directive.Restart).WithBackoff(Backoff));
        foreach (var seconds in new[] { 1, 2, 4, 8, 10, 10 })
        {
            TestActor.Send(child, "throw");
            Assert.IsType<FormatException>(TestActor.ExpectMsg<Status.Failure>().Cause);
            Simulation!.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            TestActor.Send(child, "count");
            Assert.IsType<ActorRestartingException>(TestActor.ExpectMsg<Status.Failure>().Cause);
            Simulation.Advance(TimeSpan.FromMilliseconds(1));
            TestActor.Send(child, "count");
            TestActor.ExpectMsg(1);
        }
    }

    [Fact]
    public void Backoff_QuietTimeBetweenFailures_StartsAgainWithTheShortest()
    {
        var child = Child(new OneForOneStrategy(_ => Directive.Restart).WithBackoff(Backoff));
        for (var i = 0; i < 3; i++)
        {
            TestActor.Send(child, "throw");
            TestActor.ExpectMsg<Status.Failure>();
            Simulation!.Advance(TimeSpan.FromSeconds(1));
            TestActor.Send(child, "count");
            TestActor.ExpectMsg(1);
            Simulation.Advance(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public void Backoff_MessagesThatWaitBehindTheFailure_FailAtOnce()
    {
        var child = Child(new OneForOneStrategy(_ => Directive.Restart).WithBackoff(Backoff));
        TestActor.Send(child, "throw");
        TestActor.Send(child, "count");
        TestActor.ExpectMsg<Status.Failure>();
        Assert.IsType<ActorRestartingException>(TestActor.ExpectMsg<Status.Failure>().Cause);
    }

    [Fact]
    public void Backoff_StopWhileWaiting_StopsAtOnce()
    {
        var child = Child(new OneForOneStrategy(_ => Directive.Restart).WithBackoff(Backoff));
        TestActor.Watch(child);
        TestActor.Send(child, "throw");
        TestActor.ExpectMsg<Status.Failure>();
        TestActor.Send(child, PoisonPill.Instance);
        TestActor.ExpectTerminated(child);
    }

    [Fact]
    public void Constructor_Throws_StopsTheActorByDefault()
    {
        var actor = ActorOf<BrokenActor>(() => throw new FormatException("constructor"));
        TestActor.Watch(actor);
        TestActor.ExpectTerminated(actor);
    }

    [Fact]
    public void Constructor_ThrowsAndIsRestartedWithBackoff_ComesUpWhenItCan()
    {
        var attempts = 0;
        var parent = ActorOf(() => new ParentActor(
            new OneForOneStrategy(_ => Directive.Restart).WithBackoff(Backoff),
            Props.Create(() => ++attempts < 3 ? throw new FormatException("not yet") : new CounterActor())));
        var child = ChildOf(parent);
        Simulation!.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(3, attempts);
        TestActor.Send(child, "count");
        TestActor.ExpectMsg(1);
    }

    [Fact]
    public void Restart_CallsTheHooksInOrderAndStopsTheChildrenFirst()
    {
        var actor = ActorOf(() => new HooksActor(TestActor.Ref, CounterProps()));
        TestActor.ExpectMsg("PreStart");
        TestActor.Send(actor, "throw");
        TestActor.ExpectMsg<Status.Failure>();
        TestActor.ExpectMsg("PreRestart throw");
        TestActor.ExpectMsg("PostStop");
        TestActor.ExpectMsg("PostRestart");
        TestActor.ExpectMsg("PreStart");
        TestActor.ExpectNoMsg();
        Sys.Stop(actor);
        TestActor.ExpectMsg("PostStop");
    }

    [Fact]
    public void Kill_ByDefault_StopsTheActor()
    {
        var child = Child(SupervisorStrategy.DefaultStrategy);
        TestActor.Watch(child);
        child.Tell(Kill.Instance, null);
        TestActor.ExpectTerminated(child);
    }

    [Fact]
    public async Task Guardian_FailureEscalatedToIt_RestartsTheTopActor()
    {
        var parent = Parent(new OneForOneStrategy(_ => Directive.Escalate));
        var child = ChildOf(parent);
        await Assert.ThrowsAsync<FormatException>(() => Simulation!.Complete(child.Ask<int>("throw")));
        Assert.False(Sys.WhenTerminated.IsCompleted);
        Assert.NotEqual(child, ChildOf(parent));
    }

    private static Props CounterProps() => Props.Create(() => new CounterActor());

    private IActorRef Parent(SupervisorStrategy strategy) => ActorOf(() => new ParentActor(strategy, CounterProps()));

    private IActorRef Child(SupervisorStrategy strategy) => ChildOf(Parent(strategy));

    private IActorRef ChildOf(IActorRef parent)
    {
        TestActor.Send(parent, "child");
        return TestActor.ExpectMsg<IActorRef>();
    }

    private sealed class ParentActor : ReceiveActor
    {
        private readonly SupervisorStrategy _strategy;

        public ParentActor(SupervisorStrategy strategy, Props child)
        {
            _strategy = strategy;
            var made = Context.ActorOf(child, "child");
            Receive<string>(_ => Sender.Tell(made));
        }

        protected override SupervisorStrategy SupervisorStrategy() => _strategy;
    }

    private sealed class KeepingParentActor : ReceiveActor
    {
        private readonly Props _child;

        public KeepingParentActor(Props child)
        {
            _child = child;
            Receive<string>(_ => Sender.Tell(Context.Child("child")));
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

        protected override void PreStart() => Context.ActorOf(_child, "child");

        protected override void PreRestart(Exception reason, object? message) => PostStop();

        protected override void PostRestart(Exception reason)
        {
        }
    }

    private sealed class CounterActor : ReceiveActor
    {
        private int _count;

        public CounterActor() => Receive<string>(
            message => Sender.Tell(message == "throw" ? throw new FormatException("thrown") : (object)++_count));
    }

    private sealed class BrokenActor : ReceiveActor;

    private sealed class HooksActor : ReceiveActor
    {
        private readonly IActorRef _log;

        public HooksActor(IActorRef log, Props child)
        {
            _log = log;
            Context.ActorOf(child, "child");
            Receive<string>(_ => throw new FormatException("thrown"));
        }

        protected override void PreStart() => _log.Tell("PreStart");

        protected override void PostStop() => _log.Tell("PostStop");

        protected override void PreRestart(Exception reason, object? message)
        {
            _log.Tell($"PreRestart {message}");
            base.PreRestart(reason, message);
        }

        protected override void PostRestart(Exception reason)
        {
            _log.Tell("PostRestart");
            base.PostRestart(reason);
        }
    }
}
