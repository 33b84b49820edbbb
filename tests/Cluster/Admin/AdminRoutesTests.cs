using StreamActors.Admin;
using StreamActors.Sharding;

namespace StreamActors.Cluster.Tests.Admin;

/// <summary>Golden answers of the admin API.</summary>
public sealed class AdminRoutesTests
{
    private static readonly Dictionary<string, string> NoForm = [];

    private readonly FakeSource _source = new();

    [Theory]
    [InlineData("/cluster/members", """{"selfNode":"streamactors://films@a:1","members":[{"node":"streamactors://films@a:1","nodeUid":"11","status":"Up","roles":["store"]},{"node":"streamactors://films@b:2","nodeUid":"12","status":"Up","roles":["edge","store"]}],"unreachable":[],"leader":"streamactors://films@a:1","oldest":"streamactors://films@b:2","oldestPerRole":{"edge":"streamactors://films@b:2","store":"streamactors://films@b:2"}}""")]
    [InlineData("/cluster/members/films@b:2", """{"node":"streamactors://films@b:2","nodeUid":"12","status":"Up","roles":["edge","store"]}""")]
    [InlineData("/cluster/members/streamactors://films@b:2", """{"node":"streamactors://films@b:2","nodeUid":"12","status":"Up","roles":["edge","store"]}""")]
    [InlineData("/cluster/members/streamactors%3A%2F%2Ffilms%40b%3A2", """{"node":"streamactors://films@b:2","nodeUid":"12","status":"Up","roles":["edge","store"]}""")]
    [InlineData("/cluster/shards", """{"entityTypeKeys":["partitions","streams","topics"]}""")]
    [InlineData("/cluster/shards/topics", """{"regions":[{"shardId":"1","numEntities":3},{"shardId":"9","numEntities":0}],"failed":["4"]}""")]
    [InlineData("/cluster/shards/topics/stats", """{"regions":{"streamactors://films@a:1":{"shards":[{"shardId":"1","numEntities":3},{"shardId":"9","numEntities":0}],"failed":["4"]},"streamactors://films@b:2":{"shards":[{"shardId":"2","numEntities":5}],"failed":[]}},"totalEntities":8,"totalShards":3}""")]
    [InlineData("/bootstrap/seed-nodes", """{"selfNode":"streamactors://films@a:1","seedNodes":[{"node":"streamactors://films@a:1","nodeUid":11,"status":"Up","roles":["store"]},{"node":"streamactors://films@b:2","nodeUid":12,"status":"Up","roles":["edge","store"]}]}""")]
    public async Task Get_KnownRoute_IsAkkasJson(string path, string json) =>
        Assert.Equal(new AdminReply(200, "application/json", json), await GetAsync(path));

    [Theory]
    [InlineData("/cluster/members/films@c:3", 404, """{"message":"Member [films@c:3] not found"}""")]
    [InlineData("/cluster/shards/none", 404, """{"message":"Shard Region none is not started"}""")]
    [InlineData("/cluster/shards/none/stats", 404, """{"message":"Shard Region none is not started"}""")]
    [InlineData("/", 404, "The requested resource could not be found.")]
    [InlineData("/cluster", 404, "The requested resource could not be found.")]
    [InlineData("/cluster/membersx", 404, "The requested resource could not be found.")]
    public async Task Get_Unknown_IsNotFound(string path, int status, string body)
    {
        var reply = await GetAsync(path);
        Assert.Equal((status, body), (reply.Status, reply.Body));
    }

    [Fact]
    public async Task Get_MembersOfNobody_HasNeitherLeaderNorOldest()
    {
        _source.State = _source.State with { Members = [] };
        Assert.Equal(
            """{"selfNode":"streamactors://films@a:1","members":[],"unreachable":[],"oldestPerRole":{}}""", (await GetAsync("/cluster/members")).Body);
    }

