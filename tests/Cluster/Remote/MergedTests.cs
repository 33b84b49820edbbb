using System.Text;
using StreamActors.Messages;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>All partitions of a topic as one, read on any host while they lie on several.</summary>
public sealed class MergedTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly TopicId Topic = new("t");

    private readonly StreamWorld _world = new(23);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(
        0, 5 * (int.TryParse(Environment.GetEnvironmentVariable("STREAMACTORS_SEEDS"), out var factor) ? factor : 1))];

    [Fact]
    public async Task Read_OnEveryHost_IsInTheOrderOfTimesAndAgainTheSame()
    {
        var hosts = _world.Start(Names);
        Assert.True(Enumerable.Range(0, 6).Select(i => _world.OwnerOf(Partition(i)).Name).Distinct().Count() > 1, "The topic lies on one host.");
        var expected = await Fill(_world, 400);
        foreach (var host in hosts)
        {
            using var reader = await Open(host, host.Name[0]);
            Assert.Equal((expected.Length, 400), (reader.Stat.Size, reader.Stat.Messages));
            Assert.Equal(expected, await ReadAll(_world, reader, 0, 1000));
            Assert.Equal(expected[100..], await ReadAll(_world, reader, 100, 77));
            Assert.Equal(Fault.NotHere, reader.Read(0, new byte[1], out _));
            Assert.Equal(Fault.Invalid, reader.MessageAt(0).Fault);
        }
    }

    [Fact]
    public async Task Read_AtTheEnd_KnowsWhatOtherHostsHaveStoredSince()
    {
        var hosts = _world.Start(Names);
        var expected = await Fill(_world, 30);
        using var reader = await Open(hosts[0], 1);
        Assert.Equal(expected, await ReadAll(_world, reader, 0, 4096));
        for (var i = 0; i < 6; i++) await Within(hosts[i % 3].AppendAsync(Partition(i), new WriterStamp(9, i), $"late{i}"));
        Assert.Equal(6, (await ReadAll(_world, reader, expected.Length, 4096)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
    }

    [Fact]
    public async Task Kill_OfOwners_ReadsGoOnInTheSameOrder()
    {
        _world.Start(Names);
        var expected = await Fill(_world, 600);
        // Neither who has the topic nor who has most of it may matter.
        var reading = Names.Select(name => _world.Hosts[name]).First(host => host != _world.OwnerOf(Topic.Value));
        using var reader = await Open(reading, 1);
        Assert.Equal(expected[..1000], await ReadAll(_world, reader, 0, 100, 1000));
        foreach (var other in Names.Where(name => name != reading.Name))
        {
            await _world.Hosts[other].KillAsync();
            var half = expected.Length / 2;
            Assert.Equal(expected[half..], await ReadAll(_world, reader, half, 100));
        }
        Assert.Equal(expected, await ReadAll(_world, reader, 0, 4096));
    }

    [Fact]
    public async Task Follow_WhileOwnersLeaveAndDie_GetsEachMessageOnceAndInOrder()
    {
        var hosts = _world.Start(Names);
        var tails = Names.Select((name, i) => new MergedTail(_world.Hosts[name], Topic, i)).ToArray();
        foreach (var tail in tails) tail.Start();
        _world.Simulation.Advance(TimeSpan.FromSeconds(2));
        var appends = new List<Task<object>>();
        Task<LeftCluster>? left = null;
        for (var i = 0; i < 90; i++)
        {
            if (i == 30) left = hosts[1].LeaveAsync();
            if (i == 60) await hosts[2].KillAsync();
            appends.Add(hosts[0].AppendAsync(Partition(i % 6), new WriterStamp(i, 1), $"{i % 6} {i}"));
            _world.Simulation.Advance(TimeSpan.FromMilliseconds(20));
        }
        await Within(left!);
        foreach (var append in appends) Assert.IsType<PartitionReply.Appended>(await Within(append));
        Assert.True(_world.Simulation.RunUntil(() => tails[0].Text.Length == Written(_world), Limit));
        Assert.Empty(tails[0].Errors);
        CheckEach(_world, tails[0].Text);
    }

    [Fact]
    public async Task Wait_ThroughManyChangesOfHosts_IsAnsweredByTheNextMessage()
    {
        var hosts = _world.Start(Names);
        var tail = new MergedTail(hosts[0], Topic, 1);
        tail.Start();
        _world.Simulation.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 8; i++)
        {
            await Within(_world.Hosts["b"].LeaveAsync());
            _world.Hosts.Remove("b");
            _world.Start("b");
            _world.Simulation.Advance(TimeSpan.FromSeconds(5));
        }
        for (var i = 0; i < 6; i++) await Within(hosts[0].AppendAsync(Partition(i), new WriterStamp(i, 1), $"{i} x"));
        Assert.True(_world.Simulation.RunUntil(() => tail.Text.Length == Written(_world), Limit));
        Assert.Empty(tail.Errors);
    }

    [Fact]
    public async Task Close_EndsWaitsAndNoHostServesItsPartitionsAnyMore()
    {
        var hosts = _world.Start(Names);
        var tail = new MergedTail(hosts[0], Topic, 1);
        tail.Start();
        Assert.True(_world.Simulation.RunUntil(() => tail.Reader is not null, Limit));
        _world.Simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(0, 6).Count(i => _world.OwnerOf(Partition(i)).Name != "a"), hosts.Sum(host => host.Server.Count));
        hosts[0].Regions.Merged.Tell(new TopicRequest.Close(Topic, tail.Handle), null);
        Assert.True(_world.Simulation.RunUntil(() => hosts.All(host => host.Server.Count == 0), Limit));
        Assert.Empty(tail.Errors);
        Assert.Equal(Fault.Cancelled, (await Within(tail.Reader!.ReadAsync(0, new byte[1], CancellationToken.None).AsTask())).Fault);
        Assert.IsType<Failure>(await Within(hosts[0].AskAsync(new TopicRequest.Wait(Topic, tail.Handle, new WaiterId(7), 0))));
    }

    [Fact]
    public async Task Open_OnePartitionCanNotBeOpened_IsRefusedAndNothingStaysOpen()
    {
        var hosts = _world.Start(Names);
        _world.Logs[Partition(4).Value].Refusal = new Failure(Fault.NoSpace, "no");
        var reply = await Within(hosts[0].AskAsync(new TopicRequest.OpenMerged(Topic, new HandleId(Guid.Empty, 1), ViewKind.Default, null)));
        Assert.Equal(Fault.NoSpace, Assert.IsType<Failure>(reply).Fault);
        Assert.True(_world.Simulation.RunUntil(() => hosts.All(host => host.Server.Count == 0), Limit));
    }

    [Fact]
    public async Task Read_IsTakenBack_EndsAndTheNextOneHasTheBytes()
    {
        var hosts = _world.Start(Names);
        var expected = await Fill(_world, 30);
        using var reader = await Open(hosts[0], 1);
        using var taken = new CancellationTokenSource();
        var first = reader.ReadAsync(0, new byte[100], taken.Token).AsTask();
        var second = reader.ReadAsync(0, new byte[100], taken.Token).AsTask();
        await taken.CancelAsync();
        Assert.Equal(Fault.Cancelled, (await Within(first)).Fault);
        Assert.Equal(Fault.Cancelled, (await Within(second)).Fault);
        Assert.Equal(expected, await ReadAll(_world, reader, 0, 100));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Hosts_FaultsFromASeed_FollowersGetEachMessageOnceAndInOrder(int seed)
    {
        var world = new StreamWorld(seed + 100);
        var random = new Random(seed);
        world.Start(Names);
        var victim = Names[random.Next(Names.Length)];
        var tails = Names.Select((name, i) => (Name: name, Tail: new MergedTail(world.Hosts[name], Topic, i))).ToArray();
        foreach (var (_, tail) in tails) tail.Start();
        world.Simulation.Advance(TimeSpan.FromSeconds(2));
        (world.LossPerMille, world.DoublePerMille) = (random.Next(150), random.Next(200));
        for (var step = 0; step < 100; step++)
        {
            if (step == 50) await world.Hosts[victim].KillAsync();
            var host = world.Hosts[Names[random.Next(Names.Length)]];
            if (!host.IsKilled) _ = host.AppendAsync(Partition(step % 6), new WriterStamp(step, 1), $"{step % 6} {step}");
            world.Simulation.Advance(TimeSpan.FromMilliseconds(random.Next(60)));
        }
        (world.LossPerMille, world.DoublePerMille) = (0, 0);
        world.Simulation.Advance(TimeSpan.FromSeconds(60));
        foreach (var (name, tail) in tails.Where(tail => tail.Name != victim))
        {
            Assert.True(tail.Errors.Count == 0, $"Seed {seed}: the one on {name} was told {string.Join(", ", tail.Errors)}");
            Assert.Equal(Written(world), tail.Text.Length);
            CheckEach(world, tail.Text);
        }
    }

    private static PartitionId Partition(int index) => new($"{Topic}.{index}");

    /// <summary>Appends messages whose times are in another order, and tells how they are merged.</summary>
    private async Task<string> Fill(StreamWorld world, int count)
    {
        var random = new Random(count);
        var appends = new List<Task<object>>();
        for (var i = 0; i < count; i++)
            appends.Add(world.Hosts["a"].AppendAsync(Partition(random.Next(6)), new WriterStamp(i, 1), $"m{i}", random.Next(1000)));
        foreach (var append in appends) await Within(append);
        var logs = Enumerable.Range(0, 6).Select(i => world.Logs[Partition(i).Value]).ToArray();
        var next = new int[6];
        var merged = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var first = Enumerable.Range(0, 6).Where(part => next[part] < logs[part].Messages.Count).MinBy(part => logs[part].Spans[next[part]].Time);
            merged.Append(Encoding.ASCII.GetString(logs[first].Messages[next[first]++])).Append('\n');
        }
        return merged.ToString();
    }

    /// <summary>Each message once, those of a partition in its order.</summary>
    private static void CheckEach(StreamWorld world, string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < 6; i++)
            Assert.Equal(world.Logs[Partition(i).Value].Messages.Select(Encoding.ASCII.GetString), lines.Where(line => line.StartsWith($"{i} ", StringComparison.Ordinal)));
    }

    private static int Written(StreamWorld world) => Enumerable.Range(0, 6).Sum(i => world.Logs[Partition(i).Value].Bytes.Count);

    private async Task<IPartitionReader> Open(StreamHost host, int number) => Assert.IsType<TopicReply.Opened>(await Within(
        host.AskAsync(new TopicRequest.OpenMerged(Topic, new HandleId(Guid.Empty, number), ViewKind.Default, null)))).Reader;

    private static async Task<string> ReadAll(StreamWorld world, IPartitionReader reader, long position, int size, int most = int.MaxValue)
    {
        var text = new StringBuilder();
        var buffer = new byte[size];
        while (text.Length < most)
        {
            var (fault, count) = await world.Simulation.Complete(reader.ReadAsync(position + text.Length, buffer, CancellationToken.None).AsTask(), Limit);
            Assert.Equal(Fault.None, fault);
            if (count == 0) break;
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        return text.ToString();
    }

    private Task<T> Within<T>(Task<T> task) => _world.Simulation.Complete(task, Limit);
}
