using Microsoft.Win32.SafeHandles;

namespace StreamActors.Logs;

/// <summary>
/// A partition as one view shows it, from one start on: byte 0 is the first byte of the message there. Any position can be
/// read at any time by any thread, and none ever waits; what is appended is seen at once. The reader stays the caller's,
/// and has to live as long as the view.
/// </summary>
public sealed class PartitionView
{
    private const int MaxEntriesAtOnce = 64;

    private readonly ViewOrigin _origin;
    private readonly ViewRenderer _renderer;

    private PartitionView(PartitionReader reader, ViewKind kind, ViewOrigin origin)
    {
        Reader = reader;
        Kind = kind;
        _origin = origin;
        _renderer = new ViewRenderer(reader);
    }

    /// <summary>The partition.</summary>
    public PartitionReader Reader { get; }

    /// <summary>In which bytes it is read.</summary>
    public ViewKind Kind { get; }

    /// <summary>Opens a view.</summary>
    /// <param name="reader">The partition.</param>
    /// <param name="kind">In which bytes it is read.</param>
    /// <param name="start">Where it begins; null for the oldest message of the reader's generation.</param>
    /// <returns>The view; <see cref="LogError.Removed"/> or <see cref="LogError.NotFound"/> where the start is not there.</returns>
    public static LogResult<PartitionView> Open(PartitionReader reader, ViewKind kind, ViewStart? start = null)
    {
        var origin = ViewOrigin.Open(reader, start ?? ViewStart.AtOrdinal(reader.Opened.Begin.Ordinal));
        return origin.Succeeded ? new PartitionView(reader, kind, origin.Value) : origin.Fault;
    }

    /// <summary>The boundary before the view's first message; null while its start has not come yet.</summary>
    public LogResult<LogPlace?> Begin => Guarded(_origin.Find);

    /// <summary>The view's size in bytes as it is now; 0 while its start has not come, or can't be found.</summary>
    public long Length => Begin is { Succeeded: true, Value: { } begin } ? LengthFrom(begin, Reader.Now) : 0;

    /// <summary>
    /// The file whose bytes are exactly this view's, for FUSE passthrough; null where there is none (retention has removed
    /// something, the partition has several segments, or the view has a start or bytes of its own).
    /// </summary>
    public SafeFileHandle? BackingFile =>
        Begin is { Succeeded: true, Value.Position: 0 } && Reader.Now is var now && IsData(now) &&
        (Kind == ViewKind.Default || now.End.Ordinal > 0) ? Reader.BackingFile : null;

