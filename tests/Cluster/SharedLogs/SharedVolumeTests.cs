using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Cluster.Tests.Etcd;
using StreamActors.Etcd;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.SharedLogs;
using StreamActors.Sources;
using StreamActors.Sources.Log;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.SharedLogs;

/// <summary>A volume in a directory that members share, over a real etcd and a real disk: what one member stored, the next one has.</summary>
public sealed class SharedVolumeTests : IAsyncDisposable
{
    private const int Shards = 8;

    private readonly string _directory = Directory.CreateTempSubdirectory("streamactors-shared-").FullName;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return default;
    }

    [Fact]
    public async Task Member_LeavesOrDies_TheNextOneHasItsMessagesAndCursors()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var a = await Member.StartAsync("a", etcd.Endpoint, _directory);
        await a.HasAsync(Shards);
        var stream = (await a.Source.CreateStream(new EntityName("films"))).Value!;
        var topic = (await (await a.Source.OpenStream(stream.Id)).Value!.CreateTopic(new EntityName("comedy"))).Value!;
        var partitions = (await a.Source.OpenTopic(topic.Id)).Value!.Partitions;
        foreach (var partition in partitions)
            await a.AppendAsync(partition, "one\ntwo");
        using (var first = (await a.Source.OpenPartition(partitions[0])).Value!)
            Assert.Null(await first.CreateCursor(new EntityName("me")));
        foreach (var partition in partitions)
        {
            using var opened = (await a.Source.OpenPartition(partition)).Value!;
            Assert.Null(await opened.Acknowledge(new EntityName("me"), 1));
        }

        // Planned: nothing has to be replayed.
        using var b = await Member.StartAsync("b", etcd.Endpoint, _directory);
        await a.LeaveAsync();
        await b.HasAsync(Shards);
        foreach (var partition in partitions)
        {
            Assert.Equal("one\ntwo\n", await b.ReadAsync(partition));
            await b.AppendAsync(partition, "three");
            using var opened = (await b.Source.OpenPartition(partition)).Value!;
            Assert.Equal(1, (await opened.FindCursor(new EntityName("me"))).Value!.Value.Offset);
            Assert.Equal(2, (await opened.FindCursor(new EntityName("me"))).Value!.Value.Lag);
        }

        // Not planned: its journals are sealed where they end.
        b.Kill();
        using var c = await Member.StartAsync("c", etcd.Endpoint, _directory);
        await c.HasAsync(Shards);
        foreach (var partition in partitions)
        {
            Assert.Equal("one\ntwo\nthree\n", await c.ReadAsync(partition));
            await c.AppendAsync(partition, "four");
            Assert.Equal("one\ntwo\nthree\nfour\n", await c.ReadAsync(partition));
        }
        // What was killed goes on to hold its files, and can't tell anything.
        using (var late = (await b.Source.OpenPartition(partitions[0])).Value)
            Assert.True(late is null || (await late.Append(BatchOf("late"))).Failure is { Fault: Fault.TimedOut });
        Assert.Equal("one\ntwo\nthree\nfour\n", await c.ReadAsync(partitions[0]));

        Assert.Null(await (await c.Source.OpenStream(stream.Id)).Value!.DeleteTopic(topic.Id));
        Assert.Equal(Fault.Deleted, (await c.Source.OpenPartition(partitions[0])).Failure?.Fault);
        await c.SweptAsync();
        Assert.Empty(Directory.EnumerateFiles(_directory, "*.data", SearchOption.AllDirectories));
        await c.LeaveAsync();
    }

    /// <summary>
    /// etcd begins anew, and its epochs grow past those in the directory: shards that hold messages are not opened by anyone, and with the
    /// old etcd all is where it was.
    /// </summary>
    [Fact]
    public async Task Etcd_Emptied_WhatTheDirectoryHoldsIsNeitherLostNorMixedWithOtherMessages()
    {
        await using var etcd = await RealEtcd.StartAsync();
        PartitionId partition;
        int shard;
        using (var a = await Member.StartAsync("a", etcd.Endpoint, _directory))
        {
            await a.HasAsync(Shards);
            partition = await a.NewPartitionAsync();
            await a.AppendAsync(partition, "one\ntwo");
            shard = a.ShardOf(partition);
            await a.LeaveAsync();
        }
        var root = $"{_directory}/volume/{shard:d4}";
        var last = Directory.EnumerateFiles(root, "checkpoint-*").Max(path => Convert.ToInt64(path[(path.LastIndexOf('-') + 1)..], 16));

        await using var empty = await RealEtcd.StartAsync();
        using (var b = await Member.StartAsync("b", empty.Endpoint, _directory))
        {
            await b.HasAsync(Shards - 1);
            Assert.Contains("holds messages", await b.RefusedAsync(shard), StringComparison.Ordinal);
            // By what else stands there epochs grow.
            await b.RaiseRevisionAsync(last);
            b.Kill();
        }
        using (var c = await Member.StartAsync("c", empty.Endpoint, _directory))
        {
            await c.HasAsync(Shards - 1);
            Assert.Contains("holds messages", await c.RefusedAsync(shard), StringComparison.Ordinal);
            Assert.True(c.EpochOf(shard) > last);
            c.Kill();
        }

        using var d = await Member.StartAsync("d", etcd.Endpoint, _directory);
        await d.HasAsync(Shards);
        Assert.Equal("one\ntwo\n", await d.ReadAsync(partition));
        await d.LeaveAsync();
    }

    [Fact]
    public async Task Framing_ChangedBeforeTheFirstMessage_IsThatOfEveryPartition()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var a = await Member.StartAsync("a", etcd.Endpoint, _directory);
        await a.HasAsync(Shards);
        var stream = (await a.Source.CreateStream(new EntityName("films"))).Value!;
        using var opened = (await a.Source.OpenStream(stream.Id)).Value!;
        var topic = (await opened.CreateTopic(new EntityName("comedy"))).Value!;
        var partitions = (await a.Source.OpenTopic(topic.Id)).Value!.Partitions;
        // It is made with the first framing.
        Assert.Equal("", await a.ReadAsync(partitions[0]));
        Assert.Null(await opened.SetFraming(new Framing("<"u8, false, ">"u8, [])));
        foreach (var partition in partitions)
        {
            await a.AppendAsync(partition, "x");
            Assert.Equal("<x>", await a.ReadAsync(partition));
        }
        Assert.Equal(Fault.NotEmpty, (await opened.SetFraming(Framing.Lines))?.Fault);
        using var guarded = (await a.Guarded.OpenStream(stream.Id)).Value!;
        Assert.Equal(Fault.NotPermitted, (await guarded.DeleteTopic(topic.Id))?.Fault);
        Assert.Equal(Fault.NotPermitted, (await guarded.Delete())?.Fault);
        await a.LeaveAsync();
    }

    [Fact]
    public async Task Append_SentTwice_IsStoredOnce()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var a = await Member.StartAsync("a", etcd.Endpoint, _directory);
        await a.HasAsync(Shards);
        var partition = await a.NewPartitionAsync();
        using var opened = (await a.Source.OpenPartition(partition)).Value!;
        for (var number = 0; number < 10; number += 3)
        {
            Result<PartitionReply.Appended>[] answers = [await opened.Append(Stamped(number)), await opened.Append(Stamped(number))];
            Assert.Equal(answers[0].Value, answers[1].Value);
        }
        Assert.Equal("0\n3\n6\n9\n", await a.ReadAsync(partition));
        await a.LeaveAsync();

        static MessageBatch Stamped(int number)
        {
            var batch = BatchOf($"{number}");
            batch.Stamp = new WriterStamp(77, number);
            return batch;
        }
    }

    [Fact]
    public void Open_DirectoryOfAnotherCluster_IsRefused()
    {
        var options = Member.OptionsOf(_directory);
        Assert.True(Open(options).Succeeded);
        Assert.True(Open(options).Succeeded);
        Assert.Equal(LogError.Denied, Open(options with { Owner = "another" }).Fault?.Error);
        var other = Open(options with { Shards = Shards + 1 }).Fault!;
        Assert.Contains($"{Shards} shards", other.Detail, StringComparison.Ordinal);
        Directory.CreateDirectory($"{_directory}/log");
        File.WriteAllText($"{_directory}/log/format", "streamactors-log 1");
        Assert.Equal(LogError.Denied, Open(options with { Directory = $"{_directory}/log" }).Fault?.Error);

        static LogResult<SharedLogStorage> Open(SharedLogOptions options) =>
            SharedLogStorage.Open(options, TimeProvider.System, TaskScheduler.Default, NullLogger.Instance, () => new InlineWorker());
    }

    private static MessageBatch BatchOf(string lines)
    {
        var batch = new MessageBatch();
        foreach (var line in lines.Split('\n'))
            batch.Add(Encoding.UTF8.GetBytes(line));
        return batch;
    }

    /// <summary>A member with the volume: a node, as its engine has one, and no actors.</summary>
    private sealed class Member : IShardHost, IDisposable
    {
        private readonly Steps _steps = new();
        private readonly SemaphoreSlim _changed = new(0);
        private readonly Dictionary<int, ShardLease> _leases = [];
        private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly EtcdClient _etcd;
        private readonly SharedLogVolume _volume;
        private readonly ClusterNode _node;
        private readonly Refusals _log = new();
        private int _open;

        private Member(string name, Uri endpoint, string directory)
        {
            _etcd = new EtcdClient(new EtcdOptions { Endpoints = [endpoint] }, TimeProvider.System);
            _volume = SharedLogVolume.Open(
                OptionsOf(directory), _etcd, "/names/", TestKitBase.Deadline, TimeProvider.System, TaskScheduler.Default, _log).Value;
            _node = new ClusterNode(
                new ClusterNodeSettings
                {
                    ClusterName = "shared",
                    MemberName = name,
                    Address = $"{name}:1",
                    ShardCount = Shards,
                    LeaseTimeToLive = TimeSpan.FromSeconds(2),
                    LeaseMargin = TimeSpan.FromMilliseconds(200),
                },
                _etcd, BootClock.Instance, Guid.NewGuid, _steps.Run, this, NullLogger.Instance);
            _steps.Begin();
        }

        public SharedLogSource Source => _volume.Source;

        /// <summary>The same, where the settings do not allow deletes.</summary>
        public SharedLogSource Guarded => new(_volume.Names, _volume.Storage, OptionsOf("").Source with { MayDelete = false });

        public static SharedLogOptions OptionsOf(string directory) => new()
        {
            Directory = $"{directory}/volume",
            Owner = "cluster test, volume /s",
            Shards = Shards,
            Log = new LogOptions { NewDirectoryId = Guid.NewGuid(), Holder = "a test" },
            Source = new LogSourceOptions { Partitions = 3, IdPrefix = "%2Fs:" },
        };

        public static async Task<Member> StartAsync(string name, Uri endpoint, string directory)
        {
            var member = new Member(name, endpoint, directory);
            Assert.True(await member._volume.Names.ReadyAsync());
            return member;
        }

        public async Task HasAsync(int shards)
        {
            while (Volatile.Read(ref _open) < shards)
                Assert.True(await _changed.WaitAsync(TestKitBase.Deadline));
        }

        public int ShardOf(PartitionId partition) => _volume.Storage.ShardOf(partition);

        /// <summary>The epoch in which a shard is this member's, which was told to open it.</summary>
        public long EpochOf(int shard) => _leases[shard].Epoch;

        /// <summary>Waits until a shard could not be opened.</summary>
        public Task<string> RefusedAsync(int shard) => _log.Of(shard).WaitAsync(TestKitBase.Deadline);

        /// <summary>Writes to etcd until its revision is greater than a number.</summary>
        public async Task RaiseRevisionAsync(long number)
        {
            while ((await _etcd.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put("/elsewhere", "x")))).Value!.Revision <= number)
            {
            }
        }

        public async Task<PartitionId> NewPartitionAsync()
        {
            var stream = (await Source.CreateStream(new EntityName("s"))).Value!;
            var topic = (await (await Source.OpenStream(stream.Id)).Value!.CreateTopic(new EntityName("t"))).Value!;
            return (await Source.OpenTopic(topic.Id)).Value!.Partitions[0];
        }

        public async Task AppendAsync(PartitionId partition, string lines)
        {
            using var opened = (await Source.OpenPartition(partition)).Value!;
            Assert.Null((await opened.Append(BatchOf(lines))).Failure);
        }

        public async Task<string> ReadAsync(PartitionId partition)
        {
            var opened = await Source.OpenPartition(partition);
            Assert.Null(opened.Failure);
            using var source = opened.Value!;
            var found = (await source.FindView(ViewKind.Default, null)).Value!;
            using var reader = (await source.OpenReader(found.View)).Value!;
            Assert.Null(reader.BackingFile);
            var bytes = new byte[reader.End];
            Assert.Equal(Fault.None, reader.Read(0, bytes, out var count));
            Assert.Equal(bytes.Length, count);
            return Encoding.UTF8.GetString(bytes);
        }

        /// <summary>Waits until nothing is left of what was deleted.</summary>
        public async Task SweptAsync()
        {
            var swept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var sweep = _volume.Names.Changed!;
            _volume.Names.Changed = () =>
            {
                sweep();
                if (_volume.Names.State.Gone.IsEmpty)
                    swept.TrySetResult();
            };
            _volume.Names.Changed();
            await swept.Task.WaitAsync(TestKitBase.Deadline);
        }

        public async Task LeaveAsync()
        {
            _steps.Run(_node.Leave);
            await _left.Task.WaitAsync(TestKitBase.Deadline);
            Dispose();
        }

        public void Dispose()
        {
            _node.Dispose();
            _volume.Dispose();
            _etcd.Dispose();
            _changed.Dispose();
        }

        /// <summary>The process is as if it were gone: nobody keeps its lease.</summary>
        public void Kill() => _steps.Run(() =>
        {
            _node.Dispose();
            _node.Core.Lease.Drop();
        });

        public void Measure(int shard, long epoch, Action<long?> measured) => _volume.Storage.Measure(shard, epoch, measured);

        public void Open(int shard, long epoch, IReadOnlyList<JournalRecord> journals, Action opened)
        {
            _leases[shard] = new ShardLease(shard, epoch, _node.Core.Lease, BootClock.Instance)
            {
                Since = _node.Core.SinceOf(shard),
                OnCheckpointed = upTo => _steps.Run(() => _node.Checkpointed(shard, upTo)),
            };
            _volume.Storage.Open(shard, _leases[shard], journals, () =>
            {
                opened();
                Interlocked.Increment(ref _open);
                _changed.Release();
            });
        }

        public void Close(int shard, long epoch, Action<long> closed)
        {
            _leases[shard].End();
            _volume.Storage.Close(shard, epoch, closed);
        }

        public void Abandon(int shard, long epoch)
        {
            _leases[shard].End();
            _volume.Storage.Abandon(shard, epoch);
        }

        public void Farewell(IReadOnlyList<string> members, Action heard) => heard();

        public void Happened(ClusterEffect effect)
        {
            if (effect is ClusterEffect.Left)
                _left.SetResult();
        }
    }

    /// <summary>Keeps what is logged of shards that can't be opened.</summary>
    private sealed class Refusals : ILogger
    {
        private readonly ConcurrentDictionary<int, TaskCompletionSource<string>> _refused = new();

        public Task<string> Of(int shard) => Source(shard).Task;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name == "ShardNotOpened" && state is IReadOnlyList<KeyValuePair<string, object?>> values)
                Source((int)values.First(value => value.Key == "Shard").Value!).TrySetResult(formatter(state, exception));
        }

        private TaskCompletionSource<string> Source(int shard) => _refused.GetOrAdd(shard, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
