using System.Threading.Channels;
using StreamActors.Admin;
using StreamActors.Sharding;

namespace StreamActors.Cluster.Tests.Admin;

/// <summary>A cluster of two, with one kind of entities.</summary>
internal sealed class FakeSource : IAdminSource
{
    public static readonly Address A = new("films", "a", 1);
    public static readonly Address B = new("films", "b", 2);

    private readonly Channel<bool> _changed = Channel.CreateUnbounded<bool>();

    public List<string> Commands { get; } = [];

    public CurrentClusterState State { get; set; } = new(
        A,
        [
            new Member(new UniqueAddress(A, 11), MemberStatus.Up, ["store"], 7),
            new Member(new UniqueAddress(B, 12), MemberStatus.Up, ["edge", "store"], 5),
        ],
        new Dictionary<Address, IReadOnlyList<Address>>());

    public async Task ChangedAsync(CurrentClusterState known, CancellationToken cancellationToken)
    {
        while (State == known) await _changed.Reader.ReadAsync(cancellationToken);
    }

    /// <summary>Lets something happen.</summary>
    public void Change(CurrentClusterState state)
    {
        State = state;
        _changed.Writer.TryWrite(true);
    }

    public string? NotAlive { get; set; }

    public string? NotReady { get; set; }

    public IReadOnlyList<string> EntityTypeKeys => ["partitions", "streams", "topics"];

    public Task<ShardRegionStats?> RegionAsync(string typeKey) =>
        Task.FromResult(typeKey == "topics" ? new ShardRegionStats([("1", 3), ("9", 0)], ["4"]) : null);

    public Task<ClusterShardingStats?> ClusterAsync(string typeKey) => Task.FromResult(typeKey == "topics"
        ? new ClusterShardingStats(new Dictionary<Address, ShardRegionStats>
        {
            [B] = new([("2", 5)], []),
            [A] = new([("1", 3), ("9", 0)], ["4"]),
        })
        : null);

    public void Leave(Address address) => Commands.Add($"leave {address}");

    public void Down(Address address) => Commands.Add($"down {address}");
}
