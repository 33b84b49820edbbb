namespace StreamActors.Remote;

/// <summary>
/// Some bytes of a view, from its own begin on; more may follow. What is there never changes, so that it is copied without a
/// lock, also while it is thrown out of the cache: its memory is used again only when nobody holds it any more.
/// </summary>
/// <param name="view">The view.</param>
/// <param name="index">Which block of it.</param>
/// <param name="bytes">Its memory.</param>
internal sealed class Block(CachedView view, long index, byte[] bytes)
{
    /// <summary>How many bytes a whole one has.</summary>
    public const int Size = 64 << 10;

    private readonly Lock _gate = new();
    private int _length;
    private int _holders;
    private bool _isDropped;

    public CachedView View => view;

    public long Index => index;

    /// <summary>Somebody uses it, until <see cref="LetGo"/>. Called by the cache, while it keeps the block.</summary>
    public void Hold()
    {
        lock (_gate)
            _holders++;
    }

    /// <summary>Takes back <see cref="Hold"/>.</summary>
    /// <returns>Its memory, where it was thrown out meanwhile and nobody else uses it; null otherwise.</returns>
    public byte[]? LetGo()
    {
        lock (_gate)
            return --_holders == 0 && _isDropped ? bytes : null;
    }

    /// <summary>It is thrown out.</summary>
    /// <returns>Its memory, where nobody uses it; null otherwise.</returns>
    public byte[]? Drop()
    {
        lock (_gate)
        {
            _isDropped = true;
            return _holders == 0 ? bytes : null;
        }
    }

    /// <summary>How many bytes are there.</summary>
    public int Length => Volatile.Read(ref _length);

    /// <summary>
    /// Where bytes go that follow those that are there. Of several who bring the same ones each may write them: they are the
    /// same.
    /// </summary>
    /// <param name="offset">Where they are, from the block's begin.</param>
    public Memory<byte> Room(int offset) => bytes.AsMemory(offset);

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
        bytes.AsSpan(offset, count).CopyTo(target);
        return count;
    }
}
