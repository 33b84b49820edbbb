using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using StreamActors.Etcd;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>What the client makes of endpoints that fail, users, and an etcd that is full.</summary>
public sealed class EtcdClientTests
{
    private const int MaxPuts = 5000;

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Call_FirstEndpointsDead_IsAnsweredByTheLast()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var client = Client([Nobody(), Nobody(), etcd.Endpoint]);
        await PutAsync(client, "/a", "1");
        Assert.Equal("1", Assert.Single((await client.ListAsync("/a")).Value!.Entries).Value);
    }

    [Fact]
    public async Task Call_AllEndpointsDead_IsUnavailable()
    {
        using var client = Client([Nobody(), Nobody()]);
        Assert.Equal(EtcdError.Unavailable, (await client.ListAsync("/")).Fault?.Error);
        Assert.Equal(EtcdError.Unavailable, (await client.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put("/a", "")))).Fault?.Error);
    }

    [Fact]
    public async Task Call_EtcdIsFrozen_TimesOutAndTheWatchOfThatEndpointEnds()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var client = Client([etcd.Endpoint], Short);
        await PutAsync(client, "/a", "1");
        var watcher = new RecordingWatcher();
        using var watch = client.Watch("/", 1, watcher);
        await watcher.EventsAsync().WaitAsync(TestKitBase.Deadline);

        await etcd.SignalAsync("STOP");
        var outcome = await client.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put("/a", "2")));
        var end = await watcher.EndAsync().WaitAsync(TestKitBase.Deadline);
        await etcd.SignalAsync("CONT");

        Assert.Equal(EtcdError.TimedOut, outcome.Fault?.Error);
        Assert.Equal(EtcdError.TimedOut, end.Error);
    }

    [Fact]
    public async Task Call_FirstEndpointFrozen_IsRepeatedElsewhereWhereItMayBe()
    {
        await using var etcd = await RealEtcd.StartAsync();
        await using var silent = new ScriptedServer(null);
        using var client = Client([silent.Endpoint, etcd.Endpoint], TimeSpan.FromSeconds(2));
        Assert.True((await client.ListAsync("/")).Succeeded);
    }

    [Fact]
    public async Task Watch_EtcdKilled_EndsAsTimedOut()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var client = Client([etcd.Endpoint]);
        await PutAsync(client, "/a", "1");
        var watcher = new RecordingWatcher();
        using var watch = client.Watch("/", 1, watcher);
        await watcher.EventsAsync().WaitAsync(TestKitBase.Deadline);
        await etcd.SignalAsync("KILL");
        Assert.True((await watcher.EndAsync().WaitAsync(TestKitBase.Deadline)).Error is EtcdError.TimedOut or EtcdError.Unavailable);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", EtcdError.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", EtcdError.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull", EtcdError.Malformed)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nNot Found", EtcdError.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n{", EtcdError.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{\"header\":", EtcdError.TimedOut)]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", EtcdError.TimedOut)]
    [InlineData("", EtcdError.TimedOut)]
    [InlineData(null, EtcdError.TimedOut)]
    public async Task Call_AnsweredWithRubbishOrNothing_IsAFaultWithinTheDeadline(string? answer, EtcdError expected)
    {
        await using var server = new ScriptedServer(answer);
        using var client = new EtcdClient(
            new EtcdOptions { Endpoints = [server.Endpoint], CallTimeout = Short, AnswerMaxBytes = 1 << 16 }, TimeProvider.System);
        var outcome = await client.ListAsync("/").WaitAsync(TestKitBase.Deadline);
        Assert.Equal(expected, outcome.Fault?.Error);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n[]\n", EtcdError.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"result\":{\"created\":true}}\n{\"resu", EtcdError.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"result\":{\"created\":true}}\n", EtcdError.Unavailable)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"error\":{\"grpc_code\":14,\"message\":\"etcdserver: no leader\"}}\n", EtcdError.Unavailable)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"result\":{\"canceled\":true,\"cancel_reason\":\"permission denied\"}}\n", EtcdError.Denied)]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n{\"code\":7,\"message\":\"etcdserver: permission denied\"}\n", EtcdError.Denied)]
    [InlineData(null, EtcdError.TimedOut)]
    public async Task Watch_AnsweredWithRubbishOrNothing_Ends(string? answer, EtcdError expected)
    {
        await using var server = new ScriptedServer(answer);
        using var client = Client([server.Endpoint], Short);
        var watcher = new RecordingWatcher();
        using var watch = client.Watch("/", 1, watcher);
        Assert.Equal(expected, (await watcher.EndAsync().WaitAsync(TestKitBase.Deadline)).Error);
    }

    [Fact]
    public async Task Client_DisposedOf_EndsCallsAndWatches()
    {
        await using var silent = new ScriptedServer(null);
        var client = Client([silent.Endpoint]);
        var watcher = new RecordingWatcher();
        using var watch = client.Watch("/", 1, watcher);
        var call = client.ListAsync("/");

        client.Dispose();

        Assert.Equal(EtcdError.Closed, (await call.WaitAsync(TestKitBase.Deadline)).Fault?.Error);
        Assert.Equal(EtcdError.Closed, (await watcher.EndAsync().WaitAsync(TestKitBase.Deadline)).Error);
        Assert.Equal(EtcdError.Closed, (await client.ListAsync("/")).Fault?.Error);
    }

    [Theory]
    [InlineData("ftp://host:2379")]
    [InlineData("/host")]
    public void Client_EndpointOfAnotherScheme_IsRefused(string endpoint) =>
        Assert.Throws<ArgumentException>(() => Client([new Uri(endpoint, UriKind.RelativeOrAbsolute)]));

    [Fact]
    public async Task User_RightWrongAndMissing_IsLetInOrDenied()
    {
        // Tokens end after a second, so that the client has to log in again.
        await using var etcd = await RealEtcd.StartAsync("http", "--auth-token-ttl", "1");
        await EnableUsersAsync(etcd.Endpoint);
        using var known = Client([etcd.Endpoint], user: new EtcdUser("root", "secret"));
        using var wrong = Client([etcd.Endpoint], user: new EtcdUser("root", "wrong"));
        using var nobody = Client([etcd.Endpoint]);
        await PutAsync(known, "/a", "1");
        var watcher = new RecordingWatcher();
        using var watch = known.Watch("/", 1, watcher);
        Assert.Equal("/a", Assert.Single(await watcher.EventsAsync().WaitAsync(TestKitBase.Deadline)).Entry.Key);

        Assert.Equal(EtcdError.Denied, (await wrong.ListAsync("/")).Fault?.Error);
        Assert.Equal(EtcdError.Denied, (await nobody.ListAsync("/")).Fault?.Error);
        var refused = new RecordingWatcher();
        using var denied = nobody.Watch("/", 1, refused);
        Assert.Equal(EtcdError.Denied, (await refused.EndAsync().WaitAsync(TestKitBase.Deadline)).Error);

        // A change of the users' rights makes etcd forget all tokens.
        await RestartUsersAsync(known, etcd.Endpoint);
        await PutAsync(known, "/a", "2");
    }

    [Fact]
    public async Task Etcd_Full_IsNoSpace()
    {
        await using var etcd = await RealEtcd.StartAsync("http", "--quota-backend-bytes", "100000");
        using var client = Client([etcd.Endpoint]);
        EtcdFault? fault = null;
        // etcd looks at its size from time to time, and takes some more until then.
        for (var i = 0; i < MaxPuts && fault is null; i++)
            fault = (await client.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put($"/{i}", new string('x', 20_000))))).Fault;
        Assert.Equal(EtcdError.NoSpace, fault?.Error);
    }

    private static EtcdClient Client(Uri[] endpoints, TimeSpan? timeout = null, EtcdUser? user = null) => new(
        new EtcdOptions { Endpoints = endpoints, CallTimeout = timeout ?? TestKitBase.Deadline, User = user }, TimeProvider.System);

    private static async Task PutAsync(EtcdClient client, string key, string value) =>
        Assert.Null((await client.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put(key, value)))).Fault);

    /// <summary>An address where nobody listens.</summary>
    private static Uri Nobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    private static async Task EnableUsersAsync(Uri endpoint)
    {
        using var http = new HttpClient { BaseAddress = endpoint };
        await PostAsync(http, "v3/auth/user/add", new JsonObject { ["name"] = "root", ["password"] = "secret" });
        await PostAsync(http, "v3/auth/user/grant", new JsonObject { ["user"] = "root", ["role"] = "root" });
        await PostAsync(http, "v3/auth/enable", []);
    }

    private static async Task RestartUsersAsync(EtcdClient known, Uri endpoint)
    {
        Assert.True((await known.ListAsync("/")).Succeeded);
        using var http = new HttpClient { BaseAddress = endpoint };
        var login = await PostAsync(http, "v3/auth/authenticate", new JsonObject { ["name"] = "root", ["password"] = "secret" });
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", (string?)login["token"]);
        await PostAsync(http, "v3/auth/disable", []);
        http.DefaultRequestHeaders.Remove("Authorization");
        await PostAsync(http, "v3/auth/enable", []);
    }

    private static async Task<JsonNode> PostAsync(HttpClient http, string path, JsonObject body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }
}
