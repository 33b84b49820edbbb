using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// The directories of SOURCE that are kept open to reach what is beneath them: at most a fixed number, by second chance
/// (a directory that was used since the hand last passed it stays). Using one takes no lock. A directory of a file system
/// that is mounted below SOURCE stays only while it is in use, since that file system can't be unmounted meanwhile.
/// </summary>
internal sealed class DescriptorCache : IDisposable
{
    /// <summary>How often directories below further mounts are looked at; one that was not used since the last look is closed.</summary>
    private static readonly TimeSpan MountedPatience = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Entry?[] _ring;
    private readonly Timer _sweeper;
    private bool _sweeping;
    private int _hand;
    private int _count;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">The most directories that are kept open.</param>
    public DescriptorCache(int capacity)
    {
        _ring = new Entry?[capacity];
        _sweeper = new Timer(_ => Sweep());
    }

    /// <summary>How many directories are kept open now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Keeps a directory open, in place of one that was not used of late where the cache is full.</summary>
    /// <param name="descriptor">The directory; the cache owns it from here on.</param>
    /// <param name="mounted">Whether it is of a file system that is mounted below SOURCE.</param>
    /// <returns>Its place in the cache.</returns>
    public Entry Add(FileDescriptor descriptor, bool mounted)
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
            _ring[_hand] = added = new Entry(descriptor, _hand, mounted);
            Advance();
            if (evicted is null)
                _count++;
            if (mounted && !_sweeping)
                SweepLater();
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        Clear();
    }

    private void SweepLater() => _sweeping = _sweeper.Change(MountedPatience, Timeout.InfiniteTimeSpan);

    private void Sweep()
    {
        List<Entry> unused = [];
        lock (_gate)
        {
            _sweeping = false;
            foreach (var entry in _ring)
            {
                if (entry is not { IsMounted: true })
                    continue;
                if (!entry.Used)
                    unused.Add(entry);
                else if (!_sweeping)
                    SweepLater();
                entry.Used = false;
            }
        }
        unused.ForEach(Remove);
    }

    private void Advance() => _hand = (_hand + 1) % _ring.Length;

    /// <summary>A directory that is kept open.</summary>
    /// <param name="descriptor">The directory.</param>
    /// <param name="slot">Its place in the ring.</param>
    /// <param name="mounted">Whether it is of a file system that is mounted below SOURCE.</param>
    internal sealed class Entry(FileDescriptor descriptor, int slot, bool mounted)
    {
        private volatile bool _closed;

        /// <summary>Whether it was used since the hand, or a sweep, last passed; a lost write only makes it look less used.</summary>
        public bool Used { get; set; } = true;

        /// <summary>Its place in the ring.</summary>
        public int Slot { get; } = slot;

        /// <summary>Whether it is of a file system that is mounted below SOURCE.</summary>
        public bool IsMounted { get; } = mounted;

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
