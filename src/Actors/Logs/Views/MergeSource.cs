namespace StreamActors.Logs;

/// <summary>
/// One partition of a merge, wherever its messages are: its next message, and a few of those that follow, read ahead. What can't be
/// read at once is brought by whoever reads the merge, and the step is done again.
/// </summary>
/// <param name="spansAtOnce">How many messages are looked at ahead; at least 1.</param>
/// <param name="windowBytes">How many bytes are read ahead; 0 where they are at hand.</param>
public abstract class MergeSource(int spansAtOnce, int windowBytes)
{
    private readonly MessageSpan[] _spans = new MessageSpan[spansAtOnce];
    private long _spansFrom;
    private int _spansCount;
    private byte[] _window = [];
    private long _windowFrom;
    private int _windowCount;

    /// <summary>Its place among the partitions, which decides between equal times.</summary>
    internal int Index { get; set; }

    /// <summary>How many of its messages lie before the merge's place.</summary>
    internal long Count { get; set; }

    /// <summary>The next message.</summary>
    internal MessageSpan Next { get; private set; }

    /// <summary>How many messages there are and how many bytes they are, at the same moment. They never become fewer.</summary>
    protected internal abstract (long Messages, long Bytes) Size { get; }

    /// <summary>Why its beginning can't be found; null where it can, or has not come yet.</summary>
    protected internal virtual LogFault? BeginFault => null;

    /// <summary>Finds the next message, which is there.</summary>
    /// <returns>False where it has to be brought first.</returns>
    internal bool TryFindNext()
    {
        if (Count < _spansFrom || Count >= _spansFrom + _spansCount)
        {
            _spansCount = 0;
            _spansCount = ReadSpans(Count, _spans);
            _spansFrom = Count;
            if (_spansCount == 0)
                return false;
        }
        Next = _spans[Count - _spansFrom];
        return true;
    }

    /// <summary>Copies bytes of the next message.</summary>
    /// <param name="inside">How many of them lie before those.</param>
    /// <param name="buffer">Where they go.</param>
    /// <returns>How many; 0 where they have to be brought first.</returns>
    internal int Copy(int inside, Span<byte> buffer)
    {
        var position = Next.Position + inside;
        if (position >= _windowFrom && position < _windowFrom + _windowCount)
            return CopyWindow(position, buffer);
        if (buffer.Length >= windowBytes)
            return Read(position, buffer);
        if (_window.Length == 0)
            _window = new byte[windowBytes];
        _windowCount = 0;
        _windowCount = Read(position, _window);
        _windowFrom = position;
        return CopyWindow(position, buffer);
    }

    /// <summary>Tells where messages lie that are there, as <see cref="PartitionView.ReadSpans"/> does.</summary>
    /// <returns>How many; 0 where they have to be brought first.</returns>
    /// <exception cref="LogIOException">The first can't be told.</exception>
    protected abstract int ReadSpans(long message, Span<MessageSpan> target);

    /// <summary>Reads bytes that are there.</summary>
    /// <returns>How many; 0 where they have to be brought first.</returns>
    /// <exception cref="LogIOException">The first can't be read.</exception>
    protected abstract int Read(long position, Span<byte> target);

    private int CopyWindow(long position, Span<byte> buffer)
    {
        var part = _window.AsSpan((int)(position - _windowFrom), (int)Math.Min(buffer.Length, _windowFrom + _windowCount - position));
        part.CopyTo(buffer);
        return part.Length;
    }
}

/// <summary>A partition of this host as a part of a merge.</summary>
internal sealed class ViewMergeSource(PartitionView view, int spansAtOnce, int windowBytes) : MergeSource(spansAtOnce, windowBytes)
{
    protected internal override (long Messages, long Bytes) Size => view.Size;

    protected internal override LogFault? BeginFault => view.Begin.Fault;

    protected override int ReadSpans(long message, Span<MessageSpan> target) => view.ReadSpans(message, target).Value;

    protected override int Read(long position, Span<byte> target)
    {
        var read = view.Read(position, target).Value;
        return read > 0 ? read : throw new LogIOException(
            LogError.Corrupt, $"partition {view.Reader.Now.Id} ends before a message that its index knows");
    }
}
