using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamActors.Sharding;

namespace StreamActors.Admin;

/// <summary>Akka Management's HTTP API, without a socket: a request gives an answer. Its routes, parameters, JSON names and
/// status codes are those of the JVM.</summary>
public sealed class AdminRoutes
{
    private const string Members = "/cluster/members";
    private const string Events = "/cluster/domain-events";
    private const string Shards = "/cluster/shards";
    private const string Stats = "/stats";
    private const string Json = "application/json";
    private const string Text = "text/plain; charset=UTF-8";

    private readonly AdminSettings _settings;
    private readonly IAdminSource _source;

    /// <summary>Makes the routes.</summary>
    /// <param name="settings">What may be done.</param>
    /// <param name="source">What is told of.</param>
    public AdminRoutes(AdminSettings settings, IAdminSource source) => (_settings, _source) = (settings, source);

    /// <summary>Answers a request; all but <c>/cluster/domain-events</c>, whose answer goes on (<see cref="DomainEvents"/>).</summary>
    /// <param name="request">The request.</param>
    public async Task<AdminReply> HandleAsync(AdminRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!IsAuthorized(request)) return new AdminReply(401, Text, "The supplied authentication is invalid");
        var path = Uri.UnescapeDataString(request.Path);
        if (path.StartsWith(Members + "/", StringComparison.Ordinal) && path.Length > Members.Length + 1)
            return Member(request, path[(Members.Length + 1)..]);
        if (await ReadAsync(path).ConfigureAwait(false) is not { } reply)
            return new AdminReply(404, Text, "The requested resource could not be found.");
        return request.Method == "GET" ? reply : NotAllowed();
    }

    /// <summary>Whether a request may be answered at all.</summary>
    /// <param name="request">The request.</param>
    public bool IsAuthorized(AdminRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_settings.Token is not { } token) return true;
        // The time that this takes tells nothing of the token.
        return CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(request.Authorization ?? "")), SHA256.HashData(Encoding.UTF8.GetBytes($"Bearer {token}")));
    }

    private async Task<AdminReply?> ReadAsync(string path) => path switch
    {
        Members or Members + "/" => Ok(MembersOf(_source.State), AdminJson.Default.MembersJson),
        Shards => Ok(new TypeKeysJson(_source.EntityTypeKeys), AdminJson.Default.TypeKeysJson),
        Events => new AdminReply(200, DomainEvents.ContentType, ""),
        "/alive" => Health(_source.NotAlive),
        "/ready" => Health(_source.NotReady),
        "/bootstrap/seed-nodes" => Ok(SeedNodes(_source.State), AdminJson.Default.SeedNodesJson),
        _ when path.StartsWith(Shards + "/", StringComparison.Ordinal) => await ShardsAsync(path[(Shards.Length + 1)..]).ConfigureAwait(false),
        _ => null,
    };

    private AdminReply Member(AdminRequest request, string address)
    {
        if (_settings.IsReadOnly && request.Method != "GET") return NotAllowed();
        if (_source.State.Members.FirstOrDefault(member => address == member.Address.ToString() || address == member.Address.HostPort) is not { } member)
            return Message(404, $"Member [{address}] not found");
        switch (request.Method)
        {
            case "GET":
                return Ok(MemberOf(member), AdminJson.Default.MemberJson);
            case "DELETE":
                return Leave(member);
            case "PUT" when !request.Form.ContainsKey("operation"):
                return new AdminReply(400, Text, "Request is missing required form field 'operation'");
            case "PUT" when IsOperation(request, "leave"):
                return Leave(member);
            case "PUT" when IsOperation(request, "down"):
                _source.Down(member.Address);
                return Message(200, $"Downing {member.Address}");
            case "PUT":
                return Message(400, "Operation not supported");
            default:
                return NotAllowed();
        }
    }

    private AdminReply Leave(Member member)
    {
        _source.Leave(member.Address);
        return Message(200, $"Leaving {member.Address}");
    }

    private async Task<AdminReply> ShardsAsync(string name)
    {
        if (name.EndsWith(Stats, StringComparison.Ordinal))
        {
            var kind = name[..^Stats.Length];
            return await _source.ClusterAsync(kind).ConfigureAwait(false) is { } stats
                ? Ok(ClusterOf(stats), AdminJson.Default.ClusterShardsJson) : NotStarted(kind);
        }
        return await _source.RegionAsync(name).ConfigureAwait(false) is { } region
            ? Ok(new RegionJson(ShardsOf(region), region.Failed), AdminJson.Default.RegionJson) : NotStarted(name);
    }

    private static MembersJson MembersOf(CurrentClusterState state) => new(
        state.Self.ToString(),
        [.. state.Members.Select(MemberOf)],
        [.. state.Unreachable.OrderBy(entry => entry.Key, Address.Ordering)
            .Select(entry => new UnreachableJson(entry.Key.ToString(), [.. entry.Value.Order(Address.Ordering).Select(address => address.ToString())]))],
        state.Leader?.ToString(),
        state.Oldest()?.ToString(),
        state.AllRoles.Where(role => state.Oldest(role) is not null).ToDictionary(role => role, role => state.Oldest(role)!.ToString()));

    private static MemberJson MemberOf(Member member) => new(
        member.Address.ToString(), member.UniqueAddress.Uid.ToString(CultureInfo.InvariantCulture), member.Status.ToString(), member.Roles);

    private SeedNodesJson SeedNodes(CurrentClusterState state) => new(
        state.Self.ToString(),
        [.. state.Members
            .Where(member => member.Status is MemberStatus.Up or MemberStatus.Joining && !state.Unreachable.ContainsKey(member.Address))
            .Take(_settings.MaxSeedNodes)
            .Select(member => new SeedNodeJson(
                member.Address.ToString(), member.UniqueAddress.Uid, member.Status.ToString(), member.Roles))]);

    private static ClusterShardsJson ClusterOf(ClusterShardingStats stats) => new(
        stats.Regions.OrderBy(region => region.Key, Address.Ordering).ToDictionary(
            region => region.Key.ToString(), region => new RegionShardsJson(ShardsOf(region.Value), region.Value.Failed)),
        stats.Regions.Values.Sum(region => region.Stats.Sum(shard => (long)shard.Entities)),
        stats.Regions.Values.Sum(region => region.Stats.Count));

    private static IReadOnlyList<ShardJson> ShardsOf(ShardRegionStats region) =>
        [.. region.Stats.Select(shard => new ShardJson(shard.ShardId, shard.Entities))];

    private static bool IsOperation(AdminRequest request, string name) =>
        string.Equals(request.Form["operation"], name, StringComparison.OrdinalIgnoreCase);

    private static AdminReply Health(string? failure) => failure is null ? new AdminReply(200, Text, "OK") : new AdminReply(500, Text, failure);

    private static AdminReply NotStarted(string name) => Message(404, $"Shard Region {name} is not started");

    private static AdminReply NotAllowed() => new(405, Text, "");

    private static AdminReply Message(int status, string text) =>
        new(status, Json, JsonSerializer.Serialize(new MessageJson(text), AdminJson.Default.MessageJson));

    private static AdminReply Ok<T>(T value, JsonTypeInfo<T> type) => new(200, Json, JsonSerializer.Serialize(value, type));
}
