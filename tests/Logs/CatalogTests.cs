namespace StreamActors.Logs.Tests;

/// <summary>The table of names, alone and together with the partitions that it names.</summary>
public sealed class CatalogTests
{
    private static readonly string[] Names = ["a", "b", "ä/ö", "c"];

    private readonly TestClock _clock = new();

    [Fact]
    public void Catalog_StreamsAndTopics_AreFoundByName()
    {
        var disk = new SimulatedDisk(1);
        using var log = Workload.Open(disk, _clock);
        var names = log.Catalog;
        var films = names.CreateStream("films", Framing.Lines).Value;
        var comedy = names.CreateTopic(films.Id, "comedy", 3).Value;
        Assert.Equal(LogError.Exists, names.CreateStream("films", Framing.Lines).Fault?.Error);
        Assert.Equal(LogError.Exists, names.CreateTopic(films.Id, "comedy", 1).Fault?.Error);
        Assert.Equal(LogError.Invalid, names.CreateStream(new string('x', 256), Framing.Lines).Fault?.Error);
        Assert.Equal(LogError.NotFound, names.CreateTopic(999, "x", 1).Fault?.Error);
        Assert.Equal(4, names.AddPartition(comedy.Id).Value.Partitions.Length);
        Assert.Null(names.RenameTopic(comedy.Id, films.Id, "drama"));
        Assert.Null(names.RenameStream(films.Id, "movies"));
        Assert.Null(names.Now.Stream("films"));
        Assert.Equal(comedy.Id, names.Now.Topic("movies", "drama")?.Id);

        Assert.Null(names.DeleteTopic(comedy.Id));
        Assert.Empty(log.List().Value);
        var again = names.CreateTopic(films.Id, "comedy", 1).Value;
        Assert.NotEqual(comedy.Id, again.Id);
        Assert.DoesNotContain(again.Partitions[0], comedy.Partitions);
        Assert.Null(names.DeleteStream(films.Id));
        Assert.Empty(names.Now.Topics);
    }

    [Fact]
    public void MakePartitions_NamedAfterwards_AreATopicAndOthersAreSwept()
    {
        var disk = new SimulatedDisk(1);
        var log = Workload.Open(disk, _clock);
        var stream = log.Catalog.CreateStream("s", Framing.Lines).Value;
        var made = log.Catalog.MakePartitions(2, Framing.Lines).Value;
        var dropped = log.Catalog.MakePartitions(1, Framing.Lines).Value;
        Assert.Empty(log.Catalog.Now.Topics);
        Assert.Equal(made, log.Catalog.CreateTopic(stream.Id, "t", made, Framing.Lines).Value.Partitions);
        Assert.Equal(LogError.Exists, log.Catalog.CreateTopic(stream.Id, "t", dropped, Framing.Lines).Fault?.Error);
        Assert.Equal(LogError.Busy, log.Catalog.CreateTopic(stream.Id, "u", dropped, new Framing([], true, [], [])).Fault?.Error);
        Assert.Null(log.Catalog.DropPartitions(dropped));
        log.Catalog.MakePartitions(3, Framing.Lines);
        Assert.Equal(5, log.List().Value.Count);

        log.Dispose();
        using var again = Workload.Open(disk, _clock);
        Assert.Null(again.Catalog.Sweep());
        Assert.Equal(made, again.List().Value);
    }

