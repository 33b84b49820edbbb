using StreamActors.Actors.Tests.Sources;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Sources;
using StreamActors.Streams;
using Xunit;

namespace StreamActors.Actors.Tests.Streams;

public sealed class TopicAndCatalogCoreTests
{
    private const long Epoch = 5;

    private static readonly TopicId Id = new("7.1");
    private static readonly PartitionId[] Two = [new("7.1.0"), new("7.1.1")];

    [Fact]
    public void Topic_FindPartition_IsFoundUpToTheCount()
    {
        var core = new TopicCore<string>(new EntitySettings(), Epoch);

        Assert.Equal([new TopicEffect<string>.OpenSource(Epoch)], core.Handle(new TopicRequest.FindPartition(Id, 1), "x"));
        Assert.Equal(
            [new TopicEffect<string>.Reply("x", new TopicReply.Found(new PartitionId("7.1.1")))],
            core.SourceOpened(Epoch, new TopicPartitions(Two, CancellationToken.None)));
        Assert.Equal([new TopicEffect<string>.Reply("x", new TopicReply.Partitions(Two))], core.Handle(new TopicRequest.ListPartitions(Id), "x"));
        Assert.Equal(Fault.NotFound, FaultOf(core.Handle(new TopicRequest.FindPartition(Id, 2), "x")));
        Assert.Equal(Fault.NotFound, FaultOf(core.Handle(new TopicRequest.FindPartition(Id, -1), "x")));
        Assert.Equal([new TopicEffect<string>.Passivate()], core.Idle());
    }

    [Fact]
    public void Topic_Deleted_RefusesWhatComesThen()
    {
        var core = new TopicCore<string>(new EntitySettings(), Epoch);
        using var deleted = new CancellationTokenSource();
        core.Handle(new TopicRequest.ListPartitions(Id), "x");
        core.SourceOpened(Epoch, new TopicPartitions(Two, deleted.Token));

        deleted.Cancel();

        Assert.Equal(Fault.Deleted, FaultOf(core.Handle(new TopicRequest.FindPartition(Id, 0), "x")));
    }

    [Fact]
    public void Topic_SourceDoesNotOpen_FailsAndTheNextTriesAgain()
    {
        var core = new TopicCore<string>(new EntitySettings { MaxPending = 1 }, Epoch);
        core.Handle(new TopicRequest.ListPartitions(Id), "x");
        Assert.Equal(Fault.Overloaded, FaultOf(core.Handle(new TopicRequest.ListPartitions(Id), "y")));
        Assert.Empty(core.Idle());
        Assert.Empty(core.SourceOpened(Epoch + 1, new TopicPartitions(Two, CancellationToken.None)));

        Assert.Equal(Fault.Stale, FaultOf(core.SourceOpened(Epoch, new Failure(Fault.Stale, "gone"))));
        Assert.Equal([new TopicEffect<string>.OpenSource(Epoch)], core.Handle(new TopicRequest.ListPartitions(Id), "x"));
        Assert.Equal(Fault.Crashed, FaultOf(core.Stop(new Failure(Fault.Crashed, "stopped"))));
    }

    [Fact]
    public void Catalog_SameVersionAskedByMany_IsResolvedOnce()
    {
        var core = new CatalogCore<string>(new EntitySettings(), Epoch);
        var (file, again, other) = (new FakeFile("x", "1"), new FakeFile("x", "1"), new FakeFile("x", "2", inode: 2));
        var stream = new CatalogReply.Stream(FakeSource.Stream);

        Assert.Equal([new CatalogEffect<string>.Resolve(Epoch, file)], core.Handle(new CatalogRequest.Resolve(file), "x"));
        Assert.Empty(core.Handle(new CatalogRequest.Resolve(again), "y"));
        Assert.Equal([new CatalogEffect<string>.Resolve(Epoch, other)], core.Handle(new CatalogRequest.Resolve(other), "z"));
        Assert.Equal(
            [new CatalogEffect<string>.Reply("x", stream), new CatalogEffect<string>.Reply("y", stream)],
            core.Resolved(Epoch, file, stream));
        Assert.Equal([new CatalogEffect<string>.Resolve(Epoch, again)], core.Handle(new CatalogRequest.Resolve(again), "x"));
    }

    [Fact]
    public void Catalog_MoreThanMayWait_IsOverloaded()
    {
        var core = new CatalogCore<string>(new EntitySettings { MaxPending = 1 }, Epoch);
        var file = new FakeFile("x", "1");
        core.Handle(new CatalogRequest.Resolve(file), "x");

        Assert.Equal(Fault.Overloaded, FaultOf(core.Handle(new CatalogRequest.Resolve(file), "y")));
        core.Resolved(Epoch, file, new Failure(Fault.NotFound, "gone"));
        Assert.IsType<CatalogEffect<string>.Resolve>(Assert.Single(core.Handle(new CatalogRequest.Resolve(file), "y")));
    }

    [Fact]
    public void Catalog_Stopped_TellsWhoWaits_AndDropsLateOutcomes()
    {
        var core = new CatalogCore<string>(new EntitySettings(), Epoch);
        var file = new FakeFile("x", "1");
        core.Handle(new CatalogRequest.Resolve(file), "x");

        Assert.Empty(core.Resolved(Epoch + 1, file, new CatalogReply.Ordinary()));
        Assert.Equal(Fault.Crashed, FaultOf(core.Stop(new Failure(Fault.Crashed, "stopped"))));
        Assert.Empty(core.Resolved(Epoch, file, new CatalogReply.Ordinary()));
    }

    private static Fault FaultOf(IReadOnlyList<TopicEffect<string>> effects) =>
        Assert.IsType<Failure>(Assert.IsType<TopicEffect<string>.Reply>(Assert.Single(effects)).Message).Fault;

    private static Fault FaultOf(IReadOnlyList<CatalogEffect<string>> effects) =>
        Assert.IsType<Failure>(Assert.IsType<CatalogEffect<string>.Reply>(Assert.Single(effects)).Message).Fault;
}
