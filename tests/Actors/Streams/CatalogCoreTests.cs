using StreamActors.Actors.Tests.Sources;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Streams;

namespace StreamActors.Actors.Tests.Streams;

public sealed class CatalogCoreTests
{
    private const long Epoch = 5;

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

    private static Fault FaultOf(IReadOnlyList<CatalogEffect<string>> effects) =>
        Assert.IsType<Failure>(Assert.IsType<CatalogEffect<string>.Reply>(Assert.Single(effects)).Message).Fault;
}
