using System.Collections.Immutable;
using System.Text;

namespace StreamActors.Logs.Tests;

/// <summary>
/// Random operations on a log and on the model, from a seed. After each crash the log must be a state that the model had:
/// the last one (or that of the operation that was cut off) after a kill, one that is not older than the last sync after
/// power loss.
/// </summary>
internal sealed class Workload
{
    public const string Root = "/log";

    private readonly Random _random;
    private readonly SimulatedDisk _disk;
    private readonly TestClock _clock = new();
    private readonly List<(long Lsn, ModelState State)> _history = [];
    private readonly LogOptions _options;
    private readonly bool _indexBeside;
    private LogDirectory _log;
    private readonly List<ModelState> _maybe = [];
    private long _synced;
    private bool _unknown;
    private ulong _nextId = 1;

    public Workload(int seed)
    {
        _random = new Random(seed);
        _disk = new SimulatedDisk(seed) { CanReserve = _random.Next(4) > 0, CanSyncFileSystem = _random.Next(2) > 0 };
        _indexBeside = _random.Next(2) > 0;
        // Blocks that a few messages fill, for one partition or two at a time.
        _options = Options with { HeldBytes = seed % 4 * 600, HeldBlockBytes = seed % 3 == 0 ? 128 : 600 };
        _log = Use(Open(_disk, _clock, _options));
        _history.Add((_log.CommittedLsn, ModelState.Empty));
        _synced = _log.SyncedLsn;
    }

    public SimulatedDisk Disk => _disk;

    public LogDirectory Log => _log;

    public ModelState State => _history[^1].State;

    /// <summary>Errors that operations may end with. Where nothing was stored, the run goes on; else it ends there.</summary>
    public HashSet<LogError> Allowed { get; } = [];

    /// <summary>Whether messages are evicted: what lies where they were is nobody's bytes.</summary>
    public bool Evicts { get; init; } = true;

    public static LogOptions Options { get; } = new()
    {
        NewDirectoryId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        Holder = "pid 1 on here",
        SegmentBytes = 3000,
        SyncWholeFrom = 2,
        JournalSpareBytes = 7000,
        JournalMaxBytes = 200_000,
        MessageMaxBytes = 2000,
        ReserveBytes = 50_000,
    };

    public static LogDirectory Open(ILogFileSystem disk, TimeProvider clock, LogOptions? options = null)
    {
        var opened = LogDirectory.Open(disk, Root, options ?? Options, clock);
        Assert.Null(opened.Fault);
        return opened.Value;
    }

    /// <summary>Runs some operations, or until the process is killed; true if it was.</summary>
    public bool Run(int steps)
    {
        try
        {
            for (var i = 0; i < steps && !_unknown; i++)
                Step();
            return false;
        }
        catch (SimulatedCrashException)
        {
            return true;
        }
    }

    /// <summary>The journal's end when the log was ended.</summary>
    public long ClosedLsn { get; private set; }

    /// <summary>What its last checkpoint had covered then.</summary>
    public long CheckpointLsn { get; private set; }

    /// <summary>Closes the log, or lets go of it as a kill would.</summary>
    public void End(bool closed)
    {
        if (closed)
            Assert.Null(_log.RunCheckpoint());
        ClosedLsn = _log.CommittedLsn;
        CheckpointLsn = ClosedLsn - _log.JournalBytes;
        _log.Dispose();
    }

    /// <summary>Ends the process where it is, starts it again, and checks what is there.</summary>
    public void Crash(bool powerLoss, Action<SimulatedDisk>? during = null)
    {
        _log.Dispose();
        while (true)
        {
            _disk.Restart(powerLoss);
            during?.Invoke(_disk);
            during = null;
            try
            {
                _log = Use(Open(_disk, _clock, _options));
                _disk.KillAt = long.MaxValue;
                break;
            }
            catch (SimulatedCrashException)
            {
                // Recovery itself was killed; it begins again.
            }
        }
        var candidates = _history.Select(entry => entry.State).ToList();
        var oldest = powerLoss ? _history.FindLastIndex(entry => entry.Lsn <= _synced) : _history.Count - 1;
        candidates = candidates[oldest..];
        candidates.AddRange(_maybe);
        var differences = new List<string>();
        for (var i = candidates.Count - 1; i >= 0; i--)
        {
            if (ModelCheck.Compare(_log, candidates[i]) is { } difference)
            {
                differences.Add(difference);
                continue;
            }
            _maybe.Clear();
            _unknown = false;
            _history.Clear();
            _history.Add((_log.CommittedLsn, candidates[i]));
            _synced = _log.SyncedLsn;
            return;
        }
        Assert.Fail($"after {(powerLoss ? "power loss" : "a kill")} the log is none of {candidates.Count} states: {string.Join("; ", differences)}; {string.Join("; ", _log.Findings)}");
    }

    /// <summary>Compares all that there is. What is evicted is restored for that, which is no operation that may fail.</summary>
    public void Check()
    {
        var fault = _disk.Fault;
        _disk.Fault = null;
        Assert.Null(ModelCheck.Compare(_log, State));
        _disk.Fault = fault;
    }

