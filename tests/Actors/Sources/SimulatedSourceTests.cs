using System.Text;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Sources.Simulated;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Sources;

public sealed class SimulatedSourceTests
{
    private const string TwoTopics = """[{"topic":"a","messages":["1","2"]},{"topic":"b","messages":["x"]}]""";
    private const string OtherTopics = """[{"topic":"c","messages":["3"]}]""";

    private readonly VirtualTime _time = new(DateTimeOffset.UnixEpoch + TimeSpan.FromHours(1));
    private readonly LogRecorder _log = new();

    [Fact]
    public void Resolve_ListOfTopics_IsAStream()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);

        Assert.Null(source.Find(file));
        var found = Assert.IsType<CatalogReply.Stream>(source.Resolve(file).Value);

        Assert.Equal(found, source.Find(file));
        Assert.Equal(["a", "b"], TopicsOf(source, found.Id));
        Assert.Equal(1, file.Reads);
    }

    [Fact]
    public void Resolve_NotSuchAList_IsOrdinaryAndLoggedOnceWithItsPlace()
    {
        var source = Source();
        var file = new FakeFile("dir/x.dir", "[\n  {\"topic\": 5}]");

        Assert.IsType<CatalogReply.Ordinary>(source.Resolve(file).Value);
        Assert.IsType<CatalogReply.Ordinary>(source.Find(file));
        Assert.IsType<CatalogReply.Ordinary>(source.Resolve(file.Again).Value);

        Assert.Equal(["Warning: dir/x.dir stays an ordinary file: line 2, column 13: expected a string as \"topic\", found a number"], _log.Lines);
        Assert.Equal(1, file.Reads);
    }

    [Fact]
    public void Resolve_LargerThanAllowed_IsOrdinary()
    {
        var source = Source(maxBytes: 10);

        Assert.IsType<CatalogReply.Ordinary>(source.Resolve(new FakeFile("x.dir", TwoTopics)).Value);
        Assert.Contains("more than the 10", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, Fault.NotFound)]
    [InlineData(5, Fault.InputOutput)]
    [InlineData(24, Fault.OutOfDescriptors)]
    public void Resolve_UnreadableForTheMoment_IsAFailureThatIsNotRemembered(int errno, Fault expected)
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics) { Errno = errno };

        Assert.Equal(expected, source.Resolve(file).Failure!.Fault);
        file.Errno = 0;
        Assert.IsType<CatalogReply.Stream>(source.Resolve(file).Value);
    }

    [Fact]
    public void Resolve_Unreadable_IsOrdinary()
    {
        var source = Source();

        Assert.IsType<CatalogReply.Ordinary>(source.Resolve(new FakeFile("x.dir", TwoTopics) { Errno = 13 }).Value);
    }

    [Fact]
    public void Resolve_OtherContent_IsAnotherStream()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);
        var first = StreamOf(source, file);

        file.Write(OtherTopics, changedAt: 1_700_000_001);
        var second = StreamOf(source, file.Again);

        Assert.NotEqual(first, second);
        Assert.Equal(["c"], TopicsOf(source, second));
    }

    [Fact]
    public void Resolve_SameContentWithAnotherMode_IsTheSameStream()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);
        var first = StreamOf(source, file);

        file.ChangeMode(changedAt: 1_700_000_001);

        Assert.Null(source.Find(file.Again));
        Assert.Equal(first, StreamOf(source, file.Again));
        Assert.NotNull(source.Find(file.Again));
    }

    [Fact]
    public void Resolve_RenamedFile_IsTheSameStream()
    {
        var source = Source();
        var first = StreamOf(source, new FakeFile("x.dir", TwoTopics));

        Assert.Equal(first, StreamOf(source, new FakeFile("y.dir", TwoTopics, changedAt: 1_700_000_001)));
    }

    [Fact]
    public void Resolve_AnotherFileWithTheSameContent_IsAnotherStream()
    {
        var source = Source();
        var first = StreamOf(source, new FakeFile("x.dir", TwoTopics, inode: 1));

        Assert.NotEqual(first, StreamOf(source, new FakeFile("x.dir", TwoTopics, inode: 2)));
    }

    [Fact]
    public void Resolve_BeingWritten_IsWhatItWas()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);
        var before = StreamOf(source, file);

        file.Write("[{\"topic\":", changedAt: 1_700_000_001);
        file.IsBeingWritten = true;
        Assert.Equal(before, StreamOf(source, file.Again));
        file.Write(OtherTopics, changedAt: 1_800_000_001);
        file.IsBeingWritten = false;

        Assert.NotEqual(before, StreamOf(source, file.Again));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Resolve_NewFileBeingWrittenInPlaceOfAStream_IsWhatWasThere()
    {
        var source = Source();
        var before = StreamOf(source, new FakeFile("x.dir", TwoTopics, inode: 1));

        Assert.Equal(before, StreamOf(source, new FakeFile("x.dir", "[", inode: 2) { IsBeingWritten = true }));
    }

    [Fact]
    public void Resolve_NewFileBeingWritten_IsOrdinaryUntilItIsClosed()
    {
        var source = Source();
        var file = new FakeFile("x.dir", "[") { IsBeingWritten = true };

        Assert.IsType<CatalogReply.Ordinary>(source.Resolve(file).Value);
        Assert.Null(source.Find(file));
        file.Write(TwoTopics, changedAt: 1_700_000_001);
        file.IsBeingWritten = false;

        StreamOf(source, file.Again);
    }

    [Theory]
    [InlineData(1_500_000_001, 50)]
    [InlineData(1_000_000_000, 1500)]
    public void Find_ReadWithinTheClocksStepOfTheLastWrite_IsNotTrusted(long changedAt, int readAfterMilliseconds)
    {
        var time = new VirtualTime(DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(changedAt / 100) + TimeSpan.FromMilliseconds(readAfterMilliseconds));
        var source = new SimulatedSource(Options(), time, _log);
        var file = new FakeFile("x.dir", """[{"topic":"a","messages":[]}]""", changedAt: changedAt);
        var first = StreamOf(source, file);

        // Of the same length, within the same step: the version does not tell.
        file.Write("""[{"topic":"b","messages":[]}]""", changedAt);
        Assert.Equal(file.Version, file.Again.Version);
        Assert.Null(source.Find(file.Again));
        Assert.NotEqual(first, StreamOf(source, file.Again));

        time.Advance(TimeSpan.FromSeconds(2));
        StreamOf(source, file.Again);
        Assert.NotNull(source.Find(file.Again));
    }

    [Fact]
    public void OpenPartition_BytesGrowByTheClock()
    {
        var source = Source();
        var partition = source.OpenPartition(PartitionOf(StreamOf(source, new FakeFile("x.dir", TwoTopics)), 0)).Value!;
        using var reader = partition.OpenReader(ViewId.Default).Now().Value!;

        Assert.Equal("", TextOf(reader));
        Assert.Equal(TimeSpan.FromSeconds(1), partition.UntilNext);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("1\n", TextOf(reader));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("1\n2\n", TextOf(reader));
        Assert.Equal(new PartitionStat(4, _time.GetUtcNow(), 2), partition.Stat(ViewId.Default).Now().Value!.Value);
        Assert.Null(partition.UntilNext);
    }

    [Fact]
    public void Description_BeforeAndAfterMessages_TellsWhatIsReleased()
    {
        var source = Source();
        var started = _time.GetUtcNow();
        var partition = source.OpenPartition(PartitionOf(StreamOf(source, new FakeFile("x.dir", TwoTopics)), 0)).Value!;

        Assert.Equal(new PartitionDescription(0, 0, 0, 0, started, null, null, Framing.Lines, 0, true), partition.Describe().Now().Value!.Value);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(
            new PartitionDescription(0, 2, 2, 4, started, started + TimeSpan.FromSeconds(1), started + TimeSpan.FromSeconds(2), Framing.Lines, 0, true),
            partition.Describe().Now().Value!.Value);
    }

    [Fact]
    public void OffsetAt_EveryPosition_IsTheMessageOfThatByte()
    {
        var source = Source();
        var stream = StreamOf(source, new FakeFile("x.dir", """[{"topic":"a","messages":["ab","","c"]}]"""));
        using var reader = source.OpenPartition(PartitionOf(stream, 0)).Value!.OpenReader(ViewId.Default).Now().Value!;

        Assert.Equal([0, 0], OffsetsOf(reader, 2));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([0, 0, 0, 1, 2, 2], OffsetsOf(reader, 6));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 0, 0, 1, 2, 2, 3, 3], OffsetsOf(reader, 8));
    }

    [Fact]
    public void Read_AtAnyPositionAndLength_IsThatPartOfTheBytes()
    {
        var source = Source(interval: null);
        var stream = StreamOf(source, new FakeFile("x.dir", """[{"topic":"a","messages":["abc","de"]}]"""));
        using var reader = source.OpenPartition(PartitionOf(stream, 0)).Value!.OpenReader(ViewId.Default).Now().Value!;
        var whole = "abc\nde\n"u8.ToArray();

        for (var position = 0; position < 10; position++)
        {
            for (var size = 0; size < 10; size++)
            {
                var target = new byte[size];
                Assert.Equal(Fault.None, reader.Read(position, target, out var count));
                Assert.Equal(whole.Skip(position).Take(size), target[..count]);
            }
        }
    }

    [Fact]
    public void OpenReader_AfterTheCacheWasGivenBack_ReadsTheFileAgain()
    {
        var source = Source(interval: null);
        var file = new FakeFile("x.dir", TwoTopics);
        var stream = StreamOf(source, file);
        var partition = source.OpenPartition(PartitionOf(stream, 1)).Value!;

        source.GiveBack(stream);

        using var reader = partition.OpenReader(ViewId.Default).Now().Value!;
        Assert.Equal("x\n", TextOf(reader));
        Assert.Equal(2, file.Reads);
    }

    [Fact]
    public void OpenReader_OnceTheFileIsAnother_IsStale_AndOpenReadersKeepTheirBytes()
    {
        var source = Source(interval: null);
        var file = new FakeFile("x.dir", TwoTopics);
        var stream = StreamOf(source, file);
        var partition = source.OpenPartition(PartitionOf(stream, 0)).Value!;
        using var before = partition.OpenReader(ViewId.Default).Now().Value!;

        source.GiveBack(stream);
        file.Write(OtherTopics, changedAt: 1_700_000_001);

        Assert.Equal(Fault.Stale, partition.OpenReader(ViewId.Default).Now().Failure!.Fault);
        Assert.Equal("1\n2\n", TextOf(before));
    }

    [Fact]
    public void Cache_MoreThanItsBudget_DropsTheLeastRecentlyUsed()
    {
        var source = Source(interval: null, cacheBytes: 20);
        var files = Enumerable.Range(1, 3).Select(i => new FakeFile($"{i}.dir", TwoTopics, inode: (ulong)i)).ToArray();
        var streams = files.Select(file => StreamOf(source, file)).ToArray();

        foreach (var stream in streams)
            Assert.Equal(["a", "b"], TopicsOf(source, stream));

        Assert.Equal(2, files[0].Reads);
    }

    [Fact]
    public void DeleteTopic_RewritesTheFile_AndTheOthersGoOn()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);
        var stream = StreamOf(source, file);
        _time.Advance(TimeSpan.FromSeconds(1));
        var deleted = source.OpenPartition(PartitionOf(stream, 0)).Value!;
        using var reader = deleted.OpenReader(ViewId.Default).Now().Value!;

        var told = 0;
        using var watch = deleted.Watch(() => told++);

        Assert.Null(source.DeleteTopic(TopicOf(stream, 0)));

        Assert.Equal("""[{"topic":"b","messages":["x"]}]""", Encoding.UTF8.GetString(file.Bytes));
        Assert.Equal(1, told);
        Assert.True(deleted.IsEnded);
        Assert.True(reader.IsEnded);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("1\n", TextOf(reader));
        Assert.Equal(stream, StreamOf(source, file.Again));
        source.GiveBack(stream);
        Assert.Equal([new TopicEntry(new EntityName("b"), TopicOf(stream, 1), 1, PartitionOf(stream, 1))], source.OpenStream(stream).Value!.Topics);
        Assert.Equal(Fault.Deleted, source.OpenTopic(TopicOf(stream, 0)).Failure!.Fault);
        Assert.Equal(Fault.Deleted, source.OpenPartition(PartitionOf(stream, 0)).Failure!.Fault);
        Assert.Null(source.DeleteTopic(TopicOf(stream, 1)));
        Assert.Equal("[]", Encoding.UTF8.GetString(file.Bytes));
    }

    [Fact]
    public void DeleteTopic_FileIsAnotherByNow_ChangesNothing()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);
        var stream = StreamOf(source, file);
        file.Write(OtherTopics, changedAt: 1_700_000_001);

        Assert.Equal(Fault.Stale, source.DeleteTopic(TopicOf(stream, 0))!.Fault);
        Assert.Equal(OtherTopics, Encoding.UTF8.GetString(file.Bytes));
    }

    [Fact]
    public void DeleteTopic_BeingWritten_IsBusy()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);
        var stream = StreamOf(source, file);
        file.IsBeingWritten = true;

        Assert.Equal(Fault.Busy, source.DeleteTopic(TopicOf(stream, 0))!.Fault);
    }

    [Fact]
    public void DeleteTopic_DiskFull_IsToldAndNothingIsDeleted()
    {
        var source = Source();
        var stream = StreamOf(source, new FailingRewrite(new FakeFile("x.dir", TwoTopics)));

        Assert.Equal(Fault.NoSpace, source.DeleteTopic(TopicOf(stream, 0))!.Fault);

        Assert.Equal(["a", "b"], TopicsOf(source, stream));
        Assert.False(source.OpenPartition(PartitionOf(stream, 0)).Value!.IsEnded);
    }

    [Fact]
    public void DeleteStream_RemovesTheFile_AndEndsItsPartitions()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);
        var stream = StreamOf(source, file);
        var partition = source.OpenPartition(PartitionOf(stream, 0)).Value!;
        file.ChangeMode(changedAt: 1_700_000_001);

        Assert.Null(source.DeleteStream(stream));

        Assert.True(file.IsGone);
        Assert.True(partition.IsEnded);
        Assert.Equal(Fault.Stale, source.OpenStream(stream).Failure!.Fault);
    }

    [Fact]
    public void DeleteStream_FileIsAnotherByNow_LeavesIt()
    {
        var source = Source();
        var file = new FakeFile("x.dir", TwoTopics);
        var stream = StreamOf(source, file);
        file.Write(OtherTopics, changedAt: 1_700_000_001);

        Assert.Equal(Fault.Stale, source.DeleteStream(stream)!.Fault);
        Assert.False(file.IsGone);
    }

    private SimulatedSource Source(long maxBytes = 1 << 20, long cacheBytes = 1 << 20, double? interval = 1) =>
        new(Options(maxBytes, cacheBytes, interval), _time, _log);

    private static SimulatedOptions Options(long maxBytes = 1 << 20, long cacheBytes = 1 << 20, double? interval = 1) => new()
    {
        MaxBytes = maxBytes,
        CacheBytes = cacheBytes,
        Interval = interval is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Separator = "\n"u8.ToArray(),
    };

    private static StreamId StreamOf(SimulatedSource source, ISimulatedFile file) =>
        Assert.IsType<CatalogReply.Stream>(source.Resolve(file).Value).Id;

    private static TopicId TopicOf(StreamId stream, int number) => new($"{stream}.{number}");

    private static PartitionId PartitionOf(StreamId stream, int number) => new($"{stream}.{number}.0");

    private static IEnumerable<string> TopicsOf(SimulatedSource source, StreamId stream) =>
        source.OpenStream(stream).Value!.Topics.Select(topic => topic.Name.ToString());

    private static string TextOf(IPartitionReader reader)
    {
        var target = new byte[100];
        Assert.Equal(Fault.None, reader.Read(0, target, out var count));
        Assert.Equal(reader.End, count);
        return Encoding.UTF8.GetString(target, 0, count);
    }

    private static IEnumerable<long> OffsetsOf(IPartitionReader reader, int positions) => Enumerable.Range(0, positions).Select(position =>
    {
        var (told, offset, _) = reader.MessageAt(position);
        Assert.Equal(Fault.None, told);
        return offset;
    });

    private sealed class FailingRewrite(FakeFile file) : ISimulatedFile
    {
        public string Path => file.Path;

        public FileVersion Version => file.Version;

        public FileReadResult Read(long maxBytes) => file.Read(maxBytes);

        public int Rewrite(FileVersion expected, ReadOnlySpan<byte> content) => 28;

        public int Remove(FileVersion expected) => file.Remove(expected);
    }
}
