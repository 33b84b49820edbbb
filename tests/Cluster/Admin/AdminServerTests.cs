using System.Net;
using System.Net.Http.Headers;
using StreamActors.Admin;
using StreamActors.Sharding;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Admin;

/// <summary>The admin API over a real socket.</summary>
public sealed class AdminServerTests : IDisposable
{
    private readonly FakeSource _source = new();
    private readonly HttpClient _client = new() { Timeout = TestKitBase.Deadline };

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("/cluster/members", HttpStatusCode.OK, "application/json", "\"selfNode\":\"streamactors://films@a:1\"")]
    [InlineData("/cluster/members/films@b:2", HttpStatusCode.OK, "application/json", "\"nodeUid\":\"12\"")]
    [InlineData("/cluster/members/streamactors://films@b:2", HttpStatusCode.OK, "application/json", "\"nodeUid\":\"12\"")]
    [InlineData("/cluster/members/streamactors%3A%2F%2Ffilms%40b%3A2?x=y", HttpStatusCode.OK, "application/json", "\"nodeUid\":\"12\"")]
    [InlineData("/cluster/shards/topics/stats", HttpStatusCode.OK, "application/json", "\"totalEntities\":8")]
    [InlineData("/bootstrap/seed-nodes", HttpStatusCode.OK, "application/json", "\"seedNodes\":[")]
    [InlineData("/alive", HttpStatusCode.OK, "text/plain", "OK")]
    [InlineData("/cluster/shards/none", HttpStatusCode.NotFound, "application/json", "not started")]
    [InlineData("/none", HttpStatusCode.NotFound, "text/plain", "could not be found")]
    public async Task Get_OverASocket_IsWhatTheRoutesSay(string path, HttpStatusCode status, string type, string part)
    {
        await using var server = await StartAsync(new AdminSettings());
        using var reply = await _client.GetAsync(Of(server, path));
        Assert.Equal((status, type), (reply.StatusCode, reply.Content.Headers.ContentType?.MediaType));
        Assert.Contains(part, await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_WithAForm_IsDoneWhereItMay()
    {
        await using var server = await StartAsync(new AdminSettings { IsReadOnly = false });
        using var down = await _client.PutAsync(Of(server, "/cluster/members/films@b:2"), Form("Down"));
        Assert.Equal("""{"message":"Downing streamactors://films@b:2"}""", await down.Content.ReadAsStringAsync());
        using var multipart = new MultipartFormDataContent { { new StringContent("leave"), "operation" } };
        using var leave = await _client.PutAsync(Of(server, "/cluster/members/films@b:2"), multipart);
        Assert.Equal(HttpStatusCode.OK, leave.StatusCode);
        using var delete = await _client.DeleteAsync(Of(server, "/cluster/members/films@b:2"));
        Assert.Equal(HttpStatusCode.OK, delete.StatusCode);
        using var nothing = await _client.PutAsync(Of(server, "/cluster/members/films@b:2"), null);
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
        Assert.Equal(["down streamactors://films@b:2", "leave streamactors://films@b:2", "leave streamactors://films@b:2"], _source.Commands);
    }

    [Fact]
    public async Task Put_ReadOnly_IsNotAllowed()
    {
        await using var server = await StartAsync(new AdminSettings());
        using var reply = await _client.PutAsync(Of(server, "/cluster/members/films@b:2"), Form("down"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, reply.StatusCode);
        using var events = await _client.PostAsync(Of(server, "/cluster/domain-events"), null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, events.StatusCode);
        Assert.Empty(_source.Commands);
    }

    [Fact]
    public async Task Body_TooLarge_IsRefused()
    {
        await using var server = await StartAsync(new AdminSettings { IsReadOnly = false });
        using var reply = await _client.PutAsync(Of(server, "/cluster/members/films@b:2"), Form(new string('x', 100_000)));
        Assert.False(reply.IsSuccessStatusCode);
        Assert.Empty(_source.Commands);
    }

    [Theory]
    [InlineData("/cluster/members")]
    [InlineData("/cluster/domain-events")]
    public async Task Token_MustBeShown(string path)
    {
        await using var server = await StartAsync(new AdminSettings { Token = "correct-horse" });
        using var without = await _client.GetAsync(Of(server, path));
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, Of(server, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "correct-horse");
        using var with = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, with.StatusCode);
    }

    [Fact]
    public async Task Events_AreTheStateThenWhatHappensAndHeartbeats()
    {
        var time = new VirtualTime();
        await using var server = await StartAsync(new AdminSettings(), time);
        using var reply = await _client.GetAsync(Of(server, "/cluster/domain-events?type=MemberEvent"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", reply.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        Assert.StartsWith("data:{\"member\":{\"uniqueAddress\":{\"address\":\"streamactors://films@a:1\"", await LineAsync(reader), StringComparison.Ordinal);
        Assert.Equal("event:MemberUp", await LineAsync(reader));
        Assert.Equal("", await LineAsync(reader));
        for (var line = 0; line < 3; line++) await LineAsync(reader);

        _source.Change(_source.State with { Members = [_source.State.Members[0], _source.State.Members[1].Copy(MemberStatus.Leaving)] });
        Assert.Contains("films@b:2", await LineAsync(reader), StringComparison.Ordinal);
        Assert.Equal("event:MemberLeft", await LineAsync(reader));
        Assert.Equal("", await LineAsync(reader));

        // The wait for the next change may not have begun yet: time passes until it has.
        var heartbeat = LineAsync(reader);
        while (!heartbeat.IsCompleted)
        {
            time.Advance(DomainEvents.HeartbeatEvery);
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }
        Assert.Equal("data:", await heartbeat);
    }

    [Fact]
    public async Task Address_ThatIsTaken_IsTold()
    {
        await using var server = await StartAsync(new AdminSettings());
        await Assert.ThrowsAnyAsync<IOException>(() => AdminServer.StartAsync(server.EndPoint, new AdminSettings(), _source, TimeProvider.System));
    }

    private static async Task<string?> LineAsync(StreamReader reader) => await reader.ReadLineAsync().WaitAsync(TestKitBase.Deadline);

    private static FormUrlEncodedContent Form(string operation) => new([KeyValuePair.Create("operation", operation)]);

    private static Uri Of(AdminServer server, string path) => new($"http://{server.EndPoint}{path}");

    private Task<AdminServer> StartAsync(AdminSettings settings, TimeProvider? time = null) =>
        AdminServer.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), settings, _source, time ?? TimeProvider.System);
}
