namespace StreamActors.Logs;

/// <summary>
/// Memory for the ends of files that grow: see <see cref="GrowingFile"/>. There is a bound for all of a log directory; beyond it
/// the segments that were appended to longest ago write what they hold.
/// </summary>
/// <param name="maxBytes">The bound, in bytes; below a block nothing is held.</param>
/// <param name="blockBytes">See <see cref="BlockBytes"/>.</param>
internal sealed class HeldTails(long maxBytes, int blockBytes)
{
    /// <summary>
    /// What is held ends at multiples of this in its file. The page cache takes what is written in pieces whose size and place
    /// are powers of two, and a read of many small pieces takes up to three times as long.
    /// </summary>
    public int BlockBytes => blockBytes;

    // Memory grows by this factor, up to a block.
    private const int Growth = 4;
    private const int Steps = 3;

    private readonly object _gate = new();
    private readonly Stack<byte[]> _free = [];
    private readonly LinkedList<PartitionSegment> _byUse = [];
    private long _lent;

    /// <summary>Whether anything is held.</summary>
    public bool IsOn => maxBytes >= blockBytes;

    /// <summary>Makes the journal before an LSN safe; set by who has the journal.</summary>
    public Action<long>? Sync { get; set; }

    /// <summary>Memory for so many bytes, at most a block. One record may take some more than the bound.</summary>
    public byte[] Rent(int bytes)
    {
        var size = Math.Max(1, blockBytes >> (2 * Steps));
        while (size < bytes)
            size *= Growth;
        size = Math.Min(size, blockBytes);
        lock (_gate)
        {
            _lent += size;
            return size == blockBytes && _free.TryPop(out var block) ? block : new byte[size];
        }
    }

    /// <summary>Gives it back; any thread may.</summary>
    public void Return(byte[] block)
    {
        lock (_gate)
        {
            _lent -= block.Length;
            if (block.Length == blockBytes && _lent + ((_free.Count + 1L) * blockBytes) <= maxBytes)
                _free.Push(block);
        }
    }

    /// <summary>Takes note of an append to a segment, and has others write where there is too much.</summary>
    public void Appended(PartitionSegment segment)
    {
        Forget(segment);
        if (!segment.HoldsBytes)
            return;
        _byUse.AddLast(segment.ByUse);
        while (_lent > maxBytes && _byUse.First!.Value is var oldest && oldest != segment)
        {
            try
            {
                oldest.Flush();
            }
            catch (LogIOException)
            {
                // It keeps what it holds, until the next checkpoint or whoever wants its files meets the fault.
                Forget(oldest);
            }
        }
    }

    /// <summary>A segment holds nothing any more, or will not be appended to.</summary>
    public void Forget(PartitionSegment segment)
    {
        if (segment.ByUse.List is not null)
            _byUse.Remove(segment.ByUse);
    }
}
