using StreamActors.Kafka.Tests.Front;
using StreamActors.Sources;

namespace StreamActors.Kafka.Tests;

/// <summary>Several hosts that show the same partitions: who begins to read has the bytes that others have.</summary>
public sealed class GenerationTests
{
    private readonly AgreedGenerations _agreed = new();
    private readonly KeptCheckpoints _checkpoints = new();

    [Fact]
    public async Task Host_ThatBeginsLater_HasTheSameBytesAtTheSamePositions()
    {
        using var cluster = new ClusterFront().With("films");
        await using var a = Host(cluster);
        using var first = await a.Partition("films");
        await SourceBench.Append(first, "0", "1", "2");
        using var reader = await SourceBench.Open(first);
        Assert.Equal("0\n1\n2\n", reader.ReadToEnd());

        // Left to itself it would begin with the last message.
        await using var b = Host(cluster, new StartPlace.Last(1));
        using var second = await b.Partition("films");
        using var other = await SourceBench.Open(second);

        Assert.Equal("0\n1\n2\n", other.ReadToEnd());
        Assert.Equal(await ViewOf(first), await ViewOf(second));
    }

    [Fact]
    public async Task Head_ThatRetentionTookBeforeAHostHadIt_IsAnotherGenerationForAll()
    {
        using var cluster = new ClusterFront().With("films");
        var home = Directory.CreateTempSubdirectory("streamactors-kafka-");
        try
        {
            await using (var a = Host(cluster, home: home.FullName))
            {
                using var first = await a.Partition("films");
                for (var number = 0; number < 8; number++)
                    await SourceBench.Append(first, $"{number}");
                using var reader = await SourceBench.Open(first);
                Assert.Equal(16, reader.ReadToEnd().Length);
                cluster.Mock.Cut("films", 0, 6);
                Assert.Equal(0, (await ViewOf(first)).Generation);
            }

            await using var b = Host(cluster);
            using var second = await b.Partition("films");
            Assert.Equal(Fault.Stale, (await second.OpenReader(await ViewOf(second))).Failure!.Fault);
            Assert.Equal(1, (await ViewOf(second)).Generation);
            using (var rest = await SourceBench.Open(second))
                Assert.Equal("6\n7\n", rest.ReadToEnd());

            // The host that has it all does not go back to the positions of before.
            await using var again = Host(cluster, home: home.FullName);
            using var third = await again.Partition("films");
            Assert.Equal(1, (await ViewOf(third)).Generation);
            using var same = await SourceBench.Open(third);
            Assert.Equal("6\n7\n", same.ReadToEnd());
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Host_ThatHadThePartitionBefore_KnowsHowFarAnotherHasShownItSince()
    {
        using var cluster = new ClusterFront().With("films");
        await using var a = Host(cluster);
        await using var b = Host(cluster);
        await Show(a, "0\n1\n", "0", "1");
        await Show(b, "0\n1\n2\n", "2");

        using var again = await a.Partition("films");
        Assert.Equal(6, (await again.FindView(ViewKind.Default, null)).Value!.Value.Size);
        using var reader = await SourceBench.Open(again);
        Assert.Equal("0\n1\n2\n", reader.ReadHere(0, 6));
    }

    [Fact]
    public async Task Host_ThatHadThePartitionBefore_HasTheGenerationThatAnotherHasBegunSince()
    {
        using var cluster = new ClusterFront().With("films");
        await using var a = Host(cluster);
        await using var b = Host(cluster);
        await Show(a, "0\n1\n2\n3\n", "0", "1", "2", "3");
        cluster.Mock.Cut("films", 0, 2);
        using (var second = await b.Partition("films"))
            Assert.Equal(Fault.Stale, (await second.OpenReader(await ViewOf(second))).Failure!.Fault);
        await Show(b, "2\n3\n");

        using var again = await a.Partition("films");
        Assert.Equal(1, (await ViewOf(again)).Generation);
        using var reader = await SourceBench.Open(again);
        Assert.Equal("2\n3\n", reader.ReadHere(0, 4));
    }

    [Fact]
    public async Task Generations_ThatCanNotBeAsked_NothingIsReadUntilTheyCan()
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = Host(cluster);
        using var partition = await bench.Partition("films");
        await SourceBench.Append(partition, "0");
        _agreed.IsAway = true;
        Assert.Equal(Fault.TimedOut, (await partition.OpenReader(await ViewOf(partition))).Failure!.Fault);
        _agreed.IsAway = false;
        using var reader = await SourceBench.Open(partition);
        Assert.Equal("0\n", reader.ReadToEnd());
        // What was begun needs them no more.
        _agreed.IsAway = true;
        await SourceBench.Append(partition, "1");
        Assert.Equal("0\n1\n", reader.ReadUntil(4));
    }

    [Fact]
    public void Topic_OfAnotherId_IsAnotherGeneration_OneThatIsNotToldIsNot()
    {
        var marks = new Watermarks(5, 9);
        Assert.Equal(new Generation(0, 5, "x"), Of("x").Begin(5, marks).Value);
        Assert.Equal(new Generation(0, 5, "x"), Of(null).Begin(7, marks).Value);
        Assert.Equal(new Generation(1, 7, "y"), Of("y").Begin(7, marks).Value);
        Assert.Equal(new Generation(2, 8, "y"), Of("y").Begin(7, marks with { Low = 8 }).Value);
        // A cluster that ends before the beginning has lost it.
        Assert.Equal(new Generation(3, 3, "y"), Of("y").Begin(3, new Watermarks(0, 4)).Value);
        Assert.Equal(new Generation(4, 4, "y"), Of("y").BeginAt(4).Value);
    }

    [Fact]
    public void Begin_OfTwoAtOnce_IsOfOne()
    {
        var (a, b) = (Of("x"), Of("x"));
        _agreed.Meanwhile = () => Assert.Equal(new Generation(0, 3, "x"), b.Begin(3, new Watermarks(0, 9)).Value);
        Assert.Equal(new Generation(0, 3, "x"), a.Begin(1, new Watermarks(0, 9)).Value);
    }

    private MirrorGeneration Of(string? id)
    {
        var topic = new TopicIdentity("films");
        if (id is not null)
            topic.Note(id, 0);
        return new MirrorGeneration(_agreed, topic, 0);
    }

    private SourceBench Host(ClusterFront cluster, StartPlace? start = null, string? home = null) => new(
        cluster.BootstrapServers, options => options with { Generations = _agreed, Checkpoints = _checkpoints, Mirror = options.Mirror with { Start = start } }, null, home, []);

    /// <summary>A host has the partition for a while, and hands it over.</summary>
    private static async Task Show(SourceBench host, string expected, params string[] appended)
    {
        using var partition = await host.Partition("films");
        if (appended.Length > 0)
            await SourceBench.Append(partition, appended);
        using (var reader = await SourceBench.Open(partition))
            Assert.Equal(expected, reader.ReadHere(0, expected.Length));
        Assert.Null(await partition.HandOver());
    }

    private static async Task<ViewId> ViewOf(IPartitionSource partition) => (await partition.FindView(ViewKind.Default, null)).Value!.View;
}
