using Microsoft.Extensions.Logging.Abstractions;

namespace StreamActors.Logs.Tests;

/// <summary>The shell around the core: its queue, its group commit, its endings.</summary>
public sealed class StoreTests
{
    private static readonly IncarnationId One = new(1);

    private readonly SimulatedDisk _disk = new(1);
    private readonly TestClock _clock = new();

    [Fact]
    public async Task Store_ManyWriters_KeepsEachOnesOrder()
    {
        using var root = new TemporaryDirectory();
        var options = Workload.Options with { SegmentBytes = 1 << 20, CheckpointBytes = 1 << 20, JournalMaxBytes = 2 << 20 };
        await using (var store = LogStore.Open(DiskFileSystem.Instance, root.Path, options, TimeProvider.System, NullLogger.Instance).Value)
        {
            for (ulong id = 1; id <= 4; id++)
                Assert.Null(await store.CreateAsync(new IncarnationId(id), Framing.Lines));
            await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
            {
                for (var i = 0; i < 300; i++)
                {
                    var result = await store.AppendAsync(new IncarnationId((ulong)(writer % 4) + 1), FaultTests.Lines($"{writer} {i} {new string('x', 500)}"));
                    Assert.Null(result.Fault);
                    if (i % 50 == 0)
                        Assert.Null(await store.SyncAsync());
                }
            }));
        }
        using var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path, options, TimeProvider.System).Value;
        Assert.Equal(0, log.JournalBytes);
        for (ulong id = 1; id <= 4; id++)
        {
            using var reader = log.OpenReader(new IncarnationId(id)).Value;
            Assert.Null(reader.Verify());
            Assert.Equal(1200, reader.Now.Count);
            var next = new int[16];
            for (var ordinal = 0; ordinal < 1200; ordinal++)
            {
                var words = System.Text.Encoding.UTF8.GetString(reader.Message(ordinal).Value.Value!.Value.Span).Split(' ');
                Assert.Equal(next[int.Parse(words[0], null)]++, int.Parse(words[1], null));
            }
        }
    }

    [Fact]
    public async Task Readers_BesideAppendsAndRetention_SeeTheRightBytesOrRemoved()
    {
        using var root = new TemporaryDirectory();
        await using var store = LogStore.Open(DiskFileSystem.Instance, root.Path, Workload.Options with { JournalMaxBytes = 1 << 20 }, TimeProvider.System, NullLogger.Instance).Value;
        Assert.Null(await store.CreateAsync(One, Framing.Lines));
        using var ended = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(seed => Task.Factory.StartNew(() => ReadAtRandom(store, seed, ended.Token),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()).ToArray();
        for (var i = 0; i < 3000; i++)
        {
            // Byte n of the view is n modulo 251, without line feeds, so that a reader knows what it has to see.
            var batch = new Batch();
            var value = new byte[99];
            for (var b = 0; b < value.Length; b++)
                value[b] = ByteAt((i * 100L) + b);
            Assert.Null(batch.Add(value, 1000));
            Assert.Null((await store.AppendAsync(One, batch)).Fault);
            if (i % 300 == 299)
                Assert.True((await store.RetainAsync(One, new RetentionPolicy(null, 5000, StepBytes: 1))).Value > 0);
        }
        await ended.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 0));
    }

    private static byte ByteAt(long position) => position % 100 == 99 ? (byte)'\n' : (byte)(128 + (position % 113));

    private static async Task<int> ReadAtRandom(LogStore store, int seed, CancellationToken ended)
    {
        var random = new Random(seed);
        using var first = (await store.OpenReaderAsync(One)).Value;
        var buffer = new byte[1000];
        var reads = 0;
        do
        {
            using var reader = random.Next(10) == 0 ? (await store.OpenReaderAsync(One)).Value : null;
            var chosen = reader ?? first;
            var position = random.NextInt64(chosen.Length + 1);
            var read = chosen.Read(position, buffer);
            if (!read.Succeeded)
            {
                Assert.Equal(LogError.Removed, read.Fault.Error);
                continue;
            }
            for (var i = 0; i < read.Value; i++)
                Assert.Equal(ByteAt(chosen.Opened.Begin.Position + position + i), buffer[i]);
            reads++;
        }
        while (!ended.IsCancellationRequested || reads == 0);
        return reads;
    }

    [Fact]
    public async Task ChangeNames_ThroughTheStore_IsSeenAtOnceAndSweptAtTheStart()
    {
        var options = Workload.Options with { OwnsNames = true };
        await using (var store = Open(options))
        {
            var stream = (await store.ChangeNamesAsync(names => names.CreateStream("films", Framing.Lines))).Value;
            var topic = (await store.ChangeNamesAsync(names => names.CreateTopic(stream.Id, "comedy", 2))).Value;
            Assert.Equal(topic, store.Names.Topic("films", "comedy"));
            Assert.Null((await store.AppendAsync(topic.Partitions[1], FaultTests.Lines("a"))).Fault);
            Assert.Null(await store.ChangeNamesAsync(names => names.RenameStream(stream.Id, "movies")));
            Assert.Null(await store.CreateAsync(new IncarnationId(500), Framing.Lines));
        }
        await using var again = Open(options);
        Assert.Equal(2, again.Names.Topic("movies", "comedy")?.Partitions.Length);
        Assert.Equal([again.Names.Topic("movies", "comedy")!.Partitions[1]], (await again.ListAsync()).Value);
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(4 << 20, 0, 0)]
    public async Task Append_FirstOfManyPartitions_ShareASyncOrAreHeld(long heldBytes, int least, int most)
    {
        var workers = new List<HeldWorker>();
        var store = LogStore.Open(_disk, Workload.Root, Workload.Options with { OwnsNames = true, SegmentBytes = 1 << 20, HeldBytes = heldBytes }, _clock, NullLogger.Instance, _ =>
        {
            workers.Add(new HeldWorker());
            return workers[^1];
        }).Value;
        workers[0].Release();
        var stream = (await store.ChangeNamesAsync(names => names.CreateStream("films", Framing.Lines))).Value;
        var topic = (await store.ChangeNamesAsync(names => names.CreateTopic(stream.Id, "comedy", 100))).Value;
        var syncs = 0;
        _disk.Fault = (call, path) => syncs += call == DiskCall.Sync && path.EndsWith(".journal", StringComparison.Ordinal) ? 1 : 0;
        var appends = topic.Partitions.Select(id => store.AppendAsync(id, FaultTests.Lines("a")).AsTask())
            .Concat(topic.Partitions.Select(id => store.AppendAsync(id, FaultTests.Lines("b")).AsTask())).ToArray();
        workers.ForEach(worker => worker.Release());
        var results = await Task.WhenAll(appends);
        Assert.All(results, result => Assert.Null(result.Fault));
        Assert.All(results[..100], result => Assert.Equal(0, result.BaseOffset));
        Assert.All(results[100..], result => Assert.Equal(1, result.BaseOffset));
        Assert.InRange(syncs, least, most);
        // Before a file gets its first byte, all of them are safe by one sync, and the checkpoint's own may follow.
        Assert.Null(await store.CheckpointAsync());
        Assert.InRange(syncs, 1, 3);
        _disk.Restart(powerLoss: true);
        using var log = Workload.Open(_disk, _clock);
        foreach (var id in topic.Partitions)
        {
            using var reader = log.OpenReader(id).Value;
            Assert.Equal(2, reader.Now.Count);
        }
    }

    [Fact]
    public async Task Append_DurabilityAlways_IsAnsweredAfterTheSync()
    {
        var store = Open(Workload.Options with { Durability = Durability.Always });
        Assert.Null(await store.CreateAsync(One, Framing.Lines));
        Assert.Null((await store.AppendAsync(One, FaultTests.Lines("a"))).Fault);
        _disk.Restart(powerLoss: true);
        using var log = Workload.Open(_disk, _clock);
        using var reader = log.OpenReader(One).Value;
        Assert.Equal(2, reader.Length);
    }

    [Fact]
    public async Task Sync_Fails_TellsEveryoneWhoWaitsAndThoseAfter()
    {
        await using var store = Open(Workload.Options);
        Assert.Null(await store.CreateAsync(One, Framing.Lines));
        Assert.Null((await store.AppendAsync(One, FaultTests.Lines("a"))).Fault);
        Assert.Null((await store.AppendAsync(One, FaultTests.Lines("b"))).Fault);
        _disk.Fault = (call, path) =>
        {
            if (call == DiskCall.Sync)
                throw new LogIOException(LogError.Io, $"sync {path}");
        };
        Assert.Equal(LogError.Io, (await store.SyncAsync())?.Error);
        _disk.Fault = null;
        Assert.Equal(LogError.Io, (await store.SyncAsync())?.Error);
        Assert.Equal(LogError.Io, (await store.AppendAsync(One, FaultTests.Lines("c"))).Fault?.Error);
        Assert.Equal(LogError.Io, (await store.CheckpointAsync())?.Error);
        using var reader = (await store.OpenReaderAsync(One)).Value;
        Assert.Equal(4, reader.Length);
    }

    [Fact]
    public async Task Append_JournalFull_WaitsForTheCheckpoint()
    {
        await using var store = Open(Workload.Options with { JournalMaxBytes = 3000, CheckpointBytes = 1 << 20 });
        Assert.Null(await store.CreateAsync(One, Framing.Lines));
        for (var i = 0; i < 50; i++)
            Assert.Null((await store.AppendAsync(One, FaultTests.Lines(new string('x', 900)))).Fault);
        using var reader = (await store.OpenReaderAsync(One)).Value;
        Assert.Equal(50, reader.Now.Count);
    }

    [Fact]
    public async Task Append_QueueFull_IsBusy()
    {
        var workers = new List<HeldWorker>();
        await using var store = LogStore.Open(_disk, Workload.Root, Workload.Options with { QueueLimit = 2 }, _clock, NullLogger.Instance, _ =>
        {
            workers.Add(new HeldWorker());
            return workers[^1];
        }).Value;
        var create = store.CreateAsync(One, Framing.Lines);
        var first = store.AppendAsync(One, FaultTests.Lines("a"));
        Assert.Equal(LogError.Busy, (await store.AppendAsync(One, FaultTests.Lines("b"))).Fault?.Error);
        workers.ForEach(worker => worker.Release());
        Assert.Null(await create);
        Assert.Null((await first).Fault);
        Assert.Null((await store.AppendAsync(One, FaultTests.Lines("c"))).Fault);
    }

    [Fact]
    public async Task Sync_SeveralWaitAtOnce_ShareOne()
    {
        await using (var before = Open(Workload.Options))
            Assert.Null(await before.CreateAsync(One, Framing.Lines));
        var workers = new List<HeldWorker>();
        await using var store = LogStore.Open(_disk, Workload.Root, Workload.Options, _clock, NullLogger.Instance, _ =>
        {
            workers.Add(new HeldWorker());
            return workers[^1];
        }).Value;
        workers[0].Release();
        Assert.Null((await store.AppendAsync(One, FaultTests.Lines("a"))).Fault);
        var first = store.SyncAsync();
        Assert.Null((await store.AppendAsync(One, FaultTests.Lines("b"))).Fault);
        var others = Enumerable.Range(0, 10).Select(_ => store.SyncAsync().AsTask()).ToArray();
        var syncs = 0;
        _disk.Fault = (call, path) => syncs += call == DiskCall.Sync && path.EndsWith(".journal", StringComparison.Ordinal) ? 1 : 0;
        workers.ForEach(worker => worker.Release());
        Assert.Null(await first);
        Assert.All(await Task.WhenAll(others), Assert.Null);
        Assert.Equal(2, syncs);
    }

    [Fact]
    public async Task Dispose_ThenUse_IsClosedAndNothingIsLeftToRecover()
    {
        var store = Open(Workload.Options);
        Assert.Null(await store.CreateAsync(One, Framing.Lines));
        Assert.Null((await store.AppendAsync(One, FaultTests.Lines("a"))).Fault);
        await store.DisposeAsync();
        Assert.Equal(LogError.Closed, (await store.AppendAsync(One, FaultTests.Lines("b"))).Fault?.Error);
        Assert.DoesNotContain(_disk.Files, file => file.EndsWith(".journal", StringComparison.Ordinal));
        using var log = Workload.Open(_disk, _clock);
        Assert.Equal(0, log.JournalBytes);
    }

    private LogStore Open(LogOptions options) =>
        LogStore.Open(_disk, Workload.Root, options, _clock, NullLogger.Instance, _ => new InlineWorker()).Value;

    /// <summary>Holds work until it is released, then runs it at once.</summary>
    private sealed class HeldWorker : ILogWorker
    {
        private readonly InlineWorker _inner = new();
        private readonly Queue<Action> _held = new();
        private bool _released;

        public void Release()
        {
            _released = true;
            while (_held.TryDequeue(out var work))
                _inner.Post(work);
        }

        public void Post(Action work)
        {
            if (_released)
                _inner.Post(work);
            else
                _held.Enqueue(work);
        }

        public void Dispose() => _inner.Dispose();
    }
}
