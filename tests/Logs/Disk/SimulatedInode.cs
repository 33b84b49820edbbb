namespace StreamActors.Logs.Tests;

/// <summary>A file's bytes twice: as processes see them, and as they are on the platter; and the writes between the two.</summary>
internal sealed class SimulatedInode
{
    private const int Sector = 512;

    private readonly List<Change> _pending = [];
    private bool _hasLost;

    public Content Cache { get; private set; } = new();

    public Content Durable { get; private set; } = new();

    public long Reserved { get; set; }

    public long Allocated => Math.Max(Cache.Length, Reserved);

    public void Write(ReadOnlySpan<byte> bytes, long position, int writer = 0)
    {
        Cache.Write(bytes, position);
        _pending.Add(new Change(writer, position, bytes.ToArray(), null));
    }

    /// <summary>How much of a write is done when it is cut off; within a sector all or nothing.</summary>
    public static int Torn(long position, int length, double part) =>
        position / Sector == (position + length - 1) / Sector ? (part < 0.5 ? 0 : length) : (int)(part * (length + 1));

    public void SetLength(long length, int writer = 0)
    {
        Cache.SetLength(length);
        Reserved = Math.Min(Reserved, length);
        _pending.Add(new Change(writer, 0, [], length));
    }

    public void Sync()
    {
        if (_hasLost)
            Durable = Cache.Clone();
        else
            foreach (var change in _pending)
                change.ApplyTo(Durable, null);
        _hasLost = false;
        _pending.Clear();
    }

    /// <summary>As Linux does after a failed sync: the pages stay as they are, and are no longer known to be unsynced.</summary>
    public void LosePending()
    {
        _hasLost |= _pending.Count > 0;
        _pending.Clear();
    }

    public void LosePower(Random random)
    {
        var kept = random.Next(3) switch { 0 => 0, 1 => _pending.Count, _ => random.Next(_pending.Count + 1) };
        for (var i = 0; i < _pending.Count; i++)
            _pending[i].ApplyTo(Durable, i < kept ? null : random);
        if (kept == 0 && random.Next(2) == 0)
            _pending.Clear();
        Cache = Durable.Clone();
        Reserved = 0;
        _hasLost = false;
        _pending.Clear();
    }

    /// <summary>One of several hosts loses its power: of what it wrote the first writes are kept, and some sectors of the others.</summary>
    public void LosePower(Random random, int writer)
    {
        var left = _pending.Count(change => change.Writer == writer);
        if (left == 0)
            return;
        left = random.Next(left + 1);
        foreach (var change in _pending.Where(change => change.Writer == writer))
            change.ApplyTo(Durable, left-- > 0 ? null : random);
        _pending.RemoveAll(change => change.Writer == writer);
        Cache = Durable.Clone();
        foreach (var change in _pending)
            change.ApplyTo(Cache, null);
    }

    private sealed record Change(int Writer, long Position, byte[] Bytes, long? Length)
    {
        /// <summary>Applies all of it, or, with chance, some of its sectors.</summary>
        public void ApplyTo(Content content, Random? random)
        {
            if (Length is { } length)
            {
                if (random is null || random.Next(2) == 0)
                    content.SetLength(length);
                return;
            }
            for (var start = 0; start < Bytes.Length;)
            {
                var end = (int)Math.Min(Bytes.Length, (((Position + start) / Sector) + 1) * Sector - Position);
                if (random is null || random.Next(3) == 0)
                    content.Write(Bytes.AsSpan(start, end - start), Position + start);
                start = end;
            }
        }
    }
}

/// <summary>Growing bytes; what was never written reads as zeros.</summary>
internal sealed class Content
{
    private byte[] _bytes = [];

    public long Length { get; private set; }

    public Span<byte> Span => _bytes.AsSpan(0, (int)Length);

    public int Read(Span<byte> buffer, long position)
    {
        var count = (int)Math.Clamp(Length - position, 0, buffer.Length);
        if (count > 0)
            _bytes.AsSpan((int)position, count).CopyTo(buffer);
        return count;
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        if (position + bytes.Length > Length)
            SetLength(position + bytes.Length);
        bytes.CopyTo(_bytes.AsSpan((int)position));
    }

    public void SetLength(long length)
    {
        if (length < Length)
            _bytes.AsSpan((int)length, (int)(Length - length)).Clear();
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Max(length, 2 * _bytes.Length));
        Length = length;
    }

    public Content Clone() => new() { _bytes = Span.ToArray(), Length = Length };
}
