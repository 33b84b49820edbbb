using System.Text;

namespace StreamActors.Logs.Tests;

/// <summary>What a log directory answers, rule by rule.</summary>
public sealed class DirectoryTests
{
    private static readonly IncarnationId One = new(1);

    private readonly SimulatedDisk _disk = new(1);
    private readonly TestClock _clock = new();

    [Fact]
    public void Open_NewerFormat_IsRefusedByName()
    {
        Workload.Open(_disk, _clock).Dispose();
        _disk.Replace("/log/format", "streamactors-log 9\nsomething new\n"u8.ToArray());
        var opened = LogDirectory.Open(_disk, Workload.Root, Workload.Options, _clock);
        Assert.Equal(LogError.NewerFormat, opened.Fault?.Error);
        Assert.Contains("streamactors-log 9", opened.Fault?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_PowerLossTookTheFirstSegmentAndSparedALaterOne_IsATornTail()
    {
        var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        Assert.Null(log.Append(One, FaultTests.Lines("kept")).Fault);
        Assert.Null(log.RunCheckpoint());
        for (var i = 0; i < 5; i++)
            Assert.Null(log.Append(One, FaultTests.Lines(new string('x', 1500))).Fault);
        log.Dispose();
        var journal = _disk.Files.Where(file => file.EndsWith(".journal", StringComparison.Ordinal)).ToArray();
        Assert.True(journal.Length > 1);
        _disk.Cut(journal[0], 0);
        _disk.Restart(powerLoss: false);
        using var again = Workload.Open(_disk, _clock);
        using var reader = again.OpenReader(One).Value;
        Assert.Equal(5, reader.Length);
        Assert.Contains(again.Findings, finding => finding.Kind == FindingKind.TornTail);
    }

    [Fact]
    public void Reader_PartitionDeleted_ReadsOnToTheCommittedEnd()
    {
        using var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        Assert.Null(log.Append(One, FaultTests.Lines("a")).Fault);
        using var reader = log.OpenReader(One).Value;
        Assert.Null(log.Delete(One));
        Assert.True(reader.Now.Deleted);
        Assert.Equal(2, reader.Read(0, new byte[10]).Value);
        Assert.Equal(LogError.NotFound, log.OpenReader(One).Fault?.Error);
        Assert.Equal(LogError.NotFound, log.Append(One, FaultTests.Lines("b")).Fault?.Error);
        Assert.Equal(LogError.NotFound, log.Delete(One)?.Error);
        Assert.Empty(log.List().Value);
    }

    [Fact]
    public void Reader_RetentionRemovesItsHead_GetsRemovedAndNeverZeros()
    {
        using var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        Assert.Null(log.Append(One, FaultTests.Lines("first", "second")).Fault);
        using var reader = log.OpenReader(One).Value;
        Assert.Null(log.RemoveBefore(One, 1));
        var bytes = new byte[20];
        Assert.Equal(LogError.Removed, reader.Read(3, bytes).Fault?.Error);
        Assert.Equal(LogError.Removed, reader.Message(0).Fault?.Error);
        Assert.Equal("second\n"u8, bytes.AsSpan(0, reader.Read(6, bytes).Value));
        Assert.Null(log.Append(One, FaultTests.Lines("third")).Fault);
        Assert.Equal(19, reader.Length);

        using var newer = log.OpenReader(One).Value;
        Assert.Equal("second\nthird\n"u8, bytes.AsSpan(0, newer.Read(0, bytes).Value));
        Assert.Equal((1, 13L), (newer.Opened.Generation, newer.Length));
    }

    [Fact]
    public void Journal_NoLongerNeeded_IsWrittenAgainAndGoesAtTheEnd()
    {
        IReadOnlyList<string> Journal() => [.. _disk.Files.Where(file => file.StartsWith("/log/journal/", StringComparison.Ordinal)).Select(file => file.Split('.')[^1])];
        var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        for (var i = 0; i < 30; i++)
        {
            Assert.Null(log.Append(One, FaultTests.Lines(new string('a', 1000), $"{i}")).Fault);
            if (i % 10 == 9)
            {
                Assert.Null(log.RunCheckpoint());
                Assert.Equal(["spare", "spare"], Journal());
            }
        }
        Assert.Null(log.Append(One, FaultTests.Lines("last")).Fault);
        Assert.Equal(["spare", "journal"], Journal().OrderDescending());
        log.Dispose();

        log = Workload.Open(_disk, _clock);
        Assert.Empty(log.Findings);
        Assert.Empty(Journal());
        using (var reader = log.OpenReader(One).Value)
            Assert.Equal("last"u8, reader.Message(60).Value.Value!.Value.Span);
        Assert.Null(log.Append(One, FaultTests.Lines("more")).Fault);
        Assert.Null(log.Close());
        Assert.Empty(Journal());
    }

    [Fact]
    public void Open_DirectoryOfVersion1_BecomesOneOfThisVersion()
    {
        using (var log = Workload.Open(_disk, _clock))
        {
            Assert.Null(log.Create(One, Framing.Lines));
            Assert.Null(log.Append(One, FaultTests.Lines("kept")).Fault);
        }
        var words = Encoding.ASCII.GetString(_disk.ContentOf("/log/format").Span).Split('\n');
        var older = $"streamactors-log 1\n{words[1]}\n";
        _disk.Replace("/log/format", Encoding.ASCII.GetBytes($"{older}crc {Crc32C.Compute(Encoding.ASCII.GetBytes(older)):x8}\n"));
        using var again = Workload.Open(_disk, _clock);
        using var reader = again.OpenReader(One).Value;
        Assert.Equal(5, reader.Length);
        Assert.StartsWith("streamactors-log 3\n", Encoding.ASCII.GetString(_disk.ContentOf("/log/format").Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Retain_ByAgeAndBytes_RemovesWholeOldMessages()
    {
        using var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        for (var i = 0; i < 10; i++)
        {
            var batch = new Batch();
            Assert.Null(batch.Add("123456789"u8, _clock.Now.ToUnixTimeMilliseconds()));
            Assert.Null(log.Append(One, batch).Fault);
            _clock.Now += TimeSpan.FromMinutes(1);
        }
        Assert.Equal(0, log.Retain(One, new RetentionPolicy(null, null)).Value);
        Assert.Equal(0, log.Retain(One, new RetentionPolicy(TimeSpan.FromMinutes(9.5), null, StepBytes: 100)).Value);
        Assert.Equal(1, log.Retain(One, new RetentionPolicy(TimeSpan.FromMinutes(9.5), null, StepBytes: 1)).Value);
        Assert.Equal(1, log.Retain(One, new RetentionPolicy(TimeSpan.FromMinutes(7), null, StepBytes: 100), maxBytes: 12).Value);
        Assert.Equal(1, log.Retain(One, new RetentionPolicy(TimeSpan.FromMinutes(7), null, StepBytes: 100)).Value);
        Assert.Equal(3, log.Retain(One, new RetentionPolicy(null, 45, StepBytes: 1)).Value);
        Assert.Equal(0, log.Retain(One, new RetentionPolicy(null, 40, StepBytes: 1)).Value);
        Assert.Equal(4, log.Retain(One, new RetentionPolicy(TimeSpan.Zero, null, StepBytes: 1)).Value);
        using var reader = log.OpenReader(One).Value;
        Assert.Equal((0, 10, 5), (reader.Length, reader.Now.Begin.Ordinal, reader.Now.Generation));
    }

    [Fact]
    public void FindTime_ClockWentBackAndAhead_FindsWhenTheTimeHadCome()
    {
        using var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        var batch = new Batch();
        foreach (var time in new long[] { 100, 50, 200, 1_000_000, 300 })
            Assert.Null(batch.Add("x"u8, time));
        Assert.Null(log.Append(One, batch).Fault);
        using var reader = log.OpenReader(One).Value;
        Assert.Equal([0, 0, 2, 3, 3, 5], new long[] { 50, 100, 150, 201, 1_000_000, 1_000_001 }.Select(time => reader.FindTime(time).Value));
    }

    [Fact]
    public void SetFraming_PartitionHasMessages_IsRefused()
    {
        using var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        Assert.Null(log.SetFraming(One, new Framing("<"u8, true, ">"u8, ";"u8)));
        Assert.Null(log.Append(One, FaultTests.Lines("a")).Fault);
        using var reader = log.OpenReader(One).Value;
        var bytes = new byte[20];
        Assert.Equal("<\0\0\0\u0001a>;"u8, bytes.AsSpan(0, reader.Read(0, bytes).Value));
        Assert.Equal(LogError.NotEmpty, log.SetFraming(One, Framing.Lines)?.Error);
        Assert.Equal(LogError.Exists, log.Create(One, Framing.Lines)?.Error);
    }

    [Fact]
    public void Passivate_UnusedAndCheckpointed_ClosesFiles()
    {
        using var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        Assert.Null(log.Append(One, FaultTests.Lines("a")).Fault);
        Assert.False(log.Passivate(One));
        Assert.Null(log.RunCheckpoint());
        using (log.OpenReader(One).Value)
            Assert.False(log.Passivate(One));
        Assert.True(log.Passivate(One));
        Assert.Equal(0, log.ActiveCount);
        Assert.Null(log.Append(One, FaultTests.Lines("b")).Fault);
        Assert.Equal(1, log.ActiveCount);
    }

    [Fact]
    public void Append_ManyPartitions_EachKeepsItsOwn()
    {
        using (var log = Workload.Open(_disk, _clock, Workload.Options with { JournalMaxBytes = 100 << 20 }))
        {
            for (ulong id = 1; id <= 2000; id++)
            {
                Assert.Null(log.Create(new IncarnationId(id), Framing.Lines));
                if (id % 10 == 0)
                    Assert.Null(log.Append(new IncarnationId(id), FaultTests.Lines($"p{id}")).Fault);
            }
        }
        using var again = Workload.Open(_disk, _clock);
        Assert.Equal(2000, again.List().Value.Count);
        Assert.Equal(0, again.ActiveCount);
        using var reader = again.OpenReader(new IncarnationId(1230)).Value;
        Assert.Equal("p1230"u8, reader.Message(0).Value.Value!.Value.Span);
    }

    [Fact]
    public void Close_ThenUse_IsClosed()
    {
        var log = Workload.Open(_disk, _clock);
        Assert.Null(log.Create(One, Framing.Lines));
        Assert.Null(log.Append(One, FaultTests.Lines("a")).Fault);
        var reader = log.OpenReader(One).Value;
        Assert.Null(log.Close());
        Assert.Equal(LogError.Closed, log.Append(One, FaultTests.Lines("b")).Fault?.Error);
        Assert.Equal(LogError.Closed, log.Sync()?.Error);
        Assert.Equal(2, reader.Read(0, new byte[9]).Value);
        reader.Dispose();
        Assert.Equal(LogError.Closed, reader.Read(0, new byte[9]).Fault?.Error);
    }

    [Fact]
    public void Open_AfterAKillWithZerosWrittenAhead_FindsNoTornTail()
    {
        using (var log = Workload.Open(_disk, _clock))
        {
            Assert.Null(log.Create(One, Framing.Lines));
            Assert.Null(log.Append(One, FaultTests.Lines("a")).Fault);
            Assert.Null(log.Sync());
            Assert.Null(log.Append(One, FaultTests.Lines("b")).Fault);
        }
        var journal = _disk.Files.Single(file => file.StartsWith("/log/journal/", StringComparison.Ordinal));
        Assert.Equal(JournalSegment.HeaderSize + Workload.Options.SegmentBytes, _disk.ContentOf(journal).Length);
        _disk.Restart(powerLoss: false);
        using var again = Workload.Open(_disk, _clock);
        Assert.Empty(again.Findings);
        using var reader = again.OpenReader(One).Value;
        Assert.Equal(4, reader.Length);
    }
}
