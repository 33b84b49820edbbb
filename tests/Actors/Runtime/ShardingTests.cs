using StreamActors.Runtime;
using StreamActors.Sharding;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class ShardingTests : TestKitBase
{
    private readonly IActorRef _region;

    public ShardingTests() : base(new Simulation(seed: 5)) =>
        _region = ClusterSharding.Get(Sys).Start(
            "entity",
            _id => _id == "unknown"
                ? throw new FormatException(_id)
                : Props.Create(() => new EntityActor(_id, TestActor.Ref)),
            ClusterShardingSettings.Create(Sys) with { BufferSize = 3 },
            HashCodeMessageExtractor.Create(
                1, message => message is Exception bad ? throw bad : (message as ShardingEnvelope)?.EntityId, message => ((ShardingEnvelope)message).Message));

    [Fact]
    public void Region_FirstMessageToAnEntity_StartsIt()
    {
        Send("a", "hello");
        TestActor.ExpectMsg("a starts");
        TestActor.ExpectMsg("a: hello");
        Send("a", "again");
        TestActor.ExpectMsg("a: again");
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Region_IdThatIsNoPathElement_StartsItsEntity()
    {
        Send("$a/b ü", "hello");
        TestActor.ExpectMsg("$a/b ü starts");
        TestActor.ExpectMsg("$a/b ü: hello");
    }

    [Fact]
    public async Task Region_MessageForNoEntity_FailsTheAsk() =>
        await Assert.ThrowsAsync<InvalidMessageException>(() => Simulation!.Complete(_region.Ask<string>("no envelope")));

    [Fact]
    public async Task Region_ExtractorThrows_FailsTheAskAndKeepsTheEntities()
    {
        Send("a", "hello");
        await Assert.ThrowsAsync<FormatException>(() => Simulation!.Complete(_region.Ask<string>(new FormatException("bad"))));
        Send("a", "again");
        TestActor.ExpectMsg("a starts");
        TestActor.ExpectMsg("a: hello");
        TestActor.ExpectMsg("a: again");
    }

    [Fact]
    public async Task Shard_EntityCannotBeMade_FailsTheAskAndKeepsTheOthers()
    {
        Send("a", "hello");
        await Assert.ThrowsAsync<FormatException>(() => Simulation!.Complete(Ask("unknown", "hello")));
        Send("a", "again");
        TestActor.ExpectMsg("a starts");
        TestActor.ExpectMsg("a: hello");
        TestActor.ExpectMsg("a: again");
    }

    [Fact]
    public void Start_SameTypeName_GivesTheSameRegion()
    {
        Assert.Same(_region, ClusterSharding.Get(Sys).ShardRegion("entity"));
        Assert.Throws<ArgumentException>(() => ClusterSharding.Get(Sys).ShardRegion("other"));
    }

    [Fact]
    public void Passivate_MessagesInFlight_ReachTheNextIncarnationInOrder()
    {
        Send("a", "passivate");
        Simulation!.RunUntilIdle();
        // The entity has its stop message, and waits for the test before it obeys.
        Send("a", 1);
        Send("a", 2);
        Simulation.RunUntilIdle();
        TestActor.ExpectMsg("a starts");
        TestActor.ExpectMsg<IActorRef>().Tell("stop now", null);
        TestActor.ExpectMsg("a stops");
        TestActor.ExpectMsg("a starts");
        TestActor.ExpectMsg("a: 1");
        TestActor.ExpectMsg("a: 2");
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public async Task Passivate_MoreMessagesThanTheBuffer_FailTheirAsks()
    {
        Send("a", "passivate");
        Simulation!.RunUntilIdle();
        var kept = Enumerable.Range(0, 3).Select(i => Ask("a", i)).ToArray();
        Simulation.RunUntilIdle();
        await Assert.ThrowsAsync<EntityBufferFullException>(() => Simulation.Complete(Ask("a", 3)));
        TestActor.ExpectMsg("a starts");
        TestActor.ExpectMsg<IActorRef>().Tell("stop now", null);
        Assert.Equal(["a: 0", "a: 1", "a: 2"], await Simulation.Complete(Task.WhenAll(kept)));
    }

    [Fact]
    public async Task Passivate_NothingInFlight_ForgetsTheEntity()
    {
        Send("a", "hello");
        Send("b", "passivate");
        Simulation!.RunUntilIdle();
        Assert.Equal(["a", "b"], await EntityIds());
        TestActor.FishForMessage<IActorRef>(_ => true).Tell("stop now", null);
        Simulation.RunUntilIdle();
        Assert.Equal(["a"], await EntityIds());
    }

    [Fact]
    public async Task Region_ShardStops_FailsTheAsksItKept()
    {
        Send("a", "passivate");
        Simulation!.RunUntilIdle();
        var kept = Ask("a", "hello");
        Simulation.RunUntilIdle();
        await Simulation.Complete(Sys.Terminate());
        await Assert.ThrowsAsync<ShardStoppedException>(() => kept);
    }

    [Fact]
    public async Task Entity_Throws_FailsItsAskerAndComesBackAfterTheBackoff()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Simulation!.Complete(Ask("a", "throw")));
        TestActor.ExpectMsg("a starts");
        TestActor.ExpectMsg("a stops");
        await Assert.ThrowsAsync<ActorRestartingException>(() => Simulation!.Complete(Ask("a", "hello")));
        Simulation!.Advance(TimeSpan.FromSeconds(1));
        TestActor.ExpectMsg("a starts");
        Assert.Equal("a: hello", await Simulation.Complete(Ask("a", "hello")));
    }

    [Fact]
    public async Task Entity_StopsItself_IsStartedByTheNextMessage()
    {
        Send("a", "stop");
        Simulation!.RunUntilIdle();
        Assert.Equal("a: hello", await Simulation.Complete(Ask("a", "hello")));
    }

    [Theory]
    [InlineData("", 0u, 0u)]
    [InlineData("", 1u, 0x514E28B7u)]
    [InlineData("test", 0u, 0xBA6BD213u)]
    [InlineData("test", 0x9747b28cu, 0x704B81DCu)]
    [InlineData("Hello, world!", 0u, 0xC0363E43u)]
    [InlineData("Hello, world!", 0x9747b28cu, 0x24884CBAu)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0u, 0x2E4FF723u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x9747b28cu, 0x2FA826CDu)]
    public void StableHash_KnownTexts_GivesTheirPublishedHashes(string text, uint seed, uint expected) =>
        Assert.Equal(expected, StableHash.Of(System.Text.Encoding.UTF8.GetBytes(text), seed));

    [Fact]
    public void ShardId_ManyIds_UsesEveryShardAndNoOther()
    {
        var extractor = HashCodeMessageExtractor.Create(10, message => (string)message);
        var used = Enumerable.Range(0, 1000).Select(i => extractor.ShardId("entity-" + i)).ToHashSet();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => i.ToString()), used.Order());
    }

    private void Send(string entityId, object message) => TestActor.Send(_region, new ShardingEnvelope(entityId, message));

    private Task<string> Ask(string entityId, object message) => _region.Ask<string>(new ShardingEnvelope(entityId, message));

    private async Task<string[]> EntityIds()
    {
        var state = await Simulation!.Complete(_region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance));
        return [.. state.Shards.SelectMany(shard => shard.EntityIds).Order()];
    }

    private sealed class EntityActor : ReceiveActor
    {
        private readonly string _id;
        private readonly IActorRef _log;

        public EntityActor(string id, IActorRef log)
        {
            (_id, _log) = (id, log);
            Receive<string>(_ => Context.Parent.Tell(new Passivate("stop message")), message => message == "passivate");
            Receive<string>(_ => log.Tell(Self), message => message == "stop message");
            Receive<string>(_ => Context.Stop(Self), message => message is "stop now" or "stop");
            Receive<string>(_ => throw new InvalidOperationException("thrown"), message => message == "throw");
            ReceiveAny(message => Sender.Tell($"{id}: {message}"));
        }

        protected override void PreStart() => _log.Tell($"{_id} starts");

        protected override void PostStop() => _log.Tell($"{_id} stops");
    }
}
