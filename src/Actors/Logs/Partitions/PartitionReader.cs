using Microsoft.Win32.SafeHandles;

namespace StreamActors.Logs;

/// <summary>
/// A reader of a partition, open on the generation that was the newest when it was opened. It sees every append at once,
/// takes no lock, may be used by several threads, and stays valid when retention removes the head (what is gone is
/// <see cref="LogError.Removed"/>) and when the partition is deleted (it reads on to the committed end).
/// </summary>
public sealed class PartitionReader : IDisposable
{
    private readonly PartitionFeed _feed;
    private readonly DataFileUse _use;
    private int _disposed;

    internal PartitionReader(PartitionFeed feed, DataFileUse use = DataFileUse.None)
    {
        _feed = feed;
        _use = use;
        _feed.Acquire();
        _feed.UseFile(use, begins: true);
        Opened = feed.Now;
    }

    /// <summary>The partition as it was when this was opened; byte 0 is at its <see cref="PartitionSnapshot.Begin"/>.</summary>
    public PartitionSnapshot Opened { get; }

    /// <summary>The partition as it is now.</summary>
    public PartitionSnapshot Now => _feed.Now;

    /// <summary>The committed size of the default view, from byte 0 of the opened generation, in bytes.</summary>
    public long Length => Now.End.Position - Opened.Begin.Position;

    /// <summary>
    /// The file whose bytes are exactly this view's, for FUSE passthrough; null where there is none (retention has removed
    /// something, something is evicted, the partition has several segments, or the reader was not opened for it). What is evicted
    /// later is zeros there, so whoever evicts must not give it away.
    /// </summary>
    public SafeFileHandle? BackingFile =>
        _use != DataFileUse.None && Now is { Begin.Position: 0, Evicted.Count: 0, Segments: [{ Data.File: DiskFile file }] } ? file.Handle : null;

    /// <summary>Reads bytes of the default view.</summary>
    /// <param name="position">The first byte's place in the opened generation.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <returns>How many; 0 at or after the committed end. <see cref="LogError.Removed"/>, <see cref="LogError.Corrupt"/>,
    /// <see cref="LogError.Io"/> or <see cref="LogError.Closed"/> otherwise.</returns>
    public LogResult<int> Read(long position, Span<byte> buffer)
    {
        if (position < 0)
            return new LogFault(LogError.Invalid, "a position is negative");
        try
        {
            return SnapshotReader.ReadData(this, Opened.Begin.Position + position, buffer);
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, this, out var fault))
        {
            return fault;
        }
    }

    /// <summary>The index entry of a message.</summary>
    /// <param name="ordinal">How many messages were ever before it.</param>
    /// <returns>The entry; <see cref="LogError.NotFound"/> at or after the end.</returns>
    public LogResult<IndexEntry> Entry(long ordinal)
    {
        try
        {
            return SnapshotReader.ReadEntry(this, Now, ordinal);
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, this, out var fault))
        {
            return fault;
        }
    }

    /// <summary>Reads a run of index entries at once.</summary>
    /// <param name="ordinal">The first.</param>
    /// <param name="entries">Where they go.</param>
    /// <returns>How many; 0 at the end.</returns>
    public LogResult<int> Entries(long ordinal, Span<IndexEntry> entries)
    {
        try
        {
            return SnapshotReader.ReadEntries(this, Now, ordinal, entries);
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, this, out var fault))
        {
            return fault;
        }
    }

    /// <summary>The boundary before a message, in every measure.</summary>
    /// <param name="ordinal">The message; the end's own ordinal gives the end.</param>
    /// <returns>The boundary.</returns>
    public LogResult<LogPlace> Place(long ordinal)
    {
        var now = Now;
        if (ordinal == now.End.Ordinal)
            return now.End;
        var entry = Entry(ordinal);
        return entry.Succeeded ? entry.Value.PlaceBefore(ordinal) : entry.Fault;
    }

    /// <summary>Reads a whole message, and checks it.</summary>
    /// <param name="ordinal">How many messages were ever before it.</param>
    /// <returns>The message.</returns>
    public LogResult<LogRecord> Message(long ordinal)
    {
        try
        {
            return SnapshotReader.ReadMessage(this, Now, ordinal);
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, this, out var fault))
        {
            return fault;
        }
    }

    /// <summary>The first kept message whose offset is at least this one.</summary>
    /// <param name="offset">The offset.</param>
    /// <returns>Its ordinal; the end's where there is none.</returns>
    public LogResult<long> FindOffset(long offset) => Find(LogMeasure.Offset, offset);

    /// <summary>The first kept message by which the time had come (by the running maximum of times).</summary>
    /// <param name="timestamp">Milliseconds since 1970 UTC.</param>
    /// <returns>Its ordinal; the end's where there is none.</returns>
    public LogResult<long> FindTime(long timestamp) => Find(LogMeasure.Time, timestamp);

    /// <summary>The message that a byte of the default view belongs to.</summary>
    /// <param name="position">Its place, counted from the partition's first byte ever.</param>
    /// <returns>Its ordinal; the end's for places after the end.</returns>
    public LogResult<long> FindPosition(long position) => Find(LogMeasure.Position, position);

    /// <summary>The message that a byte of the JSON view belongs to.</summary>
    /// <param name="position">Its place, counted from the partition's first byte ever.</param>
    /// <returns>Its ordinal; the end's for places after the end.</returns>
    public LogResult<long> FindJson(long position) => Find(LogMeasure.Json, position);

    /// <summary>Checks every kept message, its key and its frame against the index.</summary>
    /// <param name="cancellation">Ends the check early, without a finding.</param>
    /// <returns>What is wrong first, or null.</returns>
    public LogFault? Verify(CancellationToken cancellation = default)
    {
        try
        {
            return SnapshotVerifier.Verify(this, Now, cancellation);
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, this, out var fault))
        {
            return fault;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _feed.UseFile(_use, begins: false);
        _feed.Release();
    }

    private LogResult<long> Find(LogMeasure measure, long value)
    {
        try
        {
            return SnapshotReader.Find(this, Now, measure, value);
        }
        catch (Exception e) when (SnapshotReader.IsFault(e, this, out var fault))
        {
            return fault;
        }
    }
}
