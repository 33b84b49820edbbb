using StreamActors.Runtime;

namespace StreamActors.Cluster.Tests.Engine;

/// <summary>Entities that stay with one host.</summary>
public sealed class PinnedTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly EngineWorld _world = new(12) { PinnedTo = entity => entity.EndsWith('7') ? "b" : null };

    [Fact]
    public async Task Ask_FromAnyHost_ReachesTheHostThatHasIt()
    {
        var hosts = _world.Start("a", "b", "c");
        foreach (var host in hosts)
            foreach (var entity in new[] { 7, 17, 27, 37 }) Assert.Equal("b", await Within(host.AskAsync(entity, "where")));
        await Within(hosts[2].Engine.Node.Ask<LeftCluster>(new LeaveCluster()));
        Assert.Equal("b", await Within(hosts[0].AskAsync(7, "where")));
        Assert.Equal(4, hosts[1].Living.Count(entity => entity is { Key: [.., '7'], Value: 1 }));
    }

    [Fact]
    public async Task Host_IsAway_NobodyTakesItsEntitiesAndWaitsGoOnOnceItIsBack()
    {
        var (a, b) = (_world.Start("a", "b")[0], _world.Hosts["b"]);
        Assert.Equal("b", await Within(a.AskAsync(7, "where")));
        await b.KillAsync();
        _world.Simulation.Advance(TimeSpan.FromSeconds(20));
        var early = a.AskAsync(17, "where");
        await Assert.ThrowsAsync<AskTimeoutException>(() => Within(early));

        var wait = a.AskAsync(7, "wait");
        _world.Simulation.Advance(TimeSpan.FromSeconds(5));
        await _world.RestartAsync("b");
        _world.Simulation.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("1", await Within(a.AskAsync(7, "wake")));
        Assert.Equal("woken on b", await Within(wait));
    }

    [Fact]
    public async Task Host_IsNoMember_ItsOwnEntitiesAnswerItsOwnAskers()
    {
        var (a, b) = (_world.Start("a", "b")[0], _world.Hosts["b"]);
        b.Etcd.IsCutOff = true;
        _world.Simulation.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(b.Self);
        Assert.Equal("b", await Within(b.AskAsync(7, "where")));
        b.Etcd.IsCutOff = false;
        _world.Simulation.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("b", await Within(a.AskAsync(7, "where")));
    }

    private Task<T> Within<T>(Task<T> task) => _world.Simulation.Complete(task, Limit);
}
