using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class MailboxTests() : TestKitBase(new Simulation(seed: 6))
{
    [Fact]
    public async Task Tell_MailboxFull_FailsTheAskAtOnceAndDeliversTheOthers()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor.Ref)).WithMailboxCapacity(3));
        Simulation!.RunUntilIdle();
        var asks = Enumerable.Range(0, 5).Select(i => actor.Ask<int>(i)).ToArray();
        Assert.Equal([false, false, false, true, true], asks.Select(ask => ask.IsFaulted));
        var replies = await Simulation.Complete(Task.WhenAll(asks[..3]));
        Assert.Equal([0, 1, 2], replies);
        var failure = await Assert.ThrowsAsync<MailboxFullException>(() => asks[3]);
        Assert.Equal(3, failure.Capacity);
        Assert.Equal(5, await Simulation.Complete(actor.Ask<int>(5)));
    }

    [Fact]
    public void Tell_MailboxFullAndNoSender_IsCounted()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor.Ref)).WithMailboxCapacity(3));
        Simulation!.RunUntilIdle();
        for (var i = 0; i < 10; i++) actor.Tell(i, null);
        Assert.Equal(7, Sys.DroppedCount);
        for (var i = 0; i < 3; i++) TestActor.ExpectMsg(i);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void PipeTo_MailboxFull_OutcomesOfItsOwnWorkGetThrough()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor.Ref)).WithMailboxCapacity(3));
        Simulation!.RunUntilIdle();
        for (var i = 0; i < 4; i++) actor.Tell(i, null);
        Task.FromResult(0.5).PipeTo(actor, actor);
        for (var i = 0; i < 3; i++) TestActor.ExpectMsg(i);
        TestActor.ExpectMsg(0.5);
        TestActor.ExpectNoMsg();
        Assert.Equal(1, Sys.DroppedCount);
    }

    [Fact]
    public void Stop_MailboxFull_GetsThrough()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor.Ref)).WithMailboxCapacity(3));
        TestActor.Watch(actor);
        for (var i = 0; i < 10; i++) actor.Tell(i, null);
        Sys.Stop(actor);
        TestActor.ExpectTerminated(actor);
    }

    [Fact]
    public void Tell_WhileSupervisorDecides_CountsWhatIsHeld()
    {
        // The parent never gets its turn to decide, because the simulation isn't run between.
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor.Ref)).WithMailboxCapacity(3));
        Simulation!.RunUntilIdle();
        actor.Tell("throw", null);
        actor.Tell(1, null);
        actor.Tell(2, null);
        actor.Tell(3, null);
        Assert.Equal(1, Sys.DroppedCount);
        TestActor.ExpectMsg(1);
        TestActor.ExpectMsg(2);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void PoisonPill_BehindMessages_StopsAfterThem()
    {
        var actor = ActorOf(() => new Recorder(TestActor.Ref));
        TestActor.Watch(actor);
        var sender = CreateTestProbe().Ref;
        actor.Tell(1, sender);
        actor.Tell(PoisonPill.Instance, sender);
        actor.Tell(2, sender);
        TestActor.ExpectMsg(1);
        TestActor.ExpectTerminated(actor);
        TestActor.ExpectNoMsg();
        Assert.Equal(1, Sys.DeadLetterCount);
    }

    [Fact]
    public void Stop_WhileMessagesWait_LeavesThemAsDeadLetters()
    {
        var actor = ActorOf(() => new Recorder(TestActor.Ref));
        Simulation!.RunUntilIdle();
        actor.Tell("stop", null);
        actor.Tell(1, null);
        actor.Tell(2, null);
        TestActor.ExpectNoMsg();
        Assert.Equal(2, Sys.DeadLetterCount);
    }

    private sealed class Recorder : ReceiveActor
    {
        public Recorder(IActorRef log)
        {
            Receive<string>(message =>
            {
                if (message == "stop") Context.Stop(Self);
                else throw new FormatException(message);
            });
            Receive<int>(number =>
            {
                log.Tell(number);
                Sender.Tell(number);
            });
            Receive<double>(outcome => log.Tell(outcome));
        }
    }
}
