namespace StreamActors.Remote;

/// <summary>
/// Some bytes of a view, from its own begin on; more may follow. What is there never changes, so that it is copied without a
/// lock, also while it is thrown out of the cache.
/// </summary>
internal sealed class Block(CachedView view, long index)
{
    /// <summary>How many bytes a whole one has.</summary>
    public const int Size = 64 << 10;

    // Where the collector does not move it: it lives long, and would be copied twice.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
    private readonly Lock _gate = new();
    private int _length;

    public CachedView View => view;

    public long Index => index;

    /// <summary>How many bytes are there.</summary>
    public int Length => Volatile.Read(ref _length);

    /// <summary>
    /// Where bytes go that follow those that are there. Of several who bring the same ones each may write them: they are the
    /// same.
    /// </summary>
    /// <param name="offset">Where they are, from the block's begin.</param>
    public Memory<byte> Room(int offset) => _bytes.AsMemory(offset);

    /// <summary>Bytes were written there; ones that do not follow those that are known don't count.</summary>
    /// <param name="offset">Where they are.</param>
    /// <param name="count">How many.</param>
    public void Wrote(int offset, int count)
    {
        lock (_gate)
            if (offset <= _length && offset + count > _length)
                Volatile.Write(ref _length, offset + count);
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
