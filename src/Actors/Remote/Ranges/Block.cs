namespace StreamActors.Remote;

/// <summary>
/// Some bytes of a view, from its own begin on; more may follow. What is there never changes, so that it is copied without a
/// lock, also while it is thrown out of the cache.
/// </summary>
internal sealed class Block(CachedView view, long index)
{
    /// <summary>How many bytes a whole one has.</summary>
    public const int Size = 64 << 10;

    // Small enough to be no large object.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size);
    private readonly Lock _gate = new();
    private int _length;

    public CachedView View => view;

    public long Index => index;

    /// <summary>How many bytes are there.</summary>
    public int Length => Volatile.Read(ref _length);

    /// <summary>Adds bytes that follow those that are there; what is there already is the same.</summary>
    /// <param name="offset">Where they are, from the block's begin.</param>
    /// <param name="bytes">The bytes; not beyond the block.</param>
    public void Add(int offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            var known = _length - offset;
            if (known < 0 || known >= bytes.Length)
                return;
            bytes[known..].CopyTo(_bytes.AsSpan(_length));
            Volatile.Write(ref _length, offset + bytes.Length);
        }
    }

    /// <summary>Copies what is there.</summary>
    /// <param name="offset">Where from.</param>
    /// <param name="target">Where to.</param>
    /// <returns>How many bytes.</returns>
    public int Copy(int offset, Span<byte> target)
    {
        var count = Math.Min(Length - offset, target.Length);
        if (count <= 0)
            return 0;
        _bytes.AsSpan(offset, count).CopyTo(target);
        return count;
    }
}
