using StreamActors.Etcd;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>The model keeps the contract.</summary>
public sealed class ModelEtcdTests : EtcdContract
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly Simulation _simulation = new(7);
    private readonly ModelEtcd _model;
    private readonly ModelEtcdClient _client;

    public ModelEtcdTests()
    {
        _model = new ModelEtcd(_simulation.Time, _simulation.Seed);
        _client = _model.Connect();
    }

    protected override IEtcd Etcd => _client;

    [Fact]
    public async Task Call_AnswerLost_WasDoneAndIsUnknown()
    {
        _model.LossPerMille = 500;
        var unknown = 0;
        for (var i = 0; i < 40; i++)
        {
            var outcome = await Within(_client.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put($"/{i:d2}", ""))));
            if (outcome.Fault is { IsUnknown: true }) unknown++;
        }
        var done = _model.Peek("/").Count;
        Assert.True(done > 40 - unknown, $"{done} were done, {unknown} are unknown");
        Assert.True(done < 40, "No request was lost");
    }

    [Fact]
    public async Task Call_EtcdAway_IsUnavailableAndCutOffIsUnknown()
    {
        _model.IsAway = true;
        Assert.Equal(EtcdError.Unavailable, (await Within(_client.ListAsync("/"))).Fault?.Error);
        _model.IsAway = false;
        _client.IsCutOff = true;
        Assert.Equal(EtcdError.TimedOut, (await Within(_client.ListAsync("/"))).Fault?.Error);
    }

    [Fact]
    public async Task Put_DatabaseFull_IsNoSpaceAndDeletesGoOn()
    {
        await Within(_client.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put("/a", ""))));
        _model.IsFull = true;
        Assert.Equal(EtcdError.NoSpace, (await Within(_client.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put("/b", ""))))).Fault?.Error);
        Assert.True((await Within(_client.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Delete("/a"))))).Succeeded);
    }

    protected override async Task<T> Within<T>(Task<T> task) => await _simulation.Complete(task, Limit);

    protected override Task CompactAsync(long revision)
    {
        _model.Compact(revision);
        return Task.CompletedTask;
    }
}