    [Fact]
    public void SetFraming_AnyPartitionHasMessages_IsRefused()
    {
        var disk = new SimulatedDisk(1);
        using var log = Workload.Open(disk, _clock);
        var stream = log.Catalog.CreateStream("s", Framing.Lines).Value;
        var topic = log.Catalog.CreateTopic(stream.Id, "t", 2).Value;
        var sized = new Framing([], true, [], []);
        Assert.Null(log.Catalog.SetFraming(stream.Id, sized));
        using (var reader = log.OpenReader(topic.Partitions[1]).Value)
            Assert.Equal(sized, reader.Now.Framing);
        Assert.Null(log.Append(topic.Partitions[1], FaultTests.Lines("x")).Fault);
        Assert.Equal(LogError.NotEmpty, log.Catalog.SetFraming(stream.Id, Framing.Lines)?.Error);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void Catalog_CrashInEachCall_EachTransactionIsThereOrNot(int seed, bool powerLoss)
    {
        var whole = new Run(seed, _clock);
        Assert.False(whole.Go());
        for (var call = 1; call <= whole.Disk.Calls; call++)
        {
            var run = new Run(seed, _clock) { Disk = { KillAt = call } };
            Assert.True(run.Go());
            run.Disk.Restart(powerLoss);
            using var log = Workload.Open(run.Disk, _clock);
            Assert.Null(log.Catalog.Sweep());
            var found = Describe(log.Catalog.Now);
            var (last, next) = (run.States[^1], whole.States[Math.Min(run.States.Count, whole.States.Count - 1)]);
            Assert.True(found == last || found == next, $"seed {seed}, call {call}: {found} is neither {last} nor {next}");
            Assert.Equal(
                log.Catalog.Now.Topics.Values.SelectMany(topic => topic.Partitions).Order(), log.List().Value);
            foreach (var topic in log.Catalog.Now.Topics.Values)
                foreach (var id in topic.Partitions)
                {
                    using var reader = log.OpenReader(id).Value;
                    Assert.Equal(log.Catalog.Now.Streams[topic.Stream].Framing, reader.Now.Framing);
                }
            Assert.DoesNotContain(log.Findings, finding => finding.Kind == FindingKind.Corrupt);
        }
    }

    [Fact]
    public void Catalog_ManyTransactions_AreCompacted()
    {
        var disk = new SimulatedDisk(1);
        using (var log = Workload.Open(disk, _clock))
        {
            var stream = log.Catalog.CreateStream("s", Framing.Lines).Value;
            for (var i = 0; i < 9000; i++)
                Assert.Null(log.Catalog.RenameStream(stream.Id, $"{i} {new string('x', 200)}"));
        }
        Assert.InRange(disk.Files.Where(file => file.StartsWith("/log/names/", StringComparison.Ordinal)).Sum(file => disk.ContentOf(file).Length), 1, 2 << 20);
        using var again = Workload.Open(disk, _clock);
        Assert.StartsWith("8999 ", Assert.Single(again.Catalog.Now.Streams).Value.Name, StringComparison.Ordinal);
    }

    /// <summary>The names without their ids, which depend on what was cut short before.</summary>
    private static string Describe(NamesSnapshot names) => string.Join(";", names.StreamNames.Select(stream =>
        $"{stream.Key}({names.Streams[stream.Value].Framing.HasSize}):" + string.Join(",", names.Streams[stream.Value].Topics.Select(topic =>
            $"{topic.Key}{names.Topics[topic.Value].Partitions.Length}"))));

    /// <summary>Random transactions, until the process is killed.</summary>
    private sealed class Run(int seed, TestClock clock)
    {
        private readonly Random _random = new(seed);

        public SimulatedDisk Disk { get; } = new(seed);

        /// <summary>The names before the first change, and after each.</summary>
        public List<string> States { get; } = [""];

        public bool Go()
        {
            try
            {
                using var log = Workload.Open(Disk, clock);
                for (var i = 0; i < 25; i++)
                    Change(log.Catalog);
                return false;
            }
            catch (SimulatedCrashException)
            {
                return true;
            }
        }

        private void Change(LogCatalog names)
        {
            var kind = _random.Next(7);
            var (stream, topic) = (Any(names.Now.Streams.Keys), Any(names.Now.Topics.Keys));
            var name = Names[_random.Next(Names.Length)];
            LogFault? fault = kind switch
            {
                0 => names.CreateStream(name, Framing.Lines).Fault,
                1 or 2 => names.CreateTopic(stream, name, 2).Fault,
                3 => names.AddPartition(topic).Fault,
                4 => _random.Next(2) == 0 ? names.DeleteTopic(topic) : names.DeleteStream(stream),
                5 => names.RenameStream(stream, name),
                _ => names.SetFraming(stream, new Framing([], true, [], [])),
            };
            Assert.True(fault is null or { Error: LogError.NotFound or LogError.Exists }, fault?.ToString());
            States.Add(Describe(names.Now));
        }

        private ulong Any(IEnumerable<ulong> ids) => ids.ToArray() is { Length: > 0 } all ? all[_random.Next(all.Length)] : 0;
    }
}