    /// <summary>Reads bytes.</summary>
    /// <param name="position">The first byte's place in the view.</param>
    /// <param name="buffer">Where they go.</param>
    /// <returns>How many; 0 at or after the end, fewer than there is room for at the end and before a message that can't be
    /// read. Where that is the first: <see cref="LogError.Removed"/>, <see cref="LogError.Corrupt"/>,
    /// <see cref="LogError.Io"/> or <see cref="LogError.Closed"/>.</returns>
    public LogResult<int> Read(long position, Span<byte> buffer)
    {
        if (position < 0)
            return new LogFault(LogError.Invalid, "a position is negative");
        try
        {
            var now = Reader.Now;
            if (_origin.Find() is not { } begin || position >= LengthFrom(begin, now) || buffer.IsEmpty)
                return 0;
            var scale = ViewScale.Of(Kind, now.Framing);
            var absolute = scale.At(begin) + position;
            if (IsData(now))
                return SnapshotReader.ReadData(Reader, begin.Position + position, buffer);
            if (absolute < scale.At(now.Begin))
                return new LogFault(LogError.Removed, $"byte {position} of a view of partition {now.Id} was removed by retention");
            return _renderer.Read(now, scale, absolute, buffer);
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, Reader, out var fault))
        {
            return fault;
        }
    }

    /// <summary>How many messages the view has and how many bytes they are, at the same moment; both 0 while its start has not come, or can't be found.</summary>
    public (long Messages, long Bytes) Size =>
        Begin is { Succeeded: true, Value: { } begin } && Reader.Now is var now ? (now.End.Ordinal - begin.Ordinal, LengthFrom(begin, now)) : default;

    /// <summary>Where messages lie, and their times.</summary>
    /// <param name="message">How many messages of the view lie before the first of them.</param>
    /// <param name="target">Where they go; filled as far as there are messages, and their entries are whole.</param>
    /// <returns>How many; 0 at and after the end. Where the first can't be told, why.</returns>
    public LogResult<int> ReadSpans(long message, Span<MessageSpan> target)
    {
        if (message < 0)
            return new LogFault(LogError.Invalid, "a number of messages is negative");
        var done = 0;
        try
        {
            var now = Reader.Now;
            if (_origin.Find() is not { } begin)
                return 0;
            var scale = ViewScale.Of(Kind, now.Framing);
            Span<IndexEntry> entries = stackalloc IndexEntry[MaxEntriesAtOnce];
            while (done < target.Length && begin.Ordinal + message + done < now.End.Ordinal)
            {
                var first = begin.Ordinal + message + done;
                var read = SnapshotReader.ReadEntries(Reader, now, first, entries[..Math.Min(entries.Length, target.Length - done)]);
                for (var i = 0; i < read; i++)
                    target[done + i] = new MessageSpan(
                        entries[i].Timestamp, scale.At(entries[i].PlaceBefore(first + i)) - scale.At(begin), scale.LengthOf(entries[i]));
                done += read;
            }
            return done;
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, Reader, out var fault))
        {
            // What comes before the fault is whole; the next call begins with it.
            return done > 0 ? done : fault;
        }
    }

    /// <summary>The message that a byte belongs to.</summary>
    /// <param name="position">The byte's place in the view.</param>
    /// <returns>The message's ordinal; the end's at and after the end.</returns>
    public LogResult<long> OrdinalAt(long position) => Guarded(() =>
    {
        var now = Reader.Now;
        if (_origin.Find() is not { } begin || position >= LengthFrom(begin, now))
            return now.End.Ordinal;
        if (position < 0)
            throw new LogIOException(LogError.Invalid, "a position is negative");
        var scale = ViewScale.Of(Kind, now.Framing);
        var absolute = scale.At(begin) + position;
        var ordinal = SnapshotReader.Find(Reader, now, scale.Measure, absolute);
        return scale.At(Reader.Place(ordinal).Value) <= absolute
            ? ordinal : throw new LogIOException(LogError.Removed, $"byte {position} of a view of partition {now.Id} was removed by retention");
    });

    /// <summary>The message that a byte belongs to, and where that begins.</summary>
    /// <param name="position">The byte's place in the view.</param>
    /// <returns>The boundary before the message, and its place in the view; the end's at and after the end.</returns>
    public LogResult<(LogPlace Place, long Position)> MessageAt(long position)
    {
        var ordinal = OrdinalAt(position);
        var place = ordinal.Succeeded ? Reader.Place(ordinal.Value) : ordinal.Fault;
        if (!place.Succeeded)
            return place.Fault;
        return Guarded(() => (place.Value, _origin.Find() is { } begin && ViewScale.Of(Kind, Reader.Now.Framing) is var scale
            ? scale.At(place.Value) - scale.At(begin) : 0));
    }

    /// <summary>Where a message begins.</summary>
    /// <param name="ordinal">How many messages were ever before it; the end's own ordinal gives the view's size.</param>
    /// <returns>Its first byte's place in the view; <see cref="LogError.NotFound"/> before the start and after the end.</returns>
    public LogResult<long> PositionOf(long ordinal) => Guarded(() =>
    {
        if (_origin.Find() is not { } begin || ordinal < begin.Ordinal)
            throw new LogIOException(LogError.NotFound, $"message {ordinal} of partition {Reader.Now.Id} lies before the view");
        var scale = ViewScale.Of(Kind, Reader.Now.Framing);
        return scale.At(ordinal == begin.Ordinal ? begin : Reader.Place(ordinal).Value) - scale.At(begin);
    });

    internal long LengthFrom(LogPlace begin, PartitionSnapshot now)
    {
        var scale = ViewScale.Of(Kind, now.Framing);
        return scale.At(now.End) - scale.At(begin);
    }

    /// <summary>Whether the view's bytes are those of the data file: messages that are nothing but size and value are so in two views.</summary>
    private bool IsData(PartitionSnapshot now) =>
        Kind == ViewKind.Default || (Kind == ViewKind.Size && now.Framing is { HasSize: true, Overhead: sizeof(int) });

    private LogResult<T> Guarded<T>(Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, Reader, out var fault))
        {
            return fault;
        }
    }
}