    public void Step()
    {
        switch (_random.Next(25))
        {
            case 0 when State.Partitions.Count < 4:
                Create();
                break;
            case 1 when State.Partitions.Count > 0 && _random.Next(5) == 0:
                var doomed = AnyPartition();
                Change(new ModelState(State.Partitions.Remove(doomed)), () => _log.Delete(doomed));
                break;
            case 2:
                Change(State, () => _log.Sync());
                break;
            case 3:
                Change(State, () => _log.RunCheckpoint());
                break;
            case 4 when State.Partitions.Count > 0:
                Remove();
                break;
            case 5 when State.Partitions.Count > 0:
                SetCursor();
                break;
            case 6 when State.Partitions.Count > 0:
                _log.Passivate(AnyPartition());
                break;
            case 7 when State.Partitions.Count > 0:
                Resend();
                break;
            case 8 when _random.Next(4) == 0:
                Reopen();
                break;
            case 9:
                Check();
                break;
            case 10:
                _clock.Now += TimeSpan.FromSeconds(_random.Next(-3000, 5000));
                break;
            case 11 or 12 when Evicts && State.Partitions.Count > 0:
                Evict();
                break;
            case 13 when Evicts && State.Partitions.Count > 0:
                Restore();
                break;
            default:
                if (State.Partitions.Count > 0)
                    Append();
                else
                    Create();
                break;
        }
    }

    /// <summary>In half of the runs the index goes the way of large batches, by a worker that does at once what it is given.</summary>
    private LogDirectory Use(LogDirectory log)
    {
        if (_indexBeside)
            log.IndexBeside = new IndexBeside(new WorkerAtOnce(), minRecordBytes: 0);
        return log;
    }

    private IncarnationId AnyPartition() => State.Partitions.Keys.ElementAt(_random.Next(State.Partitions.Count));

    private void Create()
    {
        var id = new IncarnationId(_nextId++);
        var framing = _random.Next(3) switch
        {
            0 => Framing.Lines,
            1 => new Framing("<"u8, hasSize: true, ">"u8, []),
            _ => new Framing([], false, [], []),
        };
        Change(State.Set(id, ModelPartition.Empty(framing)), () => _log.Create(id, framing));
    }

    private void Append()
    {
        var id = AnyPartition();
        var model = State.Partitions[id];
        var writer = _random.Next(2) == 0 ? Batch.NoWriter : _random.Next(3);
        var sent = model.Writers.GetValueOrDefault(writer, []);
        var epoch = sent.Count == 0 ? 0 : sent[^1].Epoch;
        var sequence = sent.Count == 0 ? 0 : sent[^1].Sequence + sent[^1].Messages.Count;
        if (writer != Batch.NoWriter && _random.Next(10) == 0)
            (epoch, sequence) = (epoch + 1, 0);
        var shardEpoch = model.ShardEpoch + (_random.Next(15) == 0 ? 1 : 0);
        var batch = new Batch(2000) { WriterId = writer, WriterEpoch = epoch, Sequence = sequence, ShardEpoch = shardEpoch };
        var messages = new List<(LogMessage, int)>();
        for (var i = _random.Next(1, 6); i > 0; i--)
        {
            var message = (AnyMessage(), _random.Next(8) == 0 ? _random.Next(100) : 0);
            messages.Add(message);
            Assert.Null(batch.Add(message.Item1, message.Item2));
        }
        var rolled = model with { ShardEpoch = shardEpoch };
        _maybe.Add(State.Set(id, rolled));
        Change(State.Set(id, rolled.With(writer, epoch, sequence, [.. messages])), () =>
        {
            var result = _log.Append(id, batch);
            if (result.Fault is null)
            {
                Assert.Equal(messages.Count, result.Count);
                Assert.False(result.Duplicate);
            }
            return result.Fault;
        });
    }

    private LogMessage AnyMessage()
    {
        var value = new byte[_random.Next(6) == 0 ? _random.Next(900) : _random.Next(20)];
        _random.NextBytes(value);
        if (_random.Next(2) == 0)
            value = Encoding.UTF8.GetBytes("säße \"\\\n\0x"[_random.Next(10)..]);
        return new LogMessage(
            _random.Next(8) == 0 ? default(ReadOnlyMemory<byte>?) : value,
            _random.Next(30) == 0 ? _random.NextInt64(long.MinValue, long.MaxValue) : _clock.Now.ToUnixTimeMilliseconds(),
            (MessageClock)_random.Next(2),
            _random.Next(3) == 0 ? Encoding.UTF8.GetBytes("key" + _random.Next(9)) : default(ReadOnlyMemory<byte>?),
            _random.Next(4) == 0 ? [new MessageHeader("h", value), new MessageHeader("", null)] : null);
    }

    private void Remove()
    {
        var id = AnyPartition();
        var model = State.Partitions[id];
        var keep = _random.Next(model.Removed, model.Messages.Count + 1);
        var after = keep > model.Removed ? model with { Removed = keep, Generation = model.Generation + 1 } : model;
        Change(State.Set(id, after), () => _log.RemoveBefore(id, keep));
    }

