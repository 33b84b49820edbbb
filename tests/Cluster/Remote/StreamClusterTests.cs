using System.Text;
using StreamActors.Messages;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>The actors of streams on several hosts: opened, read, followed and written from any of them.</summary>
public sealed class StreamClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);
    private static readonly string[] Names = ["a", "b", "c"];

    private readonly StreamWorld _world = new(17);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(
        0, 5 * (int.TryParse(Environment.GetEnvironmentVariable("STREAMACTORS_SEEDS"), out var factor) ? factor : 1))];

    [Fact]
    public async Task Partition_FromEveryHost_HasTheSameBytes()
    {
        var hosts = _world.Start(Names);
        var partition = _world.PartitionOn("a");
        for (var i = 0; i < 30; i++)
            Assert.Equal(new PartitionReply.Appended(i), await Within(hosts[i % 3].AppendAsync(partition, new WriterStamp(i % 3, i), $"m{i}")));
        var tails = Follow(partition, Names);
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.All(tails, tail => Assert.Equal(Expected(30), tail.Text));
        Assert.Equal([false, true, true], tails.Select(tail => tail.IsElsewhere));
        await Within(hosts[1].AppendAsync(partition, new WriterStamp(1, 100), "m30"));
        Assert.True(_world.Simulation.RunUntil(() => tails.All(tail => tail.Text == Expected(31)), Limit));
        Assert.All(tails, tail => Assert.Empty(tail.Errors));
    }

    [Fact]
    public async Task Read_Again_DoesNotCrossTheNetwork()
    {
        _world.Start(Names);
        var (partition, b) = (_world.PartitionOn("a"), _world.Hosts["b"]);
        await Within(b.AppendAsync(partition, new WriterStamp(1, 1), new string('x', 90)));
        var first = Follow(partition, "b")[0];
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(91, first.Text.Length);
        var reader = ((PartitionReply.Opened)await Within(b.AskAsync(new PartitionRequest.Open(partition, new HandleId(Guid.Empty, 99), ViewId.Default)))).Reader;
        var requests = b.RangeRequests;
        Assert.Equal(Fault.None, reader.Read(0, new byte[91], out var count));
        Assert.Equal((91, requests), (count, b.RangeRequests));
    }

    [Fact]
    public async Task Leave_OfTheOwner_TailsAndAppendsUnderWayHaveNoErrorAndEveryByteOnce()
    {
        var hosts = _world.Start(Names);
        var partition = _world.PartitionOn("b");
        var tails = Follow(partition, Names);
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        var appends = new List<Task<object>>();
        Task<LeftCluster>? left = null;
        for (var i = 0; i < 60; i++)
        {
            // Whoever leaves asks others for nothing more; what it was asked itself is under way.
            var host = hosts[i % 3] == hosts[1] && left is not null ? hosts[0] : hosts[i % 3];
            appends.Add(host.AppendAsync(partition, new WriterStamp(i % 3, i), $"m{i}"));
            if (i == 5) left = hosts[1].LeaveAsync();
            _world.Simulation.Advance(TimeSpan.FromMilliseconds(5));
        }
        await Within(left!);
        foreach (var append in appends) Assert.IsType<PartitionReply.Appended>(await Within(append));
        Assert.NotEqual("b", _world.OwnerOf(partition).Name);
        Assert.True(_world.Simulation.RunUntil(() => tails[0].Text.Length == Written(partition).Length && tails[2].Text.Length == Written(partition).Length, Limit));
        Assert.Equal(60, _world.Logs[partition.Value].Messages.Select(Encoding.ASCII.GetString).Distinct().Count());
        Assert.Equal(60, _world.Logs[partition.Value].Messages.Count);
        Assert.All(tails, tail => Assert.Empty(tail.Errors));
        Assert.All([tails[0], tails[2]], tail => Assert.Equal(Written(partition), tail.Text));
        Assert.Equal(0, hosts[1].Server.Count);
    }

    [Fact]
    public async Task Join_OfAHost_LocalWaitersOfWhatMovesGoOnThere()
    {
        var a = _world.Start("a")[0];
        var partitions = Enumerable.Range(0, 20).Select(i => new PartitionId($"p{i}")).ToArray();
        var tails = partitions.Select(partition => Follow(partition, "a")[0]).ToArray();
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        var b = _world.Start("b")[0];
        var moved = partitions.Count(partition => _world.OwnerOf(partition) == b);
        Assert.InRange(moved, 1, 19);
        foreach (var partition in partitions) await Within(a.AppendAsync(partition, new WriterStamp(5, 1), "x"));
        Assert.True(_world.Simulation.RunUntil(() => tails.All(tail => tail.Text == "x\n"), Limit));
        Assert.All(tails, tail => Assert.Empty(tail.Errors));
        Assert.Equal(moved, tails.Count(tail => tail.IsElsewhere));
    }

    [Fact]
    public async Task Kill_OfTheOwner_TailsGoOnExactlyOnceAndInOrder()
    {
        var hosts = _world.Start(Names);
        var partition = _world.PartitionOn("b");
        var tails = Follow(partition, "a", "c");
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        var appends = new List<Task<object>>();
        for (var i = 0; i < 40; i++)
        {
            if (i == 20) await hosts[1].KillAsync();
            appends.Add(hosts[i % 2 * 2].AppendAsync(partition, new WriterStamp(i % 2, i), $"m{i}"));
            _world.Simulation.Advance(TimeSpan.FromMilliseconds(5));
        }
        foreach (var append in appends) Assert.IsType<PartitionReply.Appended>(await Within(append));
        Assert.Equal(40, _world.Logs[partition.Value].Messages.Count);
        Assert.True(_world.Simulation.RunUntil(() => tails.All(tail => tail.Text == Written(partition)), Limit));
        Assert.All(tails, tail => Assert.Empty(tail.Errors));
        Assert.All(tails, tail => Assert.True(tail.Opens > 1));
    }

    [Fact]
    public async Task Kill_OfAReader_ItsHandlesAreClosedAtTheOwner()
    {
        var hosts = _world.Start(Names);
        var partition = _world.PartitionOn("a");
        Follow(partition, "b");
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, hosts[0].Server.Count);
        await hosts[1].KillAsync();
        Assert.True(_world.Simulation.RunUntil(() => hosts[0].Server.Count == 0, Limit));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Hosts_FaultsFromASeed_EveryMessageOnceInOrderAndEveryAskEnds(int seed)
    {
        var world = new StreamWorld(seed);
        var random = new Random(seed);
        world.Start(Names);
        var partitions = Enumerable.Range(0, 6).Select(i => new PartitionId($"p{i}")).ToArray();
        var tails = new List<(StreamHost Host, PartitionId Partition, Tail Tail)>();
        foreach (var (partition, number) in partitions.Select((partition, i) => (partition, i)))
        {
            var host = world.Hosts[Names[random.Next(Names.Length)]];
            var tail = new Tail(host, partition, 1000 + number);
            tail.Start();
            tails.Add((host, partition, tail));
        }
        (world.LossPerMille, world.DoublePerMille) = (random.Next(200), random.Next(300));
        var victim = random.Next(3) == 0 ? null : Names[random.Next(Names.Length)];
        var appends = new List<(StreamHost Host, string Value, PartitionId Partition, Task<object> Ask)>();
        for (var step = 0; step < 150; step++)
        {
            if (step == 70 && victim is not null) await world.Hosts[victim].KillAsync();
            var host = world.Hosts[Names[random.Next(Names.Length)]];
            var partition = partitions[random.Next(partitions.Length)];
            if (!host.IsKilled) appends.Add((host, $"m{step}", partition, host.AppendAsync(partition, new WriterStamp(step, 1), $"m{step}")));
            world.Simulation.Advance(TimeSpan.FromMilliseconds(random.Next(60)));
        }
        (world.LossPerMille, world.DoublePerMille) = (0, 0);
        world.Simulation.Advance(TimeSpan.FromSeconds(60));

        Assert.All(appends, append => Assert.True(append.Host.IsKilled || append.Ask.IsCompleted, $"Seed {seed}: {append.Value} did not end"));
        foreach (var partition in partitions)
        {
            var stored = world.Logs[partition.Value].Messages.Select(Encoding.ASCII.GetString).ToArray();
            Assert.Equal(stored.Distinct(), stored);
            foreach (var append in appends.Where(append => append.Partition == partition && !append.Host.IsKilled))
                if (append.Ask is { IsCompletedSuccessfully: true, Result: PartitionReply.Appended }) Assert.Contains(append.Value, stored);
        }
        foreach (var (host, partition, tail) in tails.Where(tail => !tail.Host.IsKilled))
        {
            Assert.True(tail.Errors.Count == 0, $"Seed {seed}: a tail on {host.Name} was told {string.Join(", ", tail.Errors)}");
            Assert.Equal(string.Concat(world.Logs[partition.Value].Messages.Select(message => Encoding.ASCII.GetString(message) + "\n")), tail.Text);
        }
    }

    private string Written(PartitionId partition) => Encoding.ASCII.GetString([.. _world.Logs[partition.Value].Bytes]);

    private static string Expected(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"m{i}\n"));

    private Tail[] Follow(PartitionId partition, params string[] hosts)
    {
        Tail[] tails = [.. hosts.Select(host => new Tail(_world.Hosts[host], partition, host[0] + (100L * StableNumber(partition))))];
        foreach (var tail in tails) tail.Start();
        return tails;
    }

    private static int StableNumber(PartitionId partition) => int.Parse(partition.Value.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);

    private Task<T> Within<T>(Task<T> task) => _world.Simulation.Complete(task, Limit);
}
