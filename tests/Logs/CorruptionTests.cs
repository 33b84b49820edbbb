using System.Text;

namespace StreamActors.Logs.Tests;

/// <summary>Bytes that change behind the log's back: they are found and reported, and never served as if nothing were.</summary>
public sealed class CorruptionTests
{
    [Theory]
    [InlineData(11, true)]
    [InlineData(11, false)]
    [InlineData(12, true)]
    [InlineData(12, false)]
    public void Log_OneBitFlips_IsFound(int seed, bool closed)
    {
        var random = new Random(seed);
        var workload = Prepare(seed, closed);
        foreach (var file in workload.Disk.Files.Where(IsChecked))
        {
            var size = workload.Disk.ContentOf(file).Length;
            for (var i = 0; i < 25 && size > 0; i++)
            {
                var bit = i < 8 ? i * size : random.NextInt64(size * 8);
                var disk = workload.Disk.Copy();
                disk.Flip(file, bit);
                AssertFound(workload, disk, file, bit / 8, $"seed {seed}: bit {bit} of {file}");
            }
        }
    }

    [Theory]
    [InlineData(21, true)]
    [InlineData(21, false)]
    [InlineData(22, true)]
    [InlineData(22, false)]
    public void Log_FileIsCut_IsFound(int seed, bool closed)
    {
        var random = new Random(seed);
        var workload = Prepare(seed, closed);
        foreach (var file in workload.Disk.Files.Where(IsChecked))
        {
            var size = workload.Disk.ContentOf(file).Length;
            for (var i = 0; i < 12 && size > 0; i++)
            {
                var length = i switch { 0 => 0, 1 => size - 1, _ => random.NextInt64(size) };
                var disk = workload.Disk.Copy();
                disk.Cut(file, length);
                AssertFound(workload, disk, file, length, $"seed {seed}: {file} cut from {size} to {length}");
            }
        }
    }

    [Theory]
    [InlineData(31, true)]
    [InlineData(31, false)]
    public void Log_FileIsMissing_IsFound(int seed, bool closed)
    {
        var workload = Prepare(seed, closed);
        foreach (var file in workload.Disk.Files.Where(IsChecked))
        {
            var disk = workload.Disk.Copy();
            disk.Remove(file);
            AssertFound(workload, disk, file, long.MaxValue, $"seed {seed}: {file} is missing");
        }
    }

    [Theory]
    [InlineData("data")]
    [InlineData("index")]
    [InlineData("keys")]
    [InlineData("state")]
    public void Log_FilesOfTwoPartitionsSwapped_AreFound(string kind)
    {
        for (var seed = 40; seed < 60; seed++)
        {
            var workload = Prepare(seed, closed: true);
            var files = workload.Disk.Files.Where(file => file.EndsWith(kind, StringComparison.Ordinal))
                .GroupBy(file => file.Split('/')[3]).Select(group => group.First()).ToArray();
            var first = workload.Disk.ContentOf(files[0]).Span.ToArray();
            var second = workload.Disk.ContentOf(files[1]).Span.ToArray();
            if (first.AsSpan().SequenceEqual(second))
                continue;
            workload.Disk.Replace(files[0], second);
            workload.Disk.Replace(files[1], first);
            AssertFound(workload, workload.Disk, files[0], long.MaxValue, $"seed {seed}: {files[0]} and {files[1]} swapped");
        }
    }

    /// <summary>Where all places and lengths agree, only what the files themselves say tells them apart.</summary>
    [Theory]
    [InlineData("data")]
    [InlineData("index")]
    [InlineData("keys")]
    public void Log_FilesOfTwoPartitionsOfTheSameShapeSwapped_AreFound(string kind)
    {
        var disk = new SimulatedDisk(1);
        IncarnationId[] ids = [new(1), new(2)];
        using (var log = Workload.Open(disk, new TestClock()))
        {
            foreach (var id in ids)
            {
                Assert.Null(log.Create(id, Framing.Lines));
                for (var i = 0; i < 200; i++)
                {
                    var batch = new Batch();
                    var own = Encoding.UTF8.GetBytes($"{id.Value}");
                    Assert.Null(batch.Add(new LogMessage(kind == "data" ? own : "0"u8.ToArray(), 1000)));
                    Assert.Null(batch.Add(new LogMessage("same"u8.ToArray(), 1000, Key: kind == "keys" ? own : "0"u8.ToArray())));
                    Assert.Null(log.Append(id, batch).Fault);
                }
            }
            Assert.Null(log.Close());
        }
        var files = disk.Files.Where(file => file.EndsWith(kind, StringComparison.Ordinal)).ToArray();
        var (first, second) = (disk.ContentOf(files[0]).Span.ToArray(), disk.ContentOf(files[1]).Span.ToArray());
        Assert.Equal(first.Length, second.Length);
        disk.Replace(files[0], second);
        disk.Replace(files[1], first);
        using var again = Workload.Open(disk, new TestClock());
        Assert.All(ids, id => Assert.Equal(LogError.Corrupt, again.OpenReader(id).Fault?.Error));
        Assert.Contains(again.Findings, finding => finding.Kind == FindingKind.Corrupt);
    }

