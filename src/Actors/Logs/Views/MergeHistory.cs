namespace StreamActors.Logs;

/// <summary>
/// The order of a merged view, as far as it is settled. It is a row of cuts: each says how far every partition had come
/// when the view looked, and what lies between two cuts is merged by time. From that the order of single messages can be
/// found again, so none of them is kept. A cut takes a few bytes; when there are too many the oldest are forgotten, and so
/// is the order of what they held.
/// </summary>
/// <param name="partitions">How many partitions there are.</param>
/// <param name="maxBytes">The most memory for cuts, in bytes.</param>
/// <param name="spacing">How many bytes of the view lie between two marks, until there are too many.</param>
internal sealed class MergeHistory(int partitions, int maxBytes, long spacing)
{
    private const int MinBlockBytes = 4096;
    private const int MaxMarkBytes = 1 << 20;
    private const int MinMarks = 16;
    private const int MaxMarks = 1024;

    private readonly int _blockBytes = Math.Max(MinBlockBytes, sizeof(long) * partitions);
    private readonly int _maxMarks = Math.Clamp(MaxMarkBytes / (2 * sizeof(long) * Math.Max(1, partitions)), MinMarks, MaxMarks);
    private readonly List<Block> _blocks = [new Block(0, new long[partitions])];
    private readonly List<MergeState> _marks = [];
    private readonly long[] _ends = new long[partitions];
    private long _forgotten;
    private long _spacing = spacing;

    /// <summary>A place between two cuts: a block's number, and a byte of it.</summary>
    internal readonly record struct Place(long Block, int Byte);

    /// <summary>The settled size of the view.</summary>
    public long End { get; private set; }

    /// <summary>What lies before this byte is no longer known.</summary>
    public long Begin => _blocks[0].Position;

    /// <summary>How many bytes lie between two marks.</summary>
    public long Spacing => _spacing;

    /// <summary>Settles what came since the last cut; false where nothing did.</summary>
    /// <param name="ends">How many messages each partition has now.</param>
    /// <param name="position">The size of all of them in the view.</param>
    public bool AddCut(ReadOnlySpan<long> ends, long position)
    {
        if (ends.SequenceEqual(_ends))
            return false;
        if (_blocks[^1].Cuts.Length >= _blockBytes)
        {
            _blocks.Add(new Block(End, [.. _ends]));
            // A reader that goes forward is in the last block, or at the end of the one before it.
            if (_blocks.Count > 2 && (long)_blocks.Count * (_blockBytes + (sizeof(long) * partitions)) > maxBytes)
                Forget();
        }
        var cuts = _blocks[^1].Cuts;
        var last = -1;
        for (var i = 0; i < partitions; i++)
        {
            if (ends[i] == _ends[i])
                continue;
            WriteNumber(cuts, i - last);
            WriteNumber(cuts, ends[i] - _ends[i]);
            _ends[i] = ends[i];
            last = i;
        }
        cuts.Byte(0);
        End = position;
        return true;
    }

    /// <summary>Adds the next cut to the ends of the one before it; false where there is none yet.</summary>
    public bool TryNext(ref Place place, Span<long> ends)
    {
        if (place.Block < _forgotten)
            throw Forgotten();
        var cuts = _blocks[(int)(place.Block - _forgotten)].Cuts.Written;
        if (place.Byte == cuts.Length)
        {
            if (place.Block - _forgotten == _blocks.Count - 1)
                return false;
            place = new Place(place.Block + 1, 0);
            return TryNext(ref place, ends);
        }
        var at = place.Byte;
        var index = -1;
        for (var step = ReadNumber(cuts, ref at); step > 0; step = ReadNumber(cuts, ref at))
        {
            index += (int)step;
            ends[index] += ReadNumber(cuts, ref at);
        }
        place = place with { Byte = at };
        return true;
    }

    /// <summary>The last known boundary at or before a byte.</summary>
    public MergeState Nearest(long position)
    {
        if (position < Begin)
            throw Forgotten();
        var block = _blocks.FindLastIndex(candidate => candidate.Position <= position);
        var mark = _marks.FindLast(candidate => candidate.Position <= position);
        return mark is not null && mark.Position >= _blocks[block].Position ? mark : new MergeState(
            _blocks[block].Position, _blocks[block].Counts, _blocks[block].Counts, new Place(_forgotten + block, 0));
    }

    /// <summary>Remembers a boundary that was come upon, unless there is one near.</summary>
    public void Mark(MergeState state)
    {
        var next = _marks.FindIndex(candidate => candidate.Position > state.Position - _spacing);
        if (next >= 0 && _marks[next].Position < state.Position + _spacing)
            return;
        _marks.Insert(next < 0 ? _marks.Count : next, state);
        if (_marks.Count <= _maxMarks)
            return;
        _spacing *= 2;
        for (var i = _marks.Count - 1; i > 0; i -= 2)
            _marks.RemoveAt(i);
    }

    private void Forget()
    {
        _blocks.RemoveAt(0);
        _forgotten++;
        _marks.RemoveAll(mark => mark.Position < Begin);
    }

    private LogIOException Forgotten() => new(
        LogError.Removed, $"the order of what lies before byte {Begin} of this merged view is no longer known");

    private static void WriteNumber(ByteBuffer buffer, long number)
    {
        for (; number >= 0x80; number >>= 7)
            buffer.Byte((byte)(number | 0x80));
        buffer.Byte((byte)number);
    }

    private static long ReadNumber(ReadOnlySpan<byte> bytes, ref int at)
    {
        long number = 0;
        for (var shift = 0; ; shift += 7)
        {
            number |= (long)(bytes[at] & 0x7F) << shift;
            if (bytes[at++] < 0x80)
                return number;
        }
    }

    /// <summary>Cuts that follow one another, and where the first one begins.</summary>
    private sealed class Block(long position, long[] counts)
    {
        public long Position => position;

        public long[] Counts => counts;

        public ByteBuffer Cuts { get; } = new();
    }
}
