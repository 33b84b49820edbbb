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
    public void CreateTopic_ManyPartitions_AreNamesUntilSomebodyWantsTheirFiles()
    {
        var disk = new SimulatedDisk(1);
        var log = Workload.Open(disk, _clock);
        var stream = log.Catalog.CreateStream("s", Framing.Lines).Value;
        var calls = disk.Calls;
        var topic = log.Catalog.CreateTopic(stream.Id, "t", LogCatalog.MaxPartitions).Value;
        Assert.InRange(disk.Calls - calls, 1, 20);
        Assert.Equal(LogError.Invalid, log.Catalog.AddPartition(topic.Id).Fault?.Error);
        using (var reader = log.OpenReader(topic.Partitions[5]).Value)
        {
            Assert.Equal((0L, topic.Created), (reader.Length, reader.Now.Created));
            Assert.Empty(log.List().Value);
            Assert.Null(log.Append(topic.Partitions[5], FaultTests.Lines("a")).Fault);
            Assert.Equal(2, reader.Length);
        }
        log.OpenReader(topic.Partitions[7], DataFileUse.Gives).Value.Dispose();
        Assert.Null(log.SetCursor(topic.Partitions[6], "c", 0));
        Assert.Equal(topic.Partitions[5..8], log.List().Value);

        log.Dispose();
        disk.Restart(powerLoss: false);
        using var again = Workload.Open(disk, _clock);
        Assert.Null(again.Catalog.Sweep());
        Assert.Equal(topic.Partitions[5..8], again.List().Value);
        Assert.Null(again.Append(topic.Partitions[5], FaultTests.Lines("b")).Fault);
        Assert.Null(again.Append(topic.Partitions[9_999], FaultTests.Lines("c")).Fault);
        using (var reader = again.OpenReader(topic.Partitions[5]).Value)
            Assert.Equal(2, reader.Now.Count);
        Assert.Null(again.Catalog.DeleteTopic(topic.Id));
        Assert.Empty(again.List().Value);
        Assert.Equal(LogError.NotFound, again.OpenReader(topic.Partitions[1]).Fault?.Error);
        Assert.Equal(LogError.NotFound, again.Append(topic.Partitions[5], FaultTests.Lines("d")).Fault?.Error);
    }

    [Fact]
    public void Append_FilesCanNotBeMade_IsRefusedAndTriedAgain()
    {
        var disk = new SimulatedDisk(1);
        using var log = Workload.Open(disk, _clock);
        var stream = log.Catalog.CreateStream("s", Framing.Lines).Value;
        var partition = log.Catalog.CreateTopic(stream.Id, "t", 1).Value.Partitions[0];
        disk.Capacity = disk.Used;
        Assert.Equal(LogError.NoSpace, log.Append(partition, FaultTests.Lines(new string('x', 900))).Fault?.Error);
        disk.Capacity = long.MaxValue;
        Assert.Null(log.Append(partition, FaultTests.Lines("a")).Fault);
        using var reader = log.OpenReader(partition).Value;
        Assert.Equal(2, reader.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sweep_DirectoryOfAPartitionIsGone_IsNotTakenForOneThatHasOnlyAName(bool closed)
    {
        var disk = new SimulatedDisk(1);
        var log = Workload.Open(disk, _clock);
        var stream = log.Catalog.CreateStream("s", Framing.Lines).Value;
        var topic = log.Catalog.CreateTopic(stream.Id, "t", 2).Value;
        Assert.Null(log.Append(topic.Partitions[0], FaultTests.Lines("a")).Fault);
        Assert.Null(log.RunCheckpoint());
        if (closed)
            Assert.Null(log.Close());
        log.Dispose();
        disk.Restart(powerLoss: false);
        foreach (var file in disk.Files.Where(file => file.StartsWith("/log/partitions/", StringComparison.Ordinal)).ToArray())
            disk.Remove(file);
        disk.DeleteDirectory($"/log/partitions/{topic.Partitions[0]}");

        using var again = Workload.Open(disk, _clock);
        Assert.Null(again.Catalog.Sweep());
        Assert.Contains(again.Findings, finding => finding.Kind == FindingKind.Corrupt);
        Assert.Equal(LogError.Corrupt, again.OpenReader(topic.Partitions[0]).Fault?.Error);
        Assert.Equal(LogError.Corrupt, again.Append(topic.Partitions[0], FaultTests.Lines("b")).Fault?.Error);
        Assert.Null(again.Append(topic.Partitions[1], FaultTests.Lines("b")).Fault);
        Assert.Equal(LogError.Corrupt, again.Catalog.SetFraming(stream.Id, new Framing([], true, [], []))?.Error);
        Assert.Null(again.Catalog.DeleteTopic(topic.Id));
        Assert.Empty(again.List().Value);
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
        using (var looked = log.OpenReader(topic.Partitions[0]).Value)
        {
            Assert.Null(log.Catalog.SetFraming(stream.Id, Framing.Lines));
            Assert.Equal(Framing.Lines, looked.Now.Framing);
            Assert.Null(log.Catalog.SetFraming(stream.Id, sized));
        }
        log.OpenReader(topic.Partitions[1], DataFileUse.Gives).Value.Dispose();
        Assert.Null(log.Catalog.SetFraming(stream.Id, Framing.Lines));
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
            Assert.Subset(log.Catalog.Now.Topics.Values.SelectMany(topic => topic.Partitions).ToHashSet(), log.List().Value.ToHashSet());
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
                    Change(log, log.Catalog);
                return false;
            }
            catch (SimulatedCrashException)
            {
                return true;
            }
        }

        private void Change(LogDirectory log, LogCatalog names)
        {
            var kind = _random.Next(9);
            var (stream, topic) = (Any(names.Now.Streams.Keys), Any(names.Now.Topics.Keys));
            var name = Names[_random.Next(Names.Length)];
            LogFault? fault = kind switch
            {
                0 => names.CreateStream(name, Framing.Lines).Fault,
                1 or 2 => names.CreateTopic(stream, name, 2).Fault,
                3 => names.AddPartition(topic).Fault,
                4 => _random.Next(2) == 0 ? names.DeleteTopic(topic) : names.DeleteStream(stream),
                5 => names.RenameStream(stream, name),
                6 or 7 => Open(log, topic),
                _ => names.SetFraming(stream, new Framing([], true, [], [])),
            };
            Assert.True(fault is null or { Error: LogError.NotFound or LogError.Exists }, fault?.ToString());
            States.Add(Describe(names.Now));
        }

        private LogFault? Open(LogDirectory log, ulong topic)
        {
            if (!log.Catalog.Now.Topics.TryGetValue(topic, out var found))
                return null;
            var reader = log.OpenReader(found.Partitions[_random.Next(found.Partitions.Length)], DataFileUse.Gives);
            if (reader.Succeeded)
                reader.Value.Dispose();
            return reader.Succeeded ? null : reader.Fault;
        }

        private ulong Any(IEnumerable<ulong> ids) => ids.ToArray() is { Length: > 0 } all ? all[_random.Next(all.Length)] : 0;
    }
}
