using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using StreamActors.Cluster;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sharding;
using StreamActors.Sources;
using StreamActors.Sources.Log;

namespace StreamActors.SharedLogs;

/// <summary>
/// The shards of a volume in a directory that all members share: each is a log directory of its own beneath it, which one member
/// has at a time. All that touches the disk is done by workers.
/// </summary>
public sealed class SharedLogStorage : IShardStorage, ISharedShards
{
    /// <summary>The file that says whose the directory is.</summary>
    public const string OwnerName = "cluster";

    private readonly SharedLogOptions _options;
    private readonly TimeProvider _clock;
    private readonly TaskScheduler _continuations;
    private readonly Continuations _after;
    private readonly ILogger _log;
    private readonly Func<ILogWorker> _newWorker;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, Shard> _shards = [];
    private readonly ILogWorker[] _workers;

    private SharedLogStorage(SharedLogOptions options, TimeProvider clock, TaskScheduler continuations, ILogger log, Func<ILogWorker> newWorker)
    {
        (_options, _clock, _continuations, _log, _newWorker) = (options, clock, continuations, log, newWorker);
        _after = new Continuations(continuations);
        // Measuring and opening of one shard do not wait for those of all others.
        _workers = [.. Enumerable.Range(0, 4).Select(_ => newWorker())];
    }

    /// <summary>Told on any thread when this host has got a shard.</summary>
    public Action? Opened { get; set; }

    /// <summary>The shards that this host has.</summary>
    public IReadOnlyList<int> Owned
    {
        get
        {
            lock (_gate)
                return [.. _shards.Where(shard => shard.Value.IsOpen).Select(shard => shard.Key)];
        }
    }

