using System.Runtime.ExceptionServices;

namespace StreamActors.Logs;

/// <summary>
/// Index entries of a large record, made by a worker while the journal is written, and written by it while the data is:
/// never before the journal has the record. One record at a time; who began waits for the end.
/// </summary>
internal sealed class IndexBeside : IDisposable
{
    /// <summary>In records below this, in bytes, waking the worker would take longer than the work.</summary>
    public const int DefaultMinRecordBytes = 128 << 10;

    /// <summary>More entries than this are not held in memory.</summary>
    private const int MaxEntryBytes = 4 << 20;

    private readonly ILogWorker _worker;
    private readonly int _minRecordBytes;
    private readonly Action _makeNow;
    private readonly Action _writeNow;
    private readonly Action _endNow;
    private readonly ManualResetEventSlim _ended = new(initialState: true);
    private byte[] _entries = [];
    private PartitionState? _state;
    private ReadOnlyMemory<byte> _record;
    private GrowingFile? _file;
    private long _position;
    private bool _mayHold;
    private int _length;
    private (LogPlace End, long MaxTimestamp) _result;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Makes one.</summary>
    /// <param name="worker">A thread beside the one that commits.</param>
    /// <param name="minRecordBytes">It is not used for smaller records.</param>
    public IndexBeside(ILogWorker worker, int minRecordBytes = DefaultMinRecordBytes)
    {
        _worker = worker;
        _minRecordBytes = minRecordBytes;
        _makeNow = () => Try(MakeEntries);
        _writeNow = () =>
        {
            Try(WriteEntries);
            _ended.Set();
        };
        _endNow = _ended.Set;
    }

    /// <summary>Begins to make a record's entries; false where that would not be worth it.</summary>
    /// <param name="state">The partition's, which stays as it is until the end.</param>
    /// <param name="record">The record; its header may still change.</param>
    /// <param name="count">How many messages it has.</param>
    public bool TryMake(PartitionState state, ReadOnlyMemory<byte> record, int count)
    {
        if (record.Length < _minRecordBytes || count > MaxEntryBytes / IndexEntry.Size)
            return false;
        (_state, _record, _length, _fault) = (state, record, count * IndexEntry.Size, null);
        _ended.Reset();
        _worker.Post(_makeNow);
        return true;
    }

    /// <summary>Begins to write them, as soon as they are made.</summary>
    /// <param name="file">The index.</param>
    /// <param name="position">Where the first one goes.</param>
    /// <param name="mayHold">Whether the last of them may stay in memory.</param>
    public void Write(GrowingFile file, long position, bool mayHold)
    {
        (_file, _position, _mayHold) = (file, position, mayHold);
        _worker.Post(_writeNow);
    }

    /// <summary>The record was refused: nothing is written, and its bytes are let go.</summary>
    public void Abandon()
    {
        _worker.Post(_endNow);
        Await();
    }

    /// <summary>Waits until the worker is done with the record.</summary>
    public void Await()
    {
        _ended.Wait();
        (_state, _record) = (null, default);
    }

    /// <summary>What became of it.</summary>
    /// <returns>The boundary behind the record, and the greatest time up to there.</returns>
    public (LogPlace End, long MaxTimestamp) Result()
    {
        _fault?.Throw();
        return _result;
    }

    public void Dispose()
    {
        _worker.Dispose();
        _ended.Dispose();
    }

    private void MakeEntries()
    {
        if (_entries.Length < _length)
            _entries = new byte[Math.Min(MaxEntryBytes, 2 * _length)];
        var run = new EntryRun(_state!, _record.Span);
        run.Fill(_entries.AsSpan(0, _length));
        _result = (run.End, run.MaxTimestamp);
    }

    private void WriteEntries()
    {
        if (_fault is null)
            _file!.Write(_entries.AsSpan(0, _length), _position, _mayHold);
    }

    private void Try(Action step)
    {
        try
        {
            step();
        }
        catch (Exception fault)
        {
            _fault = ExceptionDispatchInfo.Capture(fault);
        }
    }
}
