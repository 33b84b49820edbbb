using StreamActors.Cluster.Tests.Etcd;
using StreamActors.Etcd;
using StreamActors.Kafka;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Host.Tests.Volumes;

/// <summary>Checkpoints and generations of Kafka partitions in a real etcd.</summary>
public sealed class EtcdCheckpointTests(RealEtcdFixture fixture) : IClassFixture<RealEtcdFixture>, IDisposable
{
    private static readonly CheckpointList s_first = new(3, [new MirrorCheckpoint(1, 2, 3, 4, 5)]);
    private static readonly CheckpointList s_second = new(3, [.. s_first.Places, new MirrorCheckpoint(6, 7, 8, 9, uint.MaxValue)]);

    private readonly string _prefix = $"{Guid.NewGuid()}/";
    private readonly List<IDisposable> _opened = [];

    public void Dispose() => _opened.ForEach(opened => opened.Dispose());

    [Fact]
    public void Saved_IsLoadedByAnotherMember_AndComesToItsCopy()
    {
        var (mine, other) = (new EtcdCheckpoints(Table()), new EtcdCheckpoints(Table()));
        Assert.Empty(mine.Load("films", 0).Value!.Places);
        Assert.Null(mine.Save("films", 0, s_first));

        Assert.Equal(s_first.Places, other.Load("films", 0).Value!.Places);
        Assert.Equal(3, other.Load("films", 0).Value!.Generation);
        Until(() => other.Known("films", 0).Places.Count == 1);
        Until(() => mine.Known("films", 0).Places.Count == 1);
        Assert.Null(mine.Save("films", 0, s_second));
        Assert.Equal(s_second.Places, other.Load("films", 0).Value!.Places);
        Assert.Empty(other.Load("films", 1).Value!.Places);

        // An owner of before, which has seen that another one has come further, leaves it so.
        Until(() => other.Known("films", 0).Places.Count == 2);
        Assert.Null(other.Save("films", 0, s_first));
        Assert.Null(other.Save("films", 0, s_second with { Generation = 2 }));
        Assert.Equal(s_second.Places, mine.Load("films", 0).Value!.Places);
        Assert.Null(other.Save("films", 0, s_first with { Generation = 4 }));
        Assert.Equal(4, mine.Load("films", 0).Value!.Generation);
    }

    [Fact]
    public void Saved_ByAnOwnerThatKnowsOfNoLaterOne_DoesNotTakeItsPlace()
    {
        var (old, next) = (new EtcdCheckpoints(Table()), new EtcdCheckpoints(Table()));
        var held = Table();
        Assert.Null(old.Save("films", 0, s_first));
        Until(() => next.Known("films", 0).Places.Count == 1);
        // As after a pause: it has not seen what came since.
        held.Dispose();
        var paused = new EtcdCheckpoints(held);
        Assert.Null(next.Save("films", 0, s_second));

        Assert.Null(paused.Save("films", 0, s_first));

        Assert.Equal(s_second.Places, next.Load("films", 0).Value!.Places);
    }

    [Fact]
    public async Task WrittenOverByHand_IsNone_AndEtcdThatDoesNotAnswer_IsSaid()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var client = new EtcdClient(new EtcdOptions { Endpoints = [etcd.Endpoint], CallTimeout = TimeSpan.FromMilliseconds(500) }, TimeProvider.System);
        using var table = new EtcdTable(client, _prefix, TimeProvider.System, _ => { });
        var checkpoints = new EtcdCheckpoints(table);
        Assert.Equal("x", (await table.ChangeAsync(new EtcdRow("films/0", null, 0), "x")).Value!.Value);
        Assert.Empty(checkpoints.Load("films", 0).Value!.Places);

        await etcd.SignalAsync("STOP");

        Assert.Equal(Fault.TimedOut, checkpoints.Load("films", 0).Failure?.Fault);
        Assert.Equal(Fault.TimedOut, checkpoints.Save("films", 0, s_first)?.Fault);
        await etcd.SignalAsync("CONT");
    }

    private EtcdTable Table()
    {
        var client = new EtcdClient(new EtcdOptions { Endpoints = [fixture.Etcd.Endpoint] }, TimeProvider.System);
        var table = new EtcdTable(client, _prefix, TimeProvider.System, fault => Assert.Fail(fault.ToString()));
        _opened.AddRange([table, client]);
        return table;
    }

    private static void Until(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, TimeSpan.FromSeconds(30)));
}
