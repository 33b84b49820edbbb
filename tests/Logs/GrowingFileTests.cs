namespace StreamActors.Logs.Tests;

/// <summary>Files that grow at their end, whose last bytes are held in memory.</summary>
public sealed class GrowingFileTests
{
    private const int BlockBytes = 64;
    private const string Path = "/file";

    private readonly SimulatedDisk _disk = new(1);
    private readonly HeldTails _tails = new(4 * BlockBytes, BlockBytes);

    [Theory]
    [MemberData(nameof(Seeds.From), 0, 50, MemberType = typeof(Seeds))]
    public void File_RandomWrites_IsReadAsAnArrayAndWrittenByBlocks(int seed)
    {
        var random = new Random(seed);
        var file = new GrowingFile(_disk.Open(Path, LogFileMode.CreateNew), _tails);
        var all = new List<byte>();
        for (var step = 0; step < 200; step++)
        {
            if (random.Next(10) == 0)
                file.Flush();
            // Now and then what was written last is written once more, as after a failure.
            var position = random.Next(8) == 0 ? random.Next(Math.Max(0, all.Count - 10), all.Count + 1) : all.Count;
            var bytes = new byte[random.Next(random.Next(4) == 0 ? 5 * BlockBytes : 20)];
            random.NextBytes(bytes);
            file.Write(bytes, position, mayHold: random.Next(6) > 0);
            all.RemoveRange(position, all.Count - position);
            all.AddRange(bytes);

            var from = random.Next(all.Count + 1);
            var read = new byte[random.Next(all.Count - from + 1)];
            Assert.Equal(read.Length, file.Read(read, from));
            Assert.Equal(all.GetRange(from, read.Length), read);
            Assert.InRange(all.Count - _disk.ContentOf(Path).Length, int.MinValue, BlockBytes - 1);
        }
        file.Flush();
        Assert.Equal(all, _disk.ContentOf(Path).Span[..all.Count].ToArray());
    }

    [Fact]
    public void File_SmallWrites_ReachTheDiskByWholeBlocks()
    {
        var writes = 0;
        var file = new GrowingFile(_disk.Open(Path, LogFileMode.CreateNew), _tails);
        _disk.Fault = (call, _) => writes += call == DiskCall.Write ? 1 : 0;
        for (var i = 0; i < 100; i++)
            file.Write(new byte[10], 10 * i, mayHold: true);
        Assert.Equal(1000 / BlockBytes, writes);
        Assert.Equal(1000 / BlockBytes * BlockBytes, _disk.ContentOf(Path).Length);
        file.Write(new byte[10 * BlockBytes], 1000, mayHold: true);
        Assert.Equal((1000 / BlockBytes) + 2, writes);
    }

    [Fact]
    public void Tails_MoreThanTheBound_AreWrittenByTheOldest()
    {
        var log = Workload.Open(_disk, new TestClock(), Workload.Options with { HeldBytes = 640, HeldBlockBytes = 640 });
        for (ulong id = 1; id <= 5; id++)
        {
            Assert.Null(log.Create(new IncarnationId(id), Framing.Lines));
            Assert.Null(log.Append(new IncarnationId(id), FaultTests.Lines("a")).Fault);
        }
        // Each holds a few bytes of data and an entry of the index, for which 10 and 160 of memory are taken here.
        Assert.Equal([2, 2, 0, 0, 0], Enumerable.Range(1, 5).Select(id => _disk.ContentOf(
            _disk.Files.Single(file => file.EndsWith(".data", StringComparison.Ordinal) && file.Contains($"{new IncarnationId((ulong)id)}", StringComparison.Ordinal))).Length));
        log.Dispose();
    }
}
