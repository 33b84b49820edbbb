using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.TestKit;

namespace StreamActors.Logs.Tests;

/// <summary>What a store removes by itself, on virtual time.</summary>
public sealed class RetentionTests
{
    private static readonly IncarnationId One = new(1), Two = new(2);
    private static readonly RetentionOptions Hour = new() { Policy = new RetentionPolicy(TimeSpan.FromHours(1), null, StepBytes: 200) };

    private readonly SimulatedDisk _disk = new(1);
    private readonly VirtualTime _time = new();

    [Fact]
    public async Task Retention_ByAge_RemovesAtOnceByStepsAndAtLastWhatIsLittle()
    {
        await using var store = Open(Hour);
        await Append(store, One, 10);
        await Append(store, Two, 1);
        _time.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal((10, 1), (await Count(store, One), await Count(store, Two)));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((0, 1), (await Count(store, One), await Count(store, Two)));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((0, 0), (await Count(store, One), await Count(store, Two)));
    }

    [Fact]
    public async Task Retention_MessageOfTheFuture_KeepsNothingElse()
    {
        await using var store = Open(Hour);
        await Append(store, One, 3);
        await Add(store, One, 1, _time.GetUtcNow().AddYears(100));
        await Add(store, One, 3, _time.GetUtcNow());
        Assert.Null(await store.CheckpointAsync());
        _time.Advance(TimeSpan.FromMinutes(50));
        await Add(store, One, 2, _time.GetUtcNow());
        _time.Advance(TimeSpan.FromMinutes(17));
        Assert.Equal(2, await Count(store, One));
        _time.Advance(TimeSpan.FromMinutes(55));
        Assert.Equal(0, await Count(store, One));
    }

    [Fact]
    public async Task Retention_MessageOfTheFutureIsTheLast_WaitsForWhatFollows()
    {
        await using var store = Open(Hour);
        await Append(store, One, 3);
        await Add(store, One, 1, _time.GetUtcNow().AddYears(100));
        _time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(1, await Count(store, One));
        await Add(store, One, 1, _time.GetUtcNow());
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(0, await Count(store, One));
    }

    [Fact]
    public async Task Retention_ByBytes_KeepsTheNewestAndOwnPoliciesHold()
    {
        await using var store = Open(new RetentionOptions { Policy = new RetentionPolicy(null, 500, StepBytes: 100) });
        Assert.Null(await store.SetRetentionAsync(Two, RetentionPolicy.KeepAll));
        await Append(store, One, 20);
        await Append(store, Two, 20);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((5, 20), (await Count(store, One), await Count(store, Two)));
        Assert.Null(await store.SetRetentionAsync(Two, null));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((5, 5), (await Count(store, One), await Count(store, Two)));
    }

    [Fact]
    public async Task Retention_MuchToRemove_TakesItsTime()
    {
        await using var store = Open(new RetentionOptions { Policy = new RetentionPolicy(null, 100, StepBytes: 100), BytesPerPass = 500 });
        await Append(store, One, 20);
        foreach (var left in (int[])[15, 10, 5, 1, 1])
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(left, await Count(store, One));
        }
    }

    [Fact]
    public async Task Retention_ManyPassivePartitions_LooksAtAFewAndOnlyWhenSomethingIsOld()
    {
        await using var store = Open(Hour with { PartitionsPerPass = 10 });
        for (ulong id = 1; id <= 25; id++)
            await Append(store, new IncarnationId(id), 10);
        Assert.Null(await store.CheckpointAsync());
        for (ulong id = 1; id <= 25; id++)
            Assert.Null(await store.PassivateAsync(new IncarnationId(id)));
        var opened = 0;
        _disk.Opened = path => opened += path.EndsWith(PartitionSegment.IndexSuffix, StringComparison.Ordinal) ? 1 : 0;
        foreach (var expected in (int[])[10, 10, 5, 0, 0])
        {
            opened = 0;
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(expected, opened);
            Assert.Equal(0, store.ActiveCount);
        }
        _time.Advance(TimeSpan.FromMinutes(60));
        _disk.Opened = null;
        for (ulong id = 1; id <= 25; id++)
            Assert.Equal(0, await Count(store, new IncarnationId(id)));
    }

    [Fact]
    public async Task Retention_DamagedPartition_IsToldOnceAndTheOthersGoOn()
    {
        await using (var store = Open(Hour))
        {
            await Append(store, One, 10);
            await Append(store, Two, 10);
        }
        _disk.Flip(_disk.Files.Single(file => file.Contains($"{One}", StringComparison.Ordinal) && file.EndsWith("/state", StringComparison.Ordinal)), 99);
        await using var again = Open(Hour);
        _time.Advance(TimeSpan.FromMinutes(70));
        Assert.Equal(0, await Count(again, Two));
        Assert.Single((await again.FindingsAsync()).Value, finding => finding.Kind == FindingKind.Corrupt);
    }

    private async Task Append(LogStore store, IncarnationId id, int lines)
    {
        Assert.Null(await store.CreateAsync(id, Framing.Lines));
        await Add(store, id, lines, _time.GetUtcNow());
    }

    private static async Task Add(LogStore store, IncarnationId id, int lines, DateTimeOffset time)
    {
        var batch = new Batch();
        for (var i = 0; i < lines; i++)
            Assert.Null(batch.Add(new byte[99], time.ToUnixTimeMilliseconds()));
        Assert.Null((await store.AppendAsync(id, batch)).Fault);
    }

    private static async Task<int> Count(LogStore store, IncarnationId id)
    {
        using var reader = (await store.OpenReaderAsync(id)).Value;
        return (int)reader.Now.Count;
    }

    private LogStore Open(RetentionOptions retention) => LogStore.Open(
        _disk, Workload.Root, Workload.Options with { Retention = retention, CheckpointInterval = TimeSpan.FromDays(1) }, _time, NullLogger.Instance,
        _ => new InlineWorker()).Value;
}