    private void Evict()
    {
        var id = AnyPartition();
        var count = State.Partitions[id].Messages.Count;
        var from = _random.Next(count + 1);
        Change(State, () => _log.Evict(id, from, _random.Next(from, count + 1)).Fault);
    }

    /// <summary>Messages that are there may be among those that are restored; others in their places are refused.</summary>
    private void Restore()
    {
        var id = AnyPartition();
        var model = State.Partitions[id];
        if (model.Messages.Count == model.Removed)
            return;
        var from = _random.Next(model.Removed, model.Messages.Count);
        var to = _random.Next(from, model.Messages.Count) + 1;
        if (_random.Next(4) == 0)
        {
            var other = model with { Messages = model.Messages.SetItem(from, model.Messages[from] with { Message = AnyMessage() with { Timestamp = 7 } }) };
            var refused = _log.Restore(id, from, other.BatchOf(from, to));
            Assert.True(refused?.Error is LogError.Differs || Allowed.Contains(refused!.Error), $"{refused}");
            return;
        }
        Change(State, () => _log.Restore(id, from, model.BatchOf(from, to)));
    }

    private void SetCursor()
    {
        var id = AnyPartition();
        var model = State.Partitions[id];
        var name = "c" + _random.Next(3);
        if (_random.Next(3) == 0)
        {
            var value = _random.Next(4);
            var properties = value == 0 ? model.Properties.Remove(name) : model.Properties.SetItem(name, value);
            Change(State.Set(id, model with { Properties = properties }),
                () => _log.SetProperty(id, name, value == 0 ? default : BitConverter.GetBytes(value)));
            return;
        }
        long? offset = _random.Next(4) == 0 ? null : _random.Next(100);
        var cursors = offset is { } place ? model.Cursors.SetItem(name, place) : model.Cursors.Remove(name);
        Change(State.Set(id, model with { Cursors = cursors }), () => _log.SetCursor(id, name, offset));
    }

    /// <summary>A batch that is known is not stored twice; one that leaves a gap, or has an old epoch, is not stored.</summary>
    private void Resend()
    {
        var id = AnyPartition();
        var model = State.Partitions[id];
        if (model.Writers.IsEmpty)
            return;
        var (writer, sent) = model.Writers.ElementAt(_random.Next(model.Writers.Count));
        var known = sent[_random.Next(sent.Count)];
        var batch = new Batch { WriterId = writer, WriterEpoch = known.Epoch, Sequence = known.Sequence, ShardEpoch = model.ShardEpoch };
        foreach (var message in known.Messages)
            Assert.Null(batch.Add(message));
        var again = _log.Append(id, batch);
        if (again.Fault is not null && Allowed.Contains(again.Fault.Error))
            return;
        Assert.Null(again.Fault);
        Assert.True(again.Duplicate);
        Assert.Equal(known.BaseOffset, again.BaseOffset);

        batch.Sequence = sent[^1].Sequence + sent[^1].Messages.Count + 1;
        Assert.Equal(LogError.OutOfSequence, _log.Append(id, batch).Fault?.Error);
        batch.WriterEpoch = known.Epoch - 1;
        Assert.Equal(LogError.Fenced, _log.Append(id, batch).Fault?.Error);
        batch.ShardEpoch = model.ShardEpoch - 1;
        Assert.Equal(LogError.Fenced, _log.Append(id, batch).Fault?.Error);
    }

    private void Reopen()
    {
        var state = State;
        Change(state, () => _log.Close());
        if (_unknown)
            return;
        var opened = LogDirectory.Open(_disk, Root, Options, _clock);
        if (opened.Fault is { Error: LogError.NoSpace } && Allowed.Contains(LogError.NoSpace))
        {
            _disk.Capacity = long.MaxValue;
            opened = LogDirectory.Open(_disk, Root, Options, _clock);
        }
        if (opened.Fault is { Error: LogError.Io } && Allowed.Contains(LogError.Io))
        {
            _unknown = true;
            return;
        }
        Assert.Null(opened.Fault);
        _log = Use(opened.Value);
        _history.Clear();
        _history.Add((_log.CommittedLsn, state));
        _synced = _log.SyncedLsn;
    }

    private void Change(ModelState after, Func<LogFault?> operation)
    {
        _maybe.Add(after);
        var fault = operation();
        if (fault is not null && Allowed.Contains(fault.Error))
        {
            _unknown = fault.Error == LogError.Io;
            if (_unknown)
                return;
            // Nothing of the operation itself was stored; a step on the way to it may have been.
            var states = _maybe.SkipLast(1).ToList();
            _maybe.Clear();
            _history.Add((_log.CommittedLsn, states.FirstOrDefault(state => ModelCheck.Compare(_log, state) is null) ?? State));
            return;
        }
        Assert.Null(fault);
        _synced = Math.Max(_synced, _log.SyncedLsn);
        _history.AddRange(_maybe.Select(state => (_log.CommittedLsn, state)));
        _maybe.Clear();
    }

    private sealed class WorkerAtOnce : ILogWorker
    {
        public void Post(Action work) => work();

        public void Dispose()
        {
            // There is no thread to end.
        }
    }
}