    /// <summary>Opens a directory, and makes it where it is not there.</summary>
    /// <param name="options">How.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="continuations">Where work goes on that waited for a log.</param>
    /// <param name="log">Told of what is found on the disk, and of what fails.</param>
    /// <param name="newWorker">Makes workers: three for each shard that this host has, and four.</param>
    /// <returns>The storage, or why it can't be had: the directory is another cluster's, or holds something else.</returns>
    public static LogResult<SharedLogStorage> Open(
        SharedLogOptions options, TimeProvider clock, TaskScheduler continuations, ILogger log, Func<ILogWorker> newWorker)
    {
        try
        {
            Claim(options);
            return new SharedLogStorage(options, clock, continuations, log, newWorker);
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    /// <inheritdoc/>
    public void Measure(int shard, long epoch, Action<long?> measured) => WorkerOf(shard).Post(() =>
    {
        var end = LogDirectory.MeasureJournal(_options.Disk, PathOf(shard), epoch);
        if (end.Fault is { } fault)
            _log.JournalNotMeasured(shard, epoch, fault.Error, fault.Detail);
        measured(end.Succeeded ? end.Value : null);
    });

    /// <inheritdoc/>
    public void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened)
    {
        ArgumentNullException.ThrowIfNull(lease);
        var made = new Shard(this, lease, [.. journals.Select(journal => new SealedJournal(journal.Epoch, journal.Sealed!.Value))]);
        lock (_gate)
            _shards[shard] = made;
        WorkerOf(shard).Post(() => made.Open(() =>
        {
            opened();
            made.TellCheckpointed();
            Opened?.Invoke();
        }));
    }

    /// <inheritdoc/>
    public void Close(int shard, long epoch, Action<long> closed)
    {
        if (Take(shard, epoch) is { } open)
            WorkerOf(shard).Post(() => open.Close(closed));
        else
            closed(0);
    }

    /// <inheritdoc/>
    public void Abandon(int shard, long epoch)
    {
        if (Take(shard, epoch) is { } open)
            WorkerOf(shard).Post(open.Abandon);
    }

    /// <inheritdoc/>
    public Task<Result<LogSource>> LogOf(PartitionId partition)
    {
        Shard? shard;
        lock (_gate)
            shard = _shards.GetValueOrDefault(ShardOf(partition));
        return shard is not null ? _after.On(shard.SourceAsync()) : Task.FromResult<Result<LogSource>>(new Failure(Fault.TimedOut, $"another host has partition {partition}"));
    }

    /// <summary>The shard of a partition, as its region computes it.</summary>
    /// <param name="partition">The partition.</param>
    public int ShardOf(PartitionId partition) => (int)(StableHash.Of(partition.Value) % (uint)_options.Shards);

    internal PartitionId PartitionOf(ulong topic, int index) => LogSource.PartitionOf(topic, index, _options.Source.IdPrefix);

    private static void Claim(SharedLogOptions options)
    {
        var (disk, root) = (options.Disk, options.Directory);
        var text = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"streamactors-shards 1\n{options.Owner}\n{options.Shards} shards\n"));
        disk.CreateDirectory(root);
        var path = $"{root}/{OwnerName}";
        if (!disk.Exists(path))
        {
            if (disk.Exists($"{root}/format"))
                throw new LogIOException(LogError.Denied, $"{root} is the log directory of one host, and can't be shared as it is");
            // Members that begin at the same time write the same.
            var temporary = $"{path}-{options.Log.NewDirectoryId:n}";
            using (var file = disk.Open(temporary, LogFileMode.CreateNew))
            {
                file.Write(text, 0);
                file.Sync();
            }
            disk.Rename(temporary, path);
            disk.SyncDirectory(root);
            disk.SyncNameOf(root);
        }
        using var known = disk.Open(path, LogFileMode.Read);
        var found = new byte[known.Length];
        known.Read(found, 0);
        if (!found.AsSpan().SequenceEqual(text))
            throw new LogIOException(LogError.Denied, $"{root} belongs to {Encoding.UTF8.GetString(found).Replace('\n', ' ').Trim()}, and not to {options.Owner} with {options.Shards} shards");
    }

    private string PathOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"{_options.Directory}/{shard:d4}");

    private ILogWorker WorkerOf(int shard) => _workers[shard % _workers.Length];

    private Shard? Take(int shard, long epoch)
    {
        lock (_gate)
        {
            if (_shards.GetValueOrDefault(shard) is not { } open || open.Epoch != epoch)
                return null;
            _shards.Remove(shard);
            return open;
        }
    }

    /// <summary>A shard that this host has in one epoch. Its steps are its worker's, one at a time.</summary>
    private sealed class Shard(SharedLogStorage storage, ShardLease lease, IReadOnlyList<SealedJournal> journals)
    {
        // Of one that can't be made those are told who wait for it then; the next to ask has it tried again.
        private TaskCompletionSource<Result<LogSource>> _source = NewPromise();
        private LogStore? _store;
        private bool _isOver;
        private bool _isNew;
        private long _checkpointed;

        public long Epoch => lease.Epoch;

        public bool IsOpen { get; private set; }

        private string Path => storage.PathOf(lease.Shard);

        /// <summary>The log. One that never had anything is made when it is asked for.</summary>
        public Task<Result<LogSource>> SourceAsync()
        {
            var source = Volatile.Read(ref _source);
            if (!source.Task.IsCompleted)
                storage.WorkerOf(lease.Shard).Post(MakeWhereNew);
            return source.Task;
        }

        public void Open(Action opened)
        {
            if (_isOver)
                return;
            _isNew = journals.Count == 0 && !storage._options.Disk.Exists(Path);
            // An owner that was held up for longer than its lease must not begin a journal that nobody has looked for.
            if (!_isNew && !(lease.MayAnswer && TryOpen()))
            {
                ITimer? timer = null;
                timer = storage._clock.CreateTimer(
                    _ =>
                    {
                        timer?.Dispose();
                        storage.WorkerOf(lease.Shard).Post(() => Open(opened));
                    },
                    null, storage._options.RetryAfter, Timeout.InfiniteTimeSpan);
                return;
            }
            IsOpen = true;
            opened();
        }

        /// <summary>What a checkpoint has made superfluous while the shard was opened is told when it is open.</summary>
        public void TellCheckpointed()
        {
            if (Interlocked.Exchange(ref _checkpointed, 0) is > 0 and var upTo)
                lease.Checkpointed(upTo);
        }

        public void Close(Action<long> closed)
        {
            End();
            if (_store is null)
                closed(0);
            else
                _ = CloseAsync(_store, closed);
        }

        public void Abandon()
        {
            End();
            _ = _store?.AbandonAsync().AsTask();
        }

        private static async Task CloseAsync(LogStore store, Action<long> closed) => closed(await store.HandOverAsync().ConfigureAwait(false));

        private void End()
        {
            (_isOver, IsOpen) = (true, false);
            _source.TrySetResult(new Failure(Fault.TimedOut, "the shard moves to another host"));
        }

        private void MakeWhereNew()
        {
            if (!_isNew || _isOver || _store is not null)
                return;
            if (lease.MayAnswer)
                TryOpen();
            else
                Interlocked.Exchange(ref _source, NewPromise()).TrySetResult(new Failure(Fault.TimedOut, "the lease of the shard may be over"));
        }

        private bool TryOpen()
        {
            var options = storage._options.Log with
            {
                ReserveBytes = 0,
                NewDirectoryId = IdOf(storage._options.Owner, lease.Shard),
                Shared = new SharedLog
                {
                    Epoch = lease.Epoch,
                    Since = lease.Since,
                    Journals = journals,
                    MayAnswer = () => lease.MayAnswer,
                    Checkpointed = Checkpointed,
                    Failed = Failed,
                },
            };
            var opened = LogStore.Open(storage._options.Disk, Path, options, storage._clock, storage._log, _ => storage._newWorker());
            if (!opened.Succeeded)
            {
                storage._log.ShardNotOpened(lease.Shard, opened.Fault.Error, opened.Fault.Detail);
                if (_isNew)
                    Interlocked.Exchange(ref _source, NewPromise()).TrySetResult(LogFailures.FailureOf(opened.Fault));
                return false;
            }
            _store = opened.Value;
            // While there is no message one journal is enough to know the directory by.
            if (journals.Count > 1 && journals.All(journal => journal.End == SealedJournal.Nothing))
                Checkpointed(journals[^2].Epoch);
            _source.TrySetResult(new LogSource(
                _store, storage._options.Source with { MayAnswer = () => lease.MayAnswer, GivesFiles = false }, storage._clock, storage._continuations));
            return true;
        }

        /// <summary>The log can't be written any more: it is opened anew, in another epoch.</summary>
        private void Failed()
        {
            storage._log.ShardFailed(lease.Shard);
            lease.GiveUp();
        }

        private static TaskCompletionSource<Result<LogSource>> NewPromise() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        private void Checkpointed(long upTo)
        {
            if (IsOpen)
                lease.Checkpointed(upTo);
            else
                Interlocked.Exchange(ref _checkpointed, upTo);
        }

        // The same for all members, so that two that make a directory at the same time make the same.
        private static Guid IdOf(string owner, int shard) =>
            new(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{owner}\n{shard}"))).AsSpan(0, 16));
    }
}
