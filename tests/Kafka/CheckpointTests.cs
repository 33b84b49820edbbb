using System.Text;
using StreamActors.Kafka.Tests.Front;
using StreamActors.Sources;

namespace StreamActors.Kafka.Tests;

/// <summary>What is kept outside of the cache: a cache that is lost gets the same bytes at the same positions, or another generation.</summary>
public sealed class CheckpointTests : IDisposable
{
    private const int Messages = 30_000;

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("streamactors-kafka-");

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public async Task Cache_Lost_ASavedPositionHasTheSameBytes_AndWhatIsBeforeItsCheckpointIsNotFetched()
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster);
        var view = await ReadAll(cluster, text);
        LoseCache();
        var delivered = cluster.Delivered("films");

        await using var bench = Bench(cluster);
        using var partition = await bench.Partition("films");
        var found = (await partition.FindView(ViewKind.Default, null)).Value!;
        Assert.Equal((view, (long)text.Length, (long)Messages), (found.View, found.Value.Size, found.Value.Messages));
        using var reader = (await partition.OpenReader(found.View)).Value!;
        Assert.Equal(text.Length, reader.End);
        // As other hosts ask for the size: nothing need be here for that.
        Assert.Equal(Fault.None, reader.Read(0, [], out _));
        Assert.Equal(delivered, cluster.Delivered("films"));
        var saved = text.Length - 200_000;
        Assert.Equal(text[saved..], reader.ReadHere(saved, 200_000));
        Assert.InRange(cluster.Delivered("films") - delivered, 2000, Messages / 2);

        // What was not fetched again is there all the same, and the file goes on.
        Assert.Equal(text[..100_000], reader.ReadHere(0, 100_000));
        await SourceBench.Append(partition, "more");
        Assert.Equal(text + "more\n", reader.ReadHere(0, text.Length + 5));
        using var merged = (await (await bench.Topic("films")).OpenMerged(ViewKind.Default, null, () => { })).Value!;
        Assert.Equal(text.Length + 5, merged.End);
    }

    [Fact]
    public async Task HandOver_WhatWasShownIsKnownToTheNextOwner()
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster, count: 1000);
        await using var bench = Bench(cluster);
        using var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal(text, reader.ReadHere(0, text.Length));
        Assert.Null(await partition.HandOver());
        // Soon after another one nothing is written but where it is the last time.
        await SourceBench.Append(partition, "more");
        Assert.Equal(text + "more\n", reader.ReadHere(0, text.Length + 5));

        Assert.Null(await partition.HandOver());

        await using var next = Bench(cluster, home: "next");
        using var taken = await next.Partition("films");
        Assert.Equal(text.Length + 5, (await taken.FindView(ViewKind.Default, null)).Value!.Value.Size);
    }

    [Theory]
    [InlineData(ViewKind.Json)]
    [InlineData(ViewKind.Size)]
    public async Task Cache_Lost_EveryViewHasItsPositions(ViewKind kind)
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster);
        await ReadAll(cluster, text);
        string all;
        await using (var bench = Bench(cluster))
        {
            using var partition = await bench.Partition("films");
            using var reader = await SourceBench.Open(partition, kind);
            all = reader.ReadHere(0, (int)reader.End);
        }
        LoseCache();

        await using var again = Bench(cluster);
        using var lost = await again.Partition("films");
        using var other = await SourceBench.Open(lost, kind);
        Assert.Equal(all.Length, other.End);
        Assert.Equal(all[^100_000..], other.ReadHere(all.Length - 100_000, 100_000));
    }

    [Fact]
    public async Task Cache_Lost_MergedIsWhole()
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster);
        await ReadAll(cluster, text);
        LoseCache();

        await using var bench = Bench(cluster);
        using var merged = (await (await bench.Topic("films")).OpenMerged(ViewKind.Default, null, () => { })).Value!;
        Assert.Equal(text, merged.ReadToEnd());
    }

    [Fact]
    public async Task Cache_Lost_ClusterHasOthers_NoneOfThemIsShown_AndAnotherGenerationBegins()
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster);
        var view = await ReadAll(cluster, text);
        LoseCache();

        // As after compaction: what is before the last checkpoint is another.
        await using var bench = Bench(cluster, places => [.. places.SkipLast(1), places[^1] with { Crc = ~places[^1].Crc }]);
        using var partition = await bench.Partition("films");
        using var reader = (await partition.OpenReader(view)).Value!;
        var last = new byte[10];
        Assert.Equal(Fault.NotHere, reader.Read(text.Length - 10, last, out _));
        Assert.True(SpinWait.SpinUntil(() => reader.Read(text.Length - 10, last, out _) != Fault.NotHere, Collector.Deadline));

        Assert.Equal(Fault.InputOutput, reader.Read(text.Length - 10, last, out _));
        Assert.True(reader.IsEnded);
        Assert.True(SpinWait.SpinUntil(() => partition.FindView(ViewKind.Default, null).Result.Value!.View.Generation == view.Generation + 1, Collector.Deadline));
        using var another = await OpenNew(partition);
        Assert.Equal(text, another.ReadHere(0, text.Length));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cache_Lost_WhoWaitsAtTheEnd_GetsWhatComes(bool reads)
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster);
        var view = await ReadAll(cluster, text);
        LoseCache();
        await using var bench = Bench(cluster);
        using var partition = await bench.Partition("films");
        using var reader = (await partition.OpenReader(view)).Value!;
        if (reads)
            Assert.Equal((Fault.None, 0), (reader.Read(text.Length, new byte[10], out var count), count));

        await SourceBench.Append(partition, "more");

        Assert.True(SpinWait.SpinUntil(() => reader.End == text.Length + 5, Collector.Deadline), $"it ends at {reader.End}");
        Assert.Equal("more\n", reader.ReadHere(text.Length, 5));
        Assert.Equal(text[..100], reader.ReadHere(0, 100));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Topic_MadeAgainMeanwhile_IsAnotherGeneration(bool losesCache)
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster);
        var view = await ReadAll(cluster, text);
        if (losesCache)
            LoseCache();
        Assert.Equal(KafkaError.None, cluster.Topics.Delete("films"));
        cluster.With("films");
        var other = await Produce(cluster, 'b');

        await using var bench = Bench(cluster);
        using var partition = await bench.Partition("films");
        Assert.Equal(Fault.Stale, (await partition.OpenReader(view)).Failure?.Fault);
        using var reader = await OpenNew(partition);
        Assert.Equal(other, reader.ReadHere(0, other.Length));
        Assert.Equal(view.Generation + 1, (await partition.FindView(ViewKind.Default, null)).Value!.View.Generation);
    }

    [Fact]
    public async Task Cache_BehindItsCheckpoints_IsComparedAsItGrows()
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers, With, null, Home("old"), []);
        var half = await Produce(cluster);
        using (var partition = await bench.Partition("films"))
        using (var reader = await SourceBench.Open(partition))
            Assert.Equal(half, reader.ReadHere(0, half.Length));
        await bench.Source.DisposeAsync();
        Copy(Home("old"), Home("kept"));
        var text = half + await Produce(cluster, 'b', 10_000);
        var view = await ReadAll(cluster, text, "old");
        Directory.Delete(Path.Combine(Home("old"), "cache"), recursive: true);
        Directory.Move(Path.Combine(Home("kept"), "cache"), Path.Combine(Home("old"), "cache"));

        await using var again = new SourceBench(cluster.BootstrapServers, With, null, Home("old"), []);
        using var later = await again.Partition("films");
        using var file = (await later.OpenReader(view)).Value!;
        Assert.Equal(text.Length, file.End);
        Assert.Equal(text, file.ReadHere(0, text.Length));

        KafkaVolumeOptions With(KafkaVolumeOptions options) => Kept(options, null);
    }

    [Fact]
    public async Task Cache_BehindItsCheckpoints_ClusterHasNoneOfTheRest_AnotherGenerationBegins()
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = Bench(cluster, null, "old");
        var half = await Produce(cluster);
        var view = await Read(bench, half);
        await bench.Source.DisposeAsync();
        Copy(Home("old"), Home("kept"));
        var text = half + await Produce(cluster, 'b', 10_000);
        await ReadAll(cluster, text, "old");
        Directory.Delete(Path.Combine(Home("old"), "cache"), recursive: true);
        Directory.Move(Path.Combine(Home("kept"), "cache"), Path.Combine(Home("old"), "cache"));
        cluster.Mock.Cut("films", 0, Messages + 10_000);

        await using var again = Bench(cluster, null, "old");
        using var later = await again.Partition("films");
        var opened = await later.OpenReader(view);
        if (opened.Value is { } file)
            Assert.True(SpinWait.SpinUntil(() => file.IsEnded, Collector.Deadline), "it has not ended");
        Assert.True(SpinWait.SpinUntil(() => later.FindView(ViewKind.Default, null).Result.Value!.View.Generation > view.Generation, Collector.Deadline));
        await SourceBench.Append(later, "more");
        using var next = await OpenNew(later);
        Assert.Equal("more\n", next.ReadToEnd());
    }

    [Fact]
    public async Task Checkpoints_OfALongPartition_StayFew_AndAreComeTo()
    {
        const int Count = 20_000;
        using var cluster = new MockCluster().With("films");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();
        mirror.Take([.. Enumerable.Range(0, Count).Select(offset => new FetchedMessage(offset, Clients.Message("x")))]);
        using var log = bench.Store.OpenReader(mirror.Log!.Value).Value;
        var kept = new KeptCheckpoints();
        var checks = new MirrorChecks(kept, "films", 0, TimeProvider.System, minSpacing: 1);
        checks.Begin(default);

        Assert.Equal(default, checks.Advance(log, default, out _));
        Assert.Null(checks.Save(isLast: true));

        var places = kept.List.Places;
        Assert.InRange(places.Count, kept.MaxPlaces / 4, kept.MaxPlaces + 1);
        Assert.Equal((Count, Count, 2L * Count), (places[^1].Ordinal, places[^1].Offset, places[^1].Position));
        var other = new MirrorChecks(kept, "films", 0, TimeProvider.System);
        Assert.Null(other.Load(0));
        Assert.Equal(places[^1], other.Recorded);
        other.Begin(default);
        Assert.True(other.IsPending);
        while (other.IsPending)
            Assert.Equal(default, other.Advance(log, default, out _));
        Assert.True(other.Matches(log, default));
        kept.List = kept.List with { Places = [.. places.Select(place => place with { Json = place.Json + 1 })] };
        Assert.Null(other.Load(0));
        Assert.False(other.Matches(log, default));
    }

    [Fact]
    public void Files_ThatAreDamaged_AreNotGuessedAt()
    {
        var list = new CheckpointList(3, [new MirrorCheckpoint(1, 2, 3, 4, 5), new MirrorCheckpoint(6, 7, 8, 9, 10)]);
        var files = new MirrorFiles(_home.FullName);
        Assert.Null(files.Save("films", 0, list));
        Assert.Equal(list.Places, files.Load("films", 0).Value!.Places);
        Assert.Equal(new Generation(7, 1), files.Begin("films", 0, files.Read("films", 0).Value!, new Generation(7, 1)).Value!.Value);
        Assert.Equal(new Generation(7, 1), new MirrorFiles(_home.FullName).Known("films", 0));

        foreach (var file in Directory.GetFiles(Path.Combine(_home.FullName, "films")))
            File.WriteAllText(file, "x");

        files = new MirrorFiles(_home.FullName);
        Assert.Empty(files.Load("films", 0).Value!.Places);
        Assert.Equal(Fault.InputOutput, files.Read("films", 0).Failure!.Fault);
    }

    [Fact]
    public async Task Cache_DamagedWhileItIsRead_IsNotedAndFetchedAgain_AndNeverReadWrong()
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster);
        await using var bench = Bench(cluster);
        using var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal(text, reader.ReadHere(0, text.Length));
        var random = new Random(7);
        Damage("*.data", file =>
        {
            for (var flip = 0; flip < 5; flip++)
            {
                file.Position = random.NextInt64(file.Length);
                var flipped = (byte)(file.ReadByte() ^ (1 << random.Next(8)));
                file.Position--;
                file.WriteByte(flipped);
            }
        });

        Assert.Equal(text, reader.ReadHere(0, text.Length));
        Assert.Contains("damaged", bench.Log.Text, StringComparison.Ordinal);
        using var size = await SourceBench.Open(partition, ViewKind.Size);
        Assert.Equal(text.Length + (3 * Messages), size.ReadHere(0, (int)size.End).Length);
    }

    [Fact]
    public async Task Index_DamagedWhileItIsRead_IsNeverReadWrong()
    {
        using var cluster = new ClusterFront().With("films");
        var text = await Produce(cluster);
        await ReadAll(cluster, text);
        // What this run has read is remembered; it has read nothing yet.
        await using var bench = Bench(cluster);
        using var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);
        Damage("*.index", file =>
        {
            file.Position = file.Length / 2;
            file.Write(new byte[100]);
        });

        Assert.Equal(text, reader.ReadHere(0, text.Length));
    }

    private string Home(string name) => Directory.CreateDirectory(Path.Combine(_home.FullName, name)).FullName;

    private void Damage(string files, Action<FileStream> damage)
    {
        foreach (var path in Directory.GetFiles(Path.Combine(Home("home"), "cache"), files, SearchOption.AllDirectories))
        {
            using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            damage(file);
        }
    }

    private void LoseCache() => Directory.Delete(Path.Combine(Home("home"), "cache"), recursive: true);

    private SourceBench Bench(ClusterFront cluster, Func<IReadOnlyList<MirrorCheckpoint>, IReadOnlyList<MirrorCheckpoint>>? change = null, string home = "home") =>
        new(cluster.BootstrapServers, options => Kept(options, change), null, Home(home), []);

    private KafkaVolumeOptions Kept(KafkaVolumeOptions options, Func<IReadOnlyList<MirrorCheckpoint>, IReadOnlyList<MirrorCheckpoint>>? change)
    {
        var files = new MirrorFiles(Directory.CreateDirectory(Home("state")).FullName);
        return options with { Generations = files, Checkpoints = new Changed(files, change) };
    }

    /// <summary>Reads a partition whole, as one run of the program.</summary>
    private async Task<ViewId> ReadAll(ClusterFront cluster, string text, string home = "home")
    {
        await using var bench = Bench(cluster, null, home);
        return await Read(bench, text);
    }

    private static async Task<ViewId> Read(SourceBench bench, string text)
    {
        using var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal(text, reader.ReadHere(0, text.Length));
        return (await partition.FindView(ViewKind.Default, null)).Value!.View;
    }

    private static async Task<IPartitionReader> OpenNew(IPartitionSource partition)
    {
        // A look-up before the first open knows of the old one only.
        Result<IPartitionReader> opened;
        do
            opened = await partition.OpenReader((await partition.FindView(ViewKind.Default, null)).Value!.View);
        while (opened.Failure is { Fault: Fault.Stale or Fault.InputOutput });
        Assert.Null(opened.Failure);
        return opened.Value!;
    }

    private static async Task<string> Produce(ClusterFront cluster, char filler = 'a', int count = Messages)
    {
        using var client = Clients.Open(cluster.BootstrapServers, ("batch.num.messages", "500"));
        var text = new StringBuilder();
        for (var done = 0; done < count; done += 1000)
        {
            var batch = new MessageBatch();
            for (var number = done; number < done + 1000; number++)
            {
                var line = $"{number:d8} {new string(filler, 91)}";
                text.Append(line).Append('\n');
                batch.Add(Encoding.UTF8.GetBytes(line));
            }
            Assert.Null((await client.Producer.ProduceAsync("films", 0, batch)).Failure);
        }
        return text.ToString();
    }

    private static void Copy(string from, string to)
    {
        foreach (var directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    /// <summary>Checkpoints that tell something else than was written.</summary>
    private sealed class Changed(ICheckpoints kept, Func<IReadOnlyList<MirrorCheckpoint>, IReadOnlyList<MirrorCheckpoint>>? change) : ICheckpoints
    {
        public int MaxPlaces => kept.MaxPlaces;

        public CheckpointList Known(string topic, int partition) => kept.Known(topic, partition);

        public Result<CheckpointList> Load(string topic, int partition)
        {
            var list = kept.Load(topic, partition).Value!;
            return list with { Places = list.Places.Count > 0 && change is not null ? change(list.Places) : list.Places };
        }

        public Failure? Save(string topic, int partition, CheckpointList list) => kept.Save(topic, partition, list);
    }
}
