namespace StreamActors.Logs;

/// <summary>One partition of a merge: its next message, and a few of those that follow, read ahead.</summary>
internal sealed class MergeSource(PartitionView view, int index, int entriesAtOnce, int windowBytes)
{
    private readonly IndexEntry[] _entries = new IndexEntry[entriesAtOnce];
    private LogPlace? _begin;
    private long _entriesFrom;
    private int _entriesCount;
    private byte[] _window = [];
    private long _windowFrom;
    private int _windowCount;
    private long _position;

    public PartitionView View => view;

    /// <summary>Its place among the partitions, which decides between equal times.</summary>
    public int Index => index;

    /// <summary>How many of its messages lie before the merge's place.</summary>
    public long Count { get; set; }

    /// <summary>The time of the next message.</summary>
    public long Time { get; private set; }

    /// <summary>How many bytes of the view the next message has.</summary>
    public int Length { get; private set; }

    /// <summary>Finds the next message, which is there.</summary>
    public void LoadHead()
    {
        var now = view.Reader.Now;
        var begin = (_begin ??= view.Begin.Value).GetValueOrDefault();
        var ordinal = begin.Ordinal + Count;
        if (ordinal < _entriesFrom || ordinal >= _entriesFrom + _entriesCount)
        {
            _entriesCount = 0;
            _entriesCount = SnapshotReader.ReadEntries(view.Reader, now, ordinal, _entries);
            _entriesFrom = ordinal;
        }
        ref readonly var entry = ref _entries[ordinal - _entriesFrom];
        var scale = ViewScale.Of(view.Kind, now.Framing);
        Time = entry.Timestamp;
        Length = scale.LengthOf(entry);
        _position = scale.At(entry.PlaceBefore(ordinal)) - scale.At(begin);
    }

    /// <summary>Copies bytes of the next message.</summary>
    /// <param name="inside">How many of them lie before those.</param>
    /// <param name="buffer">Where they go; filled.</param>
    public void Copy(int inside, Span<byte> buffer)
    {
        var position = _position + inside;
        while (buffer.Length > 0)
        {
            if (position < _windowFrom || position >= _windowFrom + _windowCount)
            {
                if (buffer.Length >= windowBytes)
                {
                    var read = Read(position, buffer);
                    buffer = buffer[read..];
                    position += read;
                    continue;
                }
                if (_window.Length == 0)
                    _window = new byte[windowBytes];
                _windowCount = 0;
                _windowCount = Read(position, _window);
                _windowFrom = position;
            }
            var part = _window.AsSpan((int)(position - _windowFrom), (int)Math.Min(buffer.Length, _windowFrom + _windowCount - position));
            part.CopyTo(buffer);
            buffer = buffer[part.Length..];
            position += part.Length;
        }
    }

    private int Read(long position, Span<byte> buffer)
    {
        var read = view.Read(position, buffer).Value;
        return read > 0 ? read : throw new LogIOException(
            LogError.Corrupt, $"partition {view.Reader.Now.Id} ends before a message that its index knows");
    }
}
