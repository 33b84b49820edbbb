using StreamActors.Etcd;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Cluster.Tests.Etcd;

public sealed class EtcdTableTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Simulation _simulation = new(7);
    private readonly ModelEtcd _etcd;

    public EtcdTableTests()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _etcd = new ModelEtcd(_simulation.Time, 7);
    }

    [Fact]
    public async Task Row_IsChangedOnlyWhereNobodyElseHas()
    {
        using var a = Table();
        using var b = Table();
        var (nothing, same) = (await Within(a.ReadAsync("films/0")), await Within(b.ReadAsync("films/0")));
        Assert.Equal(new EtcdRow("films/0", null, 0), nothing);
        Assert.Equal("mine", (await Within(a.ChangeAsync(nothing, "mine"))).Value);
        Assert.Equal("mine", (await Within(b.ChangeAsync(same, "other"))).Value);

        var known = await Within(b.ReadAsync("films/0"));
        var changed = await Within(b.ChangeAsync(known, "next"));
        Assert.Equal("next", changed.Value);
        Assert.True(changed.Revision > known.Revision);
        Assert.True(_simulation.RunUntil(() => a.Rows.GetValueOrDefault("films/0") == changed, Limit));

        Assert.Null((await Within(a.ChangeAsync(changed, null))).Value);
        Assert.True(_simulation.RunUntil(() => b.Rows.IsEmpty, Limit));
    }

    [Fact]
    public async Task Copy_FollowsWhatOthersChangeAndGoesOnAfterAnOutage()
    {
        using var a = Table();
        var (changes, faults) = (0, new List<EtcdError>());
        var cut = _etcd.Connect();
        using var b = new EtcdTable(cut, "t/", _simulation.Time, fault => faults.Add(fault.Error)) { Changed = () => changes++ };
        Assert.True(_simulation.RunUntil(() => b.Listed.IsCompleted, Limit));
        cut.IsCutOff = true;
        await Within(a.ChangeAsync(new EtcdRow("x", null, 0), "1"));
        _simulation.Advance(TimeSpan.FromSeconds(20));
        Assert.Empty(b.Rows);
        Assert.Single(faults.Distinct());
        cut.IsCutOff = false;
        Assert.True(_simulation.RunUntil(() => b.Rows.GetValueOrDefault("x")?.Value == "1", Limit));
        Assert.True(changes > 0);
        Assert.Single(_etcd.Peek("t/"));
    }

    private EtcdTable Table() => new(_etcd.Connect(), "t/", _simulation.Time, fault => Assert.Fail(fault.ToString()));

    private async Task<EtcdRow> Within(Task<EtcdResult<EtcdRow>> task)
    {
        var outcome = await _simulation.Complete(task, Limit);
        Assert.True(outcome.Succeeded, outcome.Fault?.ToString());
        return outcome.Value;
    }
}
