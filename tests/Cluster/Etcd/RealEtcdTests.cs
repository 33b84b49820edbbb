using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamActors.Etcd;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>The real etcd keeps the contract.</summary>
public sealed class RealEtcdTests : EtcdContract, IClassFixture<RealEtcdFixture>, IDisposable
{
    private readonly Uri _endpoint;
    private readonly EtcdClient _client;

    public RealEtcdTests(RealEtcdFixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        _endpoint = fixture.Etcd.Endpoint;
        _client = new EtcdClient(new EtcdOptions { Endpoints = [_endpoint] }, TimeProvider.System);
    }

    protected override IEtcd Etcd => _client;

    public void Dispose() => _client.Dispose();

    protected override Task<T> Within<T>(Task<T> task) => task.WaitAsync(TestKitBase.Deadline);

    protected override async Task CompactAsync(long revision)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(
            new Uri(_endpoint, "v3/kv/compaction"), new JsonObject { ["revision"] = $"{revision}", ["physical"] = true });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
