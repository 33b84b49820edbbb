using Microsoft.Extensions.Logging.Abstractions;

namespace StreamActors.Logs.Tests;

/// <summary>How many partitions have their files open.</summary>
public sealed class ActivationTests
{
    private const int MaxActive = 20;

    private readonly SimulatedDisk _disk = new(1);
    private readonly TestClock _clock = new();

    private static LogOptions Options { get; } = Workload.Options with { MaxActive = MaxActive, JournalMaxBytes = 1 << 20 };

    [Fact]
    public async Task Append_MorePartitionsThanMayBeActive_ClosesThoseThatWereIdleLongest()
    {
        await using var store = Open();
        for (var round = 0; round < 3; round++)
            for (ulong id = 1; id <= 100; id++)
            {
                if (round == 0)
                    Assert.Null(await store.CreateAsync(new IncarnationId(id), Framing.Lines));
                Assert.Null((await store.AppendAsync(new IncarnationId(id), FaultTests.Lines($"{id} {round}"))).Fault);
                Assert.True(store.ActiveCount <= MaxActive, $"{store.ActiveCount} are active");
            }
        for (ulong id = 1; id <= 100; id++)
        {
            using var reader = (await store.OpenReaderAsync(new IncarnationId(id))).Value;
            Assert.Equal(3, reader.Now.Count);
            Assert.Null(reader.Verify());
        }
        Assert.True(store.ActiveCount <= MaxActive);
    }

    [Fact]
    public async Task OpenReader_AllActiveAreBeingRead_GoesOnBeyondTheBound()
    {
        await using var store = Open();
        var readers = new List<PartitionReader>();
        for (ulong id = 1; id <= 2 * MaxActive; id++)
        {
            Assert.Null(await store.CreateAsync(new IncarnationId(id), Framing.Lines));
            readers.Add((await store.OpenReaderAsync(new IncarnationId(id))).Value);
        }
        Assert.Equal(2 * MaxActive, store.ActiveCount);
        readers.ForEach(reader => reader.Dispose());
        Assert.Null((await store.AppendAsync(new IncarnationId(1), FaultTests.Lines("a"))).Fault);
        Assert.Null(await store.CheckpointAsync());
        Assert.Equal(MaxActive, store.ActiveCount);
    }

    [Fact]
    public async Task OpenReader_DiskFullAndTooManyActive_IsStillAnswered()
    {
        await using var store = Open();
        for (ulong id = 1; id <= MaxActive; id++)
            Assert.Null(await store.CreateAsync(new IncarnationId(id), Framing.Lines));
        Assert.Null(await store.CheckpointAsync());
        for (ulong id = 1; id <= MaxActive; id++)
            Assert.Null((await store.AppendAsync(new IncarnationId(id), FaultTests.Lines("a"))).Fault);
        Assert.Null(await store.CreateAsync(new IncarnationId(100), Framing.Lines));
        for (ulong id = 1; id <= MaxActive; id++)
            Assert.Null((await store.AppendAsync(new IncarnationId(id), FaultTests.Lines("b"))).Fault);
        _disk.Capacity = _disk.Used;
        using (var reader = (await store.OpenReaderAsync(new IncarnationId(100))).Value)
            Assert.Equal(0, reader.Length);
        _disk.Capacity = long.MaxValue;
    }

    [Fact]
    public async Task Store_OnARealDisk_HasNoDescriptorsForPassivePartitions()
    {
        using var root = new TemporaryDirectory();
        var options = Options with { SegmentBytes = 1 << 20 };
        await using (var store = LogStore.Open(DiskFileSystem.Instance, root.Path, options, TimeProvider.System, NullLogger.Instance).Value)
            for (ulong id = 1; id <= 100; id++)
            {
                Assert.Null(await store.CreateAsync(new IncarnationId(id), Framing.Lines));
                Assert.Null((await store.AppendAsync(new IncarnationId(id), FaultTests.Lines("a"))).Fault);
            }
        await using var again = LogStore.Open(DiskFileSystem.Instance, root.Path, options, TimeProvider.System, NullLogger.Instance).Value;
        Assert.Equal((0, 0), (again.ActiveCount, Descriptors(root)));
        for (ulong id = 1; id <= 100; id++)
            (await again.OpenReaderAsync(new IncarnationId(id))).Value.Dispose();
        Assert.Equal(MaxActive, again.ActiveCount);
        Assert.Equal(3 * MaxActive, Descriptors(root));
    }

    private static int Descriptors(TemporaryDirectory root) => Directory.GetFiles("/proc/self/fd").Count(fd => IsIn(fd, $"{root.Path}/partitions/"));

    private static bool IsIn(string descriptor, string folder)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, false)?.FullName.StartsWith(folder, StringComparison.Ordinal) == true;
        }
        catch (FileNotFoundException)
        {
            // Another test closed it.
            return false;
        }
    }

    private LogStore Open() =>
        LogStore.Open(_disk, Workload.Root, Options, _clock, NullLogger.Instance, _ => new InlineWorker()).Value;
}
