using System.Buffers;

namespace StreamActors.Logs;

/// <summary>
/// Consecutive messages that are read together: one read each of the index, the data and the keys serves them all. The
/// buffers are rented, and used again for the next run.
/// </summary>
internal sealed class MessageRun(PartitionReader reader, PartitionSnapshot now, ViewScale scale) : IDisposable
{
    /// <summary>A message with more bytes than this, in the view or in the data file, is not part of a run.</summary>
    public const int MaxBytes = 256 << 10;

    private const int EntriesAtOnce = 64;

    private readonly IndexEntry[] _entries = ArrayPool<IndexEntry>.Shared.Rent(EntriesAtOnce);
    private byte[] _data = [];
    private byte[] _keys = [];
    private LogPlace _end;
    private long _ordinal;

    /// <summary>The first message's ordinal.</summary>
    public long Ordinal => _ordinal;

    /// <summary>How many messages it has.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the first message is too large for a run; then it is alone, and only its entry was read.</summary>
    public bool IsLarge { get; private set; }

    /// <summary>Reads the entries of a run.</summary>
    /// <param name="ordinal">The first message.</param>
    public void LoadEntries(long ordinal)
    {
        _ordinal = ordinal;
        Count = SnapshotReader.ReadEntries(reader, now, ordinal, _entries.AsSpan(0, EntriesAtOnce));
        // A message's bytes in the key file end where the next one's begin, so the last entry only tells of the one before.
        if (ordinal + Count == now.End.Ordinal)
            _end = now.End;
        else if (Count > 1)
            _end = _entries[--Count].PlaceBefore(ordinal + Count);
        else
            _end = BeforeDamage(_entries[0], ordinal);
        for (var i = 0; i < Count; i++)
            Check(i);
    }

    /// <summary>Lets go of messages before the one that a byte of the view belongs to; false where none of these has it.</summary>
    public bool TrySkipTo(long position)
    {
        if (Count == 0 || position < StartOf(0) || position >= scale.At(_end))
            return false;
        var first = 0;
        while (StartOf(first) + scale.LengthOf(_entries[first]) <= position)
            first++;
        _entries.AsSpan(first, Count - first).CopyTo(_entries);
        _ordinal += first;
        Count -= first;
        return true;
    }

    /// <summary>Reads as many of the messages as are needed for so many bytes of the view.</summary>
    public void LoadBytes(long viewBytes)
    {
        IsLarge = IsTooLarge(_entries[0]);
        if (IsLarge)
        {
            Count = 1;
            return;
        }
        var limit = Math.Min(viewBytes, MaxBytes);
        var count = 0;
        long bytes = 0, dataBytes = 0;
        while (count < Count && bytes < limit && dataBytes < MaxBytes && !IsTooLarge(_entries[count]))
        {
            bytes += scale.LengthOf(_entries[count]);
            dataBytes += _entries[count].ValueLength + scale.Overhead;
            count++;
        }
        count = (int)now.EvictedRanges.PresentMessages(_ordinal, count);
        if (count == 0)
            throw SnapshotReader.Evicted(now, _ordinal);
        _end = PlaceAfter(count - 1);
        Count = count;
        SnapshotReader.ReadView(now, _entries[0].Position, Rent(ref _data, _end.Position - _entries[0].Position));
        if (scale.Kind == ViewKind.Json && _end.Keys > _entries[0].Keys)
            SnapshotReader.ReadKeyFile(now, _entries[0].Keys, Rent(ref _keys, _end.Keys - _entries[0].Keys));
        SnapshotReader.CheckRead(reader, now, _ordinal);
    }

    public ref readonly IndexEntry Entry(int index) => ref _entries[index];

    public long StartOf(int index) => scale.At(_entries[index].PlaceBefore(_ordinal + index));

    /// <summary>A message's value, checked.</summary>
    public ReadOnlySpan<byte> Value(int index)
    {
        ref readonly var entry = ref _entries[index];
        var value = _data.AsSpan((int)(entry.Position - _entries[0].Position) + now.Framing.Before, entry.ValueLength);
        return entry.Crc == Crc32C.Compute(value)
            ? value : throw SnapshotReader.Damaged(now, _ordinal + index, $"its value, at byte {entry.Position}, is damaged");
    }

    /// <summary>A message's key record; empty where it has none.</summary>
    public ReadOnlySpan<byte> Keys(int index) => !_entries[index].HasKeys ? default : _keys.AsSpan(
        (int)(_entries[index].Keys - _entries[0].Keys), (int)(PlaceAfter(index).Keys - _entries[index].Keys));

    /// <summary>Tells the key file that has a message's record from another partition's.</summary>
    public uint KeyTag(int index) => _entries[index].HasKeys ? SnapshotReader.TagAt(now, _ordinal + index) : 0;

    public void Dispose()
    {
        ArrayPool<IndexEntry>.Shared.Return(_entries);
        Return(_data);
        Return(_keys);
    }

    private LogPlace PlaceAfter(int index) => index + 1 < Count
        ? _entries[index + 1].PlaceBefore(_ordinal + index + 1) : _end;

    private bool IsTooLarge(in IndexEntry entry) =>
        scale.LengthOf(entry) > MaxBytes || entry.ValueLength + (long)scale.Overhead > MaxBytes;

    /// <summary>Entries whose checksums are right can still be another message's, which would read beside the bytes.</summary>
    private void Check(int index)
    {
        ref readonly var entry = ref _entries[index];
        SnapshotReader.CheckEntry(now, entry, _ordinal + index);
        var after = PlaceAfter(index);
        if (after.Position != entry.Position + scale.Overhead + entry.ValueLength || after.Json != entry.Json + entry.JsonLength ||
            after.Keys < entry.Keys || (!entry.HasKeys && after.Keys != entry.Keys))
            throw SnapshotReader.Damaged(now, _ordinal + index, "its entry in the index does not fit the next one's");
    }

    /// <summary>The place after a message whose next one's entry is damaged.</summary>
    private LogPlace BeforeDamage(in IndexEntry entry, long ordinal) => entry.HasKeys
        ? throw SnapshotReader.Damaged(now, ordinal, "where its key ends, the index is damaged")
        : new LogPlace(ordinal + 1, entry.Offset + 1, entry.Position + scale.Overhead + entry.ValueLength, entry.Json + entry.JsonLength, entry.Keys);

    private static Span<byte> Rent(ref byte[] buffer, long length)
    {
        if (buffer.Length < length)
        {
            Return(buffer);
            buffer = [];
            buffer = ArrayPool<byte>.Shared.Rent(checked((int)length));
        }
        return buffer.AsSpan(0, (int)length);
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}
