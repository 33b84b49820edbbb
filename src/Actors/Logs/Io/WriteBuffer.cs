namespace StreamActors.Logs;

/// <summary>
/// Gathers small writes that follow one another in a file. What it writes ends at multiples of its size where it can: the
/// page cache then takes each in one piece.
/// </summary>
internal sealed class WriteBuffer
{
    private const int Capacity = 256 << 10;

    // Each of many logs has some of these, and most logs write little: memory comes as it is needed.
    private byte[] _bytes = [];
    private GrowingFile? _file;
    private bool _mayHold;
    private long _position;
    private int _length;
    private int _room;

    public void Begin(GrowingFile file, long position, bool mayHold)
    {
        _file = file;
        _mayHold = mayHold;
        _position = position;
        Empty();
    }

    /// <summary>Room for a few bytes, at most <see cref="Capacity"/>.</summary>
    public Span<byte> Add(int count)
    {
        if (_room - _length < count)
            return AddBehind(count);
        if (_bytes.Length - _length < count)
            Grow(count);
        var added = _bytes.AsSpan(_length, count);
        _length += count;
        return added;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Capacity / 2)
        {
            Flush();
            _file!.Write(bytes, _position, _mayHold);
            _position += bytes.Length;
            Empty();
            return;
        }
        if (_room - _length < bytes.Length)
        {
            var first = bytes[..(_room - _length)];
            if (_bytes.Length < _room)
                Grow(first.Length);
            first.CopyTo(_bytes.AsSpan(_length));
            bytes = bytes[first.Length..];
            _length = _room;
            Flush();
        }
        bytes.CopyTo(Add(bytes.Length));
    }

    public void Flush()
    {
        if (_length > 0)
            _file!.Write(_bytes.AsSpan(0, _length), _position, _mayHold);
        _position += _length;
        Empty();
    }

    private Span<byte> AddBehind(int count)
    {
        Flush();
        // What may not be divided may reach into the next block of the file.
        _room = Math.Max(_room, count);
        return Add(count);
    }

    private void Grow(int count) => Array.Resize(ref _bytes, Math.Min(Capacity, Math.Max(2 * _bytes.Length, _length + count)));

    private void Empty()
    {
        _length = 0;
        _room = Capacity - (int)(_position % Capacity);
    }
}