    [Fact]
    public async Task Get_MembersWithOneUnreachable_TellsWhoFoundThat()
    {
        _source.State = _source.State with { Unreachable = new Dictionary<Address, IReadOnlyList<Address>> { [FakeSource.B] = [FakeSource.A] } };
        Assert.Contains(
            """
            "unreachable":[{"node":"streamactors://films@b:2","observedBy":["streamactors://films@a:1"]}]
            """,
            (await GetAsync("/cluster/members")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("films@b:2", (await GetAsync("/bootstrap/seed-nodes")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_GoodAndBad_IsTwoOrFiveHundred()
    {
        Assert.Equal((200, "OK"), Short(await GetAsync("/alive")));
        Assert.Equal((200, "OK"), Short(await GetAsync("/ready")));
        _source.NotReady = "the host is no member";
        Assert.Equal((500, "the host is no member"), Short(await GetAsync("/ready")));
        Assert.Equal((200, "OK"), Short(await GetAsync("/alive")));
        _source.NotAlive = "etcd refuses the host";
        Assert.Equal((500, "etcd refuses the host"), Short(await GetAsync("/alive")));
    }

    [Theory]
    [InlineData("PUT", "leave", 200, """{"message":"Leaving streamactors://films@b:2"}""", "leave streamactors://films@b:2")]
    [InlineData("PUT", "LEAVE", 200, """{"message":"Leaving streamactors://films@b:2"}""", "leave streamactors://films@b:2")]
    [InlineData("PUT", "Down", 200, """{"message":"Downing streamactors://films@b:2"}""", "down streamactors://films@b:2")]
    [InlineData("PUT", "join", 400, """{"message":"Operation not supported"}""", null)]
    [InlineData("PUT", "", 400, """{"message":"Operation not supported"}""", null)]
    [InlineData("PUT", null, 400, "Request is missing required form field 'operation'", null)]
    [InlineData("DELETE", null, 200, """{"message":"Leaving streamactors://films@b:2"}""", "leave streamactors://films@b:2")]
    [InlineData("POST", "leave", 405, "", null)]
    public async Task Change_WhereItMay_IsDone(string method, string? operation, int status, string body, string? command)
    {
        var form = operation is null ? NoForm : new Dictionary<string, string> { ["operation"] = operation };
        var reply = await new AdminRoutes(new AdminSettings { IsReadOnly = false }, _source)
            .HandleAsync(new AdminRequest(method, "/cluster/members/films@b:2", form));
        Assert.Equal((status, body), Short(reply));
        Assert.Equal(command is null ? [] : [command], _source.Commands);
    }

    [Theory]
    [InlineData("PUT", "/cluster/members/films@b:2")]
    [InlineData("DELETE", "/cluster/members/films@b:2")]
    [InlineData("DELETE", "/cluster/members/nobody")]
    [InlineData("POST", "/cluster/members")]
    [InlineData("POST", "/cluster/shards")]
    [InlineData("PUT", "/ready")]
    public async Task Change_ReadOnly_IsNotAllowed(string method, string path)
    {
        var reply = await new AdminRoutes(new AdminSettings(), _source)
            .HandleAsync(new AdminRequest(method, path, new Dictionary<string, string> { ["operation"] = "down" }));
        Assert.Equal((405, ""), Short(reply));
        Assert.Empty(_source.Commands);
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer wrong", 401)]
    [InlineData("secret", 401)]
    [InlineData("Bearer secret", 200)]
    public async Task Token_MustBeRight(string? authorization, int status)
    {
        var reply = await new AdminRoutes(new AdminSettings { Token = "secret" }, _source)
            .HandleAsync(new AdminRequest("GET", "/cluster/members", NoForm, authorization));
        Assert.Equal(status, reply.Status);
    }

    private Task<AdminReply> GetAsync(string path) =>
        new AdminRoutes(new AdminSettings(), _source).HandleAsync(new AdminRequest("GET", path, NoForm));

    private static (int, string) Short(AdminReply reply) => (reply.Status, reply.Body);
}
