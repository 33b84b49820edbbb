using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class TimerTests() : TestKitBase(new Simulation(seed: 4))
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private IActorRef? _subject;

    [Fact]
    public void SingleTimer_AtItsTime_TicksOnce()
    {
        Do(timers => timers.StartSingleTimer("key", "tick", Second));
        TestActor.ExpectNoMsg(Second - Millisecond);
        TestActor.ExpectMsg("tick", Millisecond);
        TestActor.ExpectNoMsg(10 * Second);
    }

    [Fact]
    public void PeriodicTimer_WithInitialDelay_TicksAtEachInterval()
    {
        Do(timers => timers.StartPeriodicTimer("key", "tick", Second, 2 * Second));
        TestActor.ExpectMsg("tick", Second);
        TestActor.ExpectNoMsg((2 * Second) - Millisecond);
        TestActor.ExpectMsg("tick", Millisecond);
        TestActor.ExpectMsg("tick", 2 * Second);
    }

    [Fact]
    public void Timer_StartedAgainWithItsKey_TicksOnlyTheNew()
    {
        Do(timers => timers.StartSingleTimer("key", "old", Second));
        Do(timers => timers.StartSingleTimer("key", "new", 2 * Second));
        TestActor.ExpectNoMsg((2 * Second) - Millisecond);
        TestActor.ExpectMsg("new", Millisecond);
    }

    [Fact]
    public void Timer_CancelledWhileItsTickWaits_NeverTicks()
    {
        var actor = ActorOf(() => new TimersActor(TestActor.Ref));
        actor.Tell((Action<ITimerScheduler>)(timers => timers.StartSingleTimer("key", "tick", Second)), null);
        Simulation!.RunUntilIdle();
        actor.Tell((Action<ITimerScheduler>)(timers => timers.Cancel("key")), null);
        Simulation.Time.Advance(Second);
        TestActor.ExpectNoMsg(Second);
    }

    [Fact]
    public void IsTimerActive_OverATimersLife_SaysSo()
    {
        var seen = new List<bool>();
        var actor = ActorOf(() => new TimersActor(TestActor.Ref));
        void Look(Action<ITimerScheduler> action)
        {
            actor.Tell(action + (timers => seen.Add(timers.IsTimerActive("key"))), null);
            Simulation!.RunUntilIdle();
        }

        Look(_ => { });
        Look(timers => timers.StartSingleTimer("key", "tick", Second));
        Simulation!.Advance(Second);
        Look(_ => { });
        Look(timers => timers.StartPeriodicTimer("key", "tick", Second));
        Simulation.Advance(Second);
        Look(_ => { });
        Look(timers => timers.CancelAll());
        Assert.Equal([false, true, false, true, true, false], seen);
    }

    [Fact]
    public void PeriodicTimer_TicksThatWait_AreLeftOut()
    {
        var actor = Do(timers => timers.StartPeriodicTimer("key", "tick", Second));
        // The clock goes on while the actor gets no turn.
        Simulation!.Time.Advance(5 * Second);
        TestActor.ExpectMsg("tick");
        TestActor.ExpectNoMsg();
        Sys.Stop(actor);
    }

    [Fact]
    public void Timers_ActorRestarts_End()
    {
        var actor = Do(timers => timers.StartSingleTimer("key", "tick", Second));
        actor.Tell((Action<ITimerScheduler>)(_ => throw new FormatException("thrown")), null);
        TestActor.ExpectNoMsg(10 * Second);
    }

    [Fact]
    public void Timers_ActorStops_EndAndLeaveNoTimerBehind()
    {
        var actor = Do(timers => timers.StartPeriodicTimer("key", "tick", Second));
        Sys.Stop(actor);
        Simulation!.RunUntilIdle();
        Assert.Null(Simulation.Time.NextDue);
    }

    [Fact]
    public void Timer_MailboxIsFull_TicksAllTheSame()
    {
        var actor = Sys.ActorOf(Props.Create(() => new TimersActor(TestActor.Ref)).WithMailboxCapacity(2));
        actor.Tell((Action<ITimerScheduler>)(timers => timers.StartSingleTimer("key", "tick", Second)), null);
        Simulation!.RunUntilIdle();
        for (var i = 0; i < 3; i++) actor.Tell("filler", null);
        Simulation.Time.Advance(Second);
        TestActor.ExpectMsg("filler");
        TestActor.ExpectMsg("filler");
        TestActor.ExpectMsg("tick");
    }

    [Fact]
    public void ReceiveTimeout_NoMessage_ComesAgainAndAgain()
    {
        ActorOf(() => new IdleActor(TestActor.Ref, Second));
        TestActor.ExpectNoMsg(Second - Millisecond);
        TestActor.ExpectMsg<ReceiveTimeout>(Millisecond);
        TestActor.ExpectMsg<ReceiveTimeout>(Second);
    }

    [Fact]
    public void ReceiveTimeout_MessageBefore_PutsItOff()
    {
        var actor = ActorOf(() => new IdleActor(TestActor.Ref, Second));
        Simulation!.Advance(Second / 2);
        actor.Tell("activity", null);
        TestActor.ExpectNoMsg(Second - Millisecond);
        TestActor.ExpectMsg<ReceiveTimeout>(Millisecond);
    }

    [Fact]
    public void ReceiveTimeout_MessageWithoutInfluence_DoesNotPutItOff()
    {
        var actor = ActorOf(() => new IdleActor(TestActor.Ref, Second));
        Simulation!.Advance(Second / 2);
        actor.Tell(new Probe(), null);
        TestActor.ExpectMsg<ReceiveTimeout>(Second / 2);
    }

    [Fact]
    public void ReceiveTimeout_TickLostInABackoff_ComesInTheNewInstance()
    {
        var backoff = new RestartBackoff(5 * Second, 5 * Second, 0);
        ActorOf(() => new Supervisor(
            Props.Create(() => new IdleActor(TestActor.Ref, Second)),
            new OneForOneStrategy(_ => Directive.Restart).WithBackoff(backoff),
            TestActor.Ref));
        Simulation!.RunUntilIdle();
        var idle = TestActor.ExpectMsg<IActorRef>();
        // The tick comes into the mailbox behind the message that throws.
        idle.Tell("throw", null);
        Simulation.Time.Advance(Second);
        TestActor.ExpectNoMsg(5 * Second);
        TestActor.ExpectMsg<ReceiveTimeout>(Second);
    }

    [Fact]
    public void Timer_SetInPostStop_EndsWithTheInstance()
    {
        var actor = ActorOf(() => new LateTimerActor());
        Sys.Stop(actor);
        Simulation!.RunUntilIdle();
        Assert.Null(Simulation.Time.NextDue);
    }

    [Fact]
    public void ReceiveTimeout_SetToNull_ComesNoMore()
    {
        var actor = ActorOf(() => new IdleActor(TestActor.Ref, Second));
        actor.Tell("off", null);
        TestActor.ExpectNoMsg(10 * Second);
    }

    /// <summary>Runs an action with the timers of the test's one actor.</summary>
    private IActorRef Do(Action<ITimerScheduler> action)
    {
        _subject ??= ActorOf(() => new TimersActor(TestActor.Ref));
        _subject.Tell(action, null);
        Simulation!.RunUntilIdle();
        return _subject;
    }

    private sealed record Probe : INotInfluenceReceiveTimeout;

    private sealed class TimersActor : ReceiveActor, IWithTimers
    {
        public TimersActor(IActorRef log)
        {
            Receive<Action<ITimerScheduler>>(action => action(Timers));
            Receive<string>(log.Tell);
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }

    private sealed class IdleActor : ReceiveActor
    {
        private readonly TimeSpan _timeout;

        public IdleActor(IActorRef log, TimeSpan timeout)
        {
            _timeout = timeout;
            Receive<ReceiveTimeout>(log.Tell);
            Receive<string>(_ => Context.SetReceiveTimeout(null), message => message == "off");
            Receive<string>(message => throw new FormatException(message), message => message == "throw");
            ReceiveAny(_ => { });
        }

        protected override void PreStart() => Context.SetReceiveTimeout(_timeout);
    }

    private sealed class LateTimerActor : ReceiveActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PostStop()
        {
            Timers.StartPeriodicTimer("key", "tick", Second);
            Context.SetReceiveTimeout(Second);
        }
    }

    private sealed class Supervisor : ReceiveActor
    {
        private readonly SupervisorStrategy _strategy;

        public Supervisor(Props child, SupervisorStrategy strategy, IActorRef log)
        {
            _strategy = strategy;
            log.Tell(Context.ActorOf(child));
        }

        protected override SupervisorStrategy SupervisorStrategy() => _strategy;
    }
}