    [Theory]
    [InlineData(61, true)]
    [InlineData(61, false)]
    [InlineData(62, true)]
    public void Log_PartitionsDirectoryIsRemoved_IsFoundAtEachStart(int seed, bool closed)
    {
        var workload = Prepare(seed, closed);
        foreach (var id in workload.State.Partitions.Keys)
        {
            var disk = workload.Disk.Copy();
            var folder = $"/log/partitions/{id}/";
            foreach (var file in disk.Files.Where(file => file.StartsWith(folder, StringComparison.Ordinal)).ToArray())
                disk.Remove(file);
            disk.DeleteDirectory(folder.TrimEnd('/'));
            for (var start = 0; start < 2; start++)
            {
                using var log = Workload.Open(disk, new TestClock());
                if (log.Findings.Count == 0)
                {
                    // All that it ever had was in the journal.
                    Assert.Null(ModelCheck.Compare(log, workload.State));
                    Assert.False(closed);
                    break;
                }
                Assert.Contains(log.Findings, finding => finding.Kind == FindingKind.Corrupt && finding.Path == folder.TrimEnd('/'));
                Assert.Equal(LogError.Corrupt, log.OpenReader(id).Fault?.Error);
                Assert.Equal(LogError.Corrupt, log.Append(id, FaultTests.Lines("x")).Fault?.Error);
                Assert.Equal(LogError.Exists, log.Create(id, Framing.Lines)?.Error);
                Assert.Contains(id, log.List().Value);
                if (start == 0)
                    continue;
                Assert.Null(log.Delete(id));
                Assert.Null(log.Close());
                using var without = Workload.Open(disk, new TestClock());
                Assert.Empty(without.Findings);
                Assert.DoesNotContain(id, without.List().Value);
            }
        }
    }

