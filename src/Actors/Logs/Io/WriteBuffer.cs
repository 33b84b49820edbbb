namespace StreamActors.Logs;

/// <summary>Gathers small writes that follow one another in a file.</summary>
internal sealed class WriteBuffer
{
    private const int Capacity = 256 << 10;

    private readonly byte[] _bytes = new byte[Capacity];
    private ILogFile? _file;
    private long _position;
    private int _length;

    public void Begin(ILogFile file, long position)
    {
        _file = file;
        _position = position;
        _length = 0;
    }

    /// <summary>Room for a few bytes.</summary>
    public Span<byte> Add(int count)
    {
        if (Capacity - _length < count)
            Flush();
        var added = _bytes.AsSpan(_length, count);
        _length += count;
        return added;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= Capacity / 2)
        {
            bytes.CopyTo(Add(bytes.Length));
            return;
        }
        Flush();
        _file!.Write(bytes, _position);
        _position += bytes.Length;
    }

    public void Flush()
    {
        if (_length == 0)
            return;
        _file!.Write(_bytes.AsSpan(0, _length), _position);
        _position += _length;
        _length = 0;
    }
}
