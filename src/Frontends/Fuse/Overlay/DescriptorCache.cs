using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// The directories of SOURCE that are kept open to reach what is beneath them: at most a fixed number, by second chance
/// (a directory that was used since the hand last passed it stays). Using one takes no lock.
/// </summary>
internal sealed class DescriptorCache
{
    private readonly Lock _gate = new();
    private readonly Entry?[] _ring;
    private int _hand;
    private int _count;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">The most directories that are kept open.</param>
    public DescriptorCache(int capacity) => _ring = new Entry?[capacity];

    /// <summary>How many directories are kept open now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Keeps a directory open, in place of one that was not used of late where the cache is full.</summary>
    /// <param name="descriptor">The directory; the cache owns it from here on.</param>
    /// <returns>Its place in the cache.</returns>
    public Entry Add(FileDescriptor descriptor)
    {
        Entry added;
        Entry? evicted;
        lock (_gate)
        {
            // Once around takes every second chance away, so the second round finds a place.
            for (var step = 0; step < _ring.Length && _ring[_hand] is { Used: true } used; step++)
            {
                used.Used = false;
                Advance();
            }
            evicted = _ring[_hand];
            _ring[_hand] = added = new Entry(descriptor, _hand);
            Advance();
            if (evicted is null)
                _count++;
        }
        evicted?.Close();
        return added;
    }

    /// <summary>Takes a directory out.</summary>
    /// <param name="entry">What <see cref="Add"/> gave; one that was evicted meanwhile is ignored.</param>
    public void Remove(Entry entry)
    {
        lock (_gate)
        {
            if (_ring[entry.Slot] != entry)
                return;
            _ring[entry.Slot] = null;
            _count--;
        }
        entry.Close();
    }

    /// <summary>Closes every directory that nobody is using now: at unmount, or when the process has run out of descriptors.</summary>
    public void Clear()
    {
        for (var slot = 0; slot < _ring.Length; slot++)
            if (Volatile.Read(ref _ring[slot]) is { } entry)
                Remove(entry);
    }

    private void Advance() => _hand = (_hand + 1) % _ring.Length;

    /// <summary>A directory that is kept open.</summary>
    /// <param name="descriptor">The directory.</param>
    /// <param name="slot">Its place in the ring.</param>
    internal sealed class Entry(FileDescriptor descriptor, int slot)
    {
        private volatile bool _closed;

        /// <summary>Whether it was used since the hand last passed; a lost write only makes it look less used.</summary>
        public bool Used { get; set; } = true;

        /// <summary>Its place in the ring.</summary>
        public int Slot { get; } = slot;

        /// <summary>Uses the directory.</summary>
        /// <returns>Its descriptor, acquired; null where it was evicted.</returns>
        public FileDescriptor? Acquire()
        {
            // The flag spares evicted ones the exception behind TryAcquire.
            if (_closed || !descriptor.TryAcquire())
                return null;
            if (!Used)
                Used = true;
            return descriptor;
        }

        internal void Close()
        {
            _closed = true;
            descriptor.Dispose();
        }
    }
}