    [Fact]
    public void Log_JournalOfAnotherDirectory_IsRefused()
    {
        var disk = new SimulatedDisk(1);
        using (var other = LogDirectory.Open(disk, "/other", Workload.Options with { NewDirectoryId = new Guid(1, 2, 3, new byte[8]) }, new TestClock()).Value)
        {
            Assert.Null(other.Create(new IncarnationId(1), Framing.Lines));
            Assert.Null(other.Append(new IncarnationId(1), FaultTests.Lines("theirs")).Fault);
            Assert.Null(other.Sync());
        }
        using (var log = Workload.Open(disk, new TestClock()))
        {
            Assert.Null(log.Create(new IncarnationId(1), Framing.Lines));
            Assert.Null(log.Append(new IncarnationId(1), FaultTests.Lines("ours")).Fault);
        }
        var theirs = disk.Files.Single(file => file.StartsWith("/other/journal/", StringComparison.Ordinal));
        disk.Replace(theirs.Replace("/other/", "/log/", StringComparison.Ordinal), disk.ContentOf(theirs).Span.ToArray());
        var opened = LogDirectory.Open(disk, Workload.Root, Workload.Options, new TestClock());
        Assert.Equal(LogError.Corrupt, opened.Fault?.Error);
        Assert.Contains("another log directory", opened.Fault?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_ForeignFiles_AreReportedAndLeftAlone()
    {
        var disk = new SimulatedDisk(1);
        using (var log = Workload.Open(disk, new TestClock()))
        {
            Assert.Null(log.Create(new IncarnationId(1), Framing.Lines));
            Assert.Null(log.Close());
        }
        string[] foreign = ["/log/notes.txt", "/log/journal/0.journal", "/log/partitions/README", "/log/partitions/0000000000000001/x.data"];
        foreach (var file in foreign)
            disk.Replace(file, "mine"u8.ToArray());
        using var again = Workload.Open(disk, new TestClock());
        using (again.OpenReader(new IncarnationId(1)).Value)
            Assert.Equal(foreign, again.Findings.Where(f => f.Kind == FindingKind.Foreign).Select(f => f.Path).Order(StringComparer.Ordinal)
                .OrderBy(path => Array.IndexOf(foreign, path)));
        Assert.Null(again.Delete(new IncarnationId(1)));
        Assert.All(foreign, file => Assert.Equal("mine"u8, disk.ContentOf(file).Span));
    }

    [Fact]
    public void Log_IndexAndDataLongerThanCommitted_AreCutAndReported()
    {
        var workload = Prepare(51, closed: true);
        var file = workload.Disk.Files.Last(file => file.EndsWith(".index", StringComparison.Ordinal));
        workload.Disk.Replace(file, [.. workload.Disk.ContentOf(file).Span, .. new byte[64]]);
        using var log = Workload.Open(workload.Disk, new TestClock());
        Assert.Null(ModelCheck.Compare(log, workload.State));
        Assert.Contains(log.Findings, finding => finding.Kind == FindingKind.Uncommitted);
    }

    [Fact]
    public void Log_PartitionIsDamaged_OthersAreServedAndItsJournalIsKept()
    {
        var disk = new SimulatedDisk(1);
        var (one, two) = (new IncarnationId(1), new IncarnationId(2));
        using (var log = Workload.Open(disk, new TestClock()))
        {
            Assert.Null(log.Create(one, Framing.Lines));
            Assert.Null(log.Create(two, Framing.Lines));
            Assert.Null(log.Append(one, FaultTests.Lines("checkpointed")).Fault);
            Assert.Null(log.RunCheckpoint());
            Assert.Null(log.Append(one, FaultTests.Lines("journaled")).Fault);
            Assert.Null(log.Append(two, FaultTests.Lines("other")).Fault);
        }
        disk.Cut(disk.Files.First(file => file.EndsWith(".data", StringComparison.Ordinal)), 3);
        for (var start = 0; start < 2; start++)
        {
            using var log = Workload.Open(disk, new TestClock());
            Assert.Equal(LogError.Corrupt, log.OpenReader(one).Fault?.Error);
            Assert.Equal(LogError.Corrupt, log.Append(one, FaultTests.Lines("x")).Fault?.Error);
            using var reader = log.OpenReader(two).Value;
            Assert.Equal(6, reader.Length);
            Assert.Contains(disk.Files, file => file.Contains("/unapplied-", StringComparison.Ordinal) &&
                disk.ContentOf(file).Span.IndexOf("journaled"u8) >= 0);
            Assert.Contains(log.Findings, finding => finding.Kind == FindingKind.Corrupt);
        }
    }

    /// <summary>A log with some of everything, all of it synced, closed or killed.</summary>
    private static Workload Prepare(int seed, bool closed)
    {
        var workload = new Workload(seed) { Evicts = false };
        Assert.False(workload.Run(120));
        while (workload.State.Partitions.Count < 2 || workload.State.Partitions.Values.Any(partition => partition.Messages.Count == partition.Removed))
            Assert.False(workload.Run(1));
        Assert.Null(workload.Log.Sync());
        workload.End(closed);
        workload.Disk.Restart(powerLoss: false);
        return workload;
    }

    private static bool IsChecked(string file) => !file.EndsWith("/lock", StringComparison.Ordinal) && !file.EndsWith("/reserve", StringComparison.Ordinal);

    private static void AssertFound(Workload workload, SimulatedDisk disk, string file, long position, string what)
    {
        var opened = LogDirectory.Open(disk, Workload.Root, Workload.Options, new TestClock());
        if (opened.Fault is { } fault)
        {
            Assert.True(fault.Error is LogError.Corrupt or LogError.NewerFormat or LogError.NotFound, $"{what}: {fault}");
            return;
        }
        using var log = opened.Value;
        var difference = ModelCheck.Compare(log, workload.State);
        var reported = log.Findings.Any(finding => finding.Kind == FindingKind.Corrupt);
        if (difference is null)
            Assert.True(reported || IsHarmless(workload, log, file, position), $"{what}: not noticed");
        else
            Assert.True(reported || difference.Contains("Corrupt", StringComparison.Ordinal) || difference.Contains("other bytes", StringComparison.Ordinal) && VerifyFinds(workload, log),
                $"{what}: {difference}");
    }

    /// <summary>
    /// Nothing reads what retention removed, journal that a checkpoint covers, or what lies behind its records, zeros or an
    /// earlier segment's; and what the journal covers is written again at the start.
    /// </summary>
    private static bool IsHarmless(Workload workload, LogDirectory log, string file, long position)
    {
        if (file.StartsWith("/log/journal/", StringComparison.Ordinal))
            return workload.ClosedLsn - workload.CheckpointLsn == 0 ||
                position > workload.Disk.ContentOf(file).Span.LastIndexOfAnyExcept((byte)0) || position >= EndOf(workload, file);
        if (!file.StartsWith("/log/partitions/", StringComparison.Ordinal))
            return false;
        if (workload.ClosedLsn > workload.CheckpointLsn)
            return true;
        using var reader = log.OpenReader(new IncarnationId(Convert.ToUInt64(file.Split('/')[3], 16))).Value;
        var segment = reader.Now.Segments.LastOrDefault(s => s.Files.Any(f => f.File.Path == file));
        var begin = reader.Now.Begin;
        return segment is not null && position < (file[^1] switch
        {
            'a' => begin.Position - segment.Base.Position,
            'x' => (begin.Ordinal - segment.Base.Ordinal) * IndexEntry.Size,
            _ => begin.Keys - segment.Base.Keys,
        });
    }

    /// <summary>Where a journal segment's own records end; a file that waits to be one has none.</summary>
    private static long EndOf(Workload workload, string file)
    {
        if (!JournalSegment.TryParse(file.Split('/')[3], out var begin, out _))
            return 0;
        var end = workload.Disk.Files.Where(other => other.StartsWith("/log/journal/", StringComparison.Ordinal))
            .Select(other => JournalSegment.TryParse(other.Split('/')[3], out var next, out _) && next > begin ? next : workload.ClosedLsn).Min();
        return JournalSegment.HeaderSize + end - begin;
    }

    private static bool VerifyFinds(Workload workload, LogDirectory log) => workload.State.Partitions.Keys.Any(id =>
    {
        using var reader = log.OpenReader(id).Value;
        return reader.Verify() is { Error: LogError.Corrupt };
    });
}
