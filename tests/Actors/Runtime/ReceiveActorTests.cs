using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class ReceiveActorTests() : TestKitBase(new Simulation(seed: 2))
{
    private interface IShape;

    private sealed record Circle(int Radius) : IShape;

    private sealed record Square(int Side) : IShape;

    [Fact]
    public void Tell_FromOneThread_ArrivesInOrder()
    {
        for (var i = 0; i < 1000; i++) TestActor.Ref.Tell(i, null);
        for (var i = 0; i < 1000; i++) TestActor.ExpectMsg(i);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Tell_Null_Throws() =>
        Assert.Throws<InvalidMessageException>(() => TestActor.Ref.Tell(null!, null));

    [Fact]
    public void Receive_SeveralHandlersMatch_TheFirstWhoseConditionHoldsTakesIt()
    {
        var actor = ActorOf(() => new Handlers());
        string Asked(object message)
        {
            TestActor.Send(actor, message);
            return TestActor.ExpectMsg<string>();
        }

        Assert.Equal("big circle", Asked(new Circle(10)));
        Assert.Equal("shape", Asked(new Circle(1)));
        Assert.Equal("shape", Asked(new Square(1)));
        Assert.Equal("even", Asked(2));
        Assert.Equal("any", Asked(3));
        Assert.Equal("any", Asked("text"));
    }

    [Fact]
    public void Become_WhileHandling_TakesEffectFromTheNextMessage()
    {
        var actor = ActorOf(() => new Door());
        foreach (var (sent, expected) in new[]
        {
            ("push", "closed"), ("open", "opened"), ("push", "through"), ("lock", "locked"),
            ("push", "no way"), ("unlock", "unlocked"), ("push", "through"),
        })
        {
            TestActor.Send(actor, sent);
            TestActor.ExpectMsg(expected);
        }
    }

    [Fact]
    public void Receive_OutsideOfConstructorAndBecome_FailsTheActor()
    {
        var actor = ActorOf(() => new LateHandlers());
        TestActor.Send(actor, "register");
        Assert.IsType<InvalidOperationException>(TestActor.ExpectMsg<Status.Failure>().Cause);
    }

    [Fact]
    public void Actor_MadeByNew_Throws() => Assert.Throws<InvalidOperationException>(() => new Door());

    [Fact]
    public void Context_OnAnotherThread_Throws()
    {
        Door? leaked = null;
        ActorOf(() => leaked = new Door());
        Simulation!.RunUntilIdle();
        Assert.Throws<NotSupportedException>(() => leaked!.ReadSender());
    }

    [Fact]
    public void Forward_KeepsTheSender()
    {
        var last = CreateTestProbe();
        var middle = ActorOf(() => new Forwarder(last.Ref));
        TestActor.Send(middle, "hello");
        last.ExpectMsg("hello");
        Assert.Equal(TestActor.Ref, last.LastSender);
    }

    [Fact]
    public void Sender_OfATellWithoutOne_IsTheDeadLetters()
    {
        var before = Sys.DeadLetterCount;
        ActorOf(() => new Door()).Tell("push", null);
        Simulation!.RunUntilIdle();
        Assert.Equal(before + 1, Sys.DeadLetterCount);
    }

    [Fact]
    public void ActorOf_NameTaken_Throws()
    {
        ActorOf(() => new Door(), "door");
        Assert.Throws<InvalidActorNameException>(() => ActorOf(() => new Door(), "door"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("$a")]
    [InlineData("a\n")]
    public void ActorOf_NameThatIsNoPathElement_Throws(string name) =>
        Assert.Throws<InvalidActorNameException>(() => ActorOf(() => new Door(), name));

    [Fact]
    public void Path_OfAChild_NamesItsParents() =>
        Assert.Equal("akka://test/user/door", ActorOf(() => new Door(), "door").Path.ToString());

    private sealed class Handlers : ReceiveActor
    {
        public Handlers()
        {
            Receive<Circle>(_ => Sender.Tell("big circle"), circle => circle.Radius > 5);
            Receive<IShape>(_ => Sender.Tell("shape"));
            Receive<int>(number =>
            {
                if (number % 2 != 0) return false;
                Sender.Tell("even");
                return true;
            });
            ReceiveAny(_ => Sender.Tell("any"));
        }
    }

    private sealed class Door : ReceiveActor
    {
        public Door()
        {
            Receive<string>(_ => Sender.Tell("closed"), message => message == "push");
            Receive<string>(_ =>
            {
                Become(Open);
                Sender.Tell("opened");
            });
        }

        public IActorRef ReadSender() => Sender;

        private void Open()
        {
            Receive<string>(_ => Sender.Tell("through"), message => message == "push");
            Receive<string>(_ =>
            {
                BecomeStacked(Locked);
                Sender.Tell("locked");
            });
        }

        private void Locked()
        {
            Receive<string>(_ => Sender.Tell("no way"), message => message == "push");
            Receive<string>(_ =>
            {
                UnbecomeStacked();
                Sender.Tell("unlocked");
            });
        }
    }

    private sealed class LateHandlers : ReceiveActor
    {
        public LateHandlers() => ReceiveAny(_ => Receive<int>(_ => { }));
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef next) => ReceiveAny(next.Forward);
    }
}
