namespace StreamActors.Remote;

/// <summary>
/// What was read from other hosts, within a budget: what was unused longest goes first. Bytes of a view never change, so
/// that they stay right whoever owns its partition. Safe for several threads.
/// </summary>
/// <param name="maxBytes">The budget, in bytes.</param>
public sealed class RangeCache(long maxBytes)
{
    // Memory that was thrown out is used for what comes next: fresh memory costs as much as what is copied into it.
    private const int MaxFree = 64;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _free = new();
    private readonly LinkedList<Block> _byUse = new();
    private readonly Dictionary<object, CachedView> _views = [];

    /// <summary>How many bytes are kept, in whole blocks.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate) return (long)_byUse.Count * Block.Size;
        }
    }

    /// <summary>How many views have bytes here, or are open.</summary>
    public int Views
    {
        get
        {
            lock (_gate) return _views.Count;
        }
    }

    /// <summary>Somebody reads a view.</summary>
    /// <param name="key">What tells it from all others.</param>
    internal CachedView Enter(object key)
    {
        lock (_gate)
        {
            if (!_views.TryGetValue(key, out var view))
                _views.Add(key, view = new CachedView(this, key));
            view.Readers++;
            return view;
        }
    }

    /// <summary>Somebody reads it no longer. Its bytes stay for the next one.</summary>
    internal void Leave(CachedView view)
    {
        lock (_gate)
        {
            view.Readers--;
            DropUnused(view);
        }
    }

    /// <summary>The block of a view, used by this, and held until <see cref="LetGo"/>.</summary>
    /// <returns>Null where it is not kept.</returns>
    internal Block? Find(CachedView view, long index)
    {
        lock (_gate)
        {
            if (!view.Blocks.TryGetValue(index, out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddLast(node);
            node.Value.Hold();
            return node.Value;
        }
    }

    /// <summary>The block of a view, made where it is not kept; held until <see cref="LetGo"/>.</summary>
    internal Block Get(CachedView view, long index)
    {
        lock (_gate)
        {
            if (!view.Blocks.TryGetValue(index, out var node))
            {
                while (_byUse.First is { } oldest && (_byUse.Count + 1L) * Block.Size > maxBytes)
                    Drop(oldest);
                // Where the collector does not move it: it lives long, and would be copied twice.
                var bytes = _free.TryPop(out var free) ? free : GC.AllocateUninitializedArray<byte>(Block.Size, pinned: true);
                node = _byUse.AddLast(new Block(view, index, bytes));
                view.Blocks.Add(index, node);
            }
            node.Value.Hold();
            return node.Value;
        }
    }

    /// <summary>Gives a block back.</summary>
    internal void LetGo(Block block)
    {
        if (block.LetGo() is not { } bytes)
            return;
        lock (_gate)
            Keep(bytes);
    }

    /// <summary>The first byte of a range that is not kept.</summary>
    /// <returns>The end of the range where all are.</returns>
    internal long FirstMissing(CachedView view, long position, long end)
    {
        lock (_gate)
        {
            while (position < end)
            {
                var (index, offset) = Math.DivRem(position, Block.Size);
                if (!view.Blocks.TryGetValue(index, out var node) || node.Value.Length is var length && length <= offset)
                    return position;
                position = (index * Block.Size) + length;
                if (length < Block.Size)
                    break;
            }
            return Math.Min(position, end);
        }
    }

    private void Drop(LinkedListNode<Block> node)
    {
        _byUse.Remove(node);
        node.Value.View.Blocks.Remove(node.Value.Index);
        if (node.Value.Drop() is { } bytes)
            Keep(bytes);
        DropUnused(node.Value.View);
    }

    private void Keep(byte[] bytes)
    {
        if (_free.Count < MaxFree)
            _free.Push(bytes);
    }

    private void DropUnused(CachedView view)
    {
        if (view is { Readers: 0, Blocks.Count: 0 } && _views.GetValueOrDefault(view.Key) == view)
            _views.Remove(view.Key);
    }
}

/// <summary>What is kept of one view, for all who read it, and what is on its way.</summary>
internal sealed class CachedView(RangeCache cache, object key)
{
    private readonly Lock _gate = new();
    private readonly List<Fetch> _fetches = [];

    public object Key => key;

    /// <summary>How many read it; the cache's own.</summary>
    public int Readers { get; set; }

    /// <summary>The blocks by index; the cache's own.</summary>
    public Dictionary<long, LinkedListNode<Block>> Blocks { get; } = [];

    /// <summary>Copies what is kept from a position on, without a gap.</summary>
    /// <returns>How many bytes.</returns>
    public int Copy(long position, Span<byte> target)
    {
        var copied = 0;
        while (copied < target.Length)
        {
            var (index, offset) = Math.DivRem(position + copied, Block.Size);
            if (cache.Find(this, index) is not { } block)
                break;
            var count = block.Copy((int)offset, target[copied..]);
            cache.LetGo(block);
            if (count == 0)
                break;
            copied += count;
        }
        return copied;
    }

    /// <summary>The block that a byte is in, held until <see cref="LetGo"/>.</summary>
    /// <param name="position">The byte's position.</param>
    /// <param name="offset">Where it is in the block.</param>
    public Block BlockOf(long position, out int offset)
    {
        offset = (int)(position % Block.Size);
        return cache.Get(this, position / Block.Size);
    }

    /// <summary>Gives a block back.</summary>
    public void LetGo(Block block) => cache.LetGo(block);

    /// <summary>The first byte of a range that is not kept, or its end.</summary>
    public long FirstMissing(long position, long end) => cache.FirstMissing(this, position, end);

    /// <summary>Where a fetch has to begin that is to give a byte: a block has its bytes from its begin on.</summary>
    public long BeginOf(long position)
    {
        var begin = position - (position % Block.Size);
        return FirstMissing(begin, begin + Block.Size) is var missing && missing <= position ? missing : begin;
    }

    /// <summary>What is on its way and covers a byte.</summary>
    public Fetch? FetchOf(long position)
    {
        lock (_gate)
            return _fetches.Find(fetch => fetch.Covers(position));
    }

    public void Began(Fetch fetch)
    {
        lock (_gate)
            _fetches.Add(fetch);
    }

    public void Ended(Fetch fetch)
    {
        lock (_gate)
            _fetches.Remove(fetch);
    }

    public void Leave() => cache.Leave(this);
}
