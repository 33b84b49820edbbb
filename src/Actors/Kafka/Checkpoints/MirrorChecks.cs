using System.Numerics;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// Checkpoints of a mirror: written as its log grows, and compared where the log is fetched again that the cache has lost. What
/// lies before a checkpoint is shown once it was found to be what it was. Safe for several threads.
/// </summary>
/// <param name="store">Where they stand; null where nothing is kept of this mirror.</param>
/// <param name="topic">The topic's name.</param>
/// <param name="partition">The partition.</param>
/// <param name="clock">What time it is.</param>
/// <param name="minSpacing">So many bytes of messages and index lie between two checkpoints at least.</param>
internal sealed class MirrorChecks(ICheckpoints? store, string topic, int partition, TimeProvider clock, long minSpacing = MirrorChecks.MinSpacing)
{
    /// <summary>How far apart checkpoints are at least, where nothing else is said.</summary>
    public const long MinSpacing = 1 << 20;

    /// <summary>What a message counts beside its bytes, so that empty ones count, too.</summary>
    private const long EntryBytes = IndexEntry.Size;

    private const int EntriesAtOnce = 512;

    /// <summary>So many messages are looked at in one step, at most.</summary>
    private const int MaxEntriesPerStep = 1 << 20;

    /// <summary>While it grows they are written so often at most.</summary>
    private static readonly TimeSpan s_saveEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<MirrorCheckpoint> _places = [];
    private IndexEntry[]? _run;
    private int _generation;
    private int _next;
    private long _spacing;
    private long _from;
    private MirrorCheckpoint _at;
    private MirrorCheckpoint _saved;
    private long _savedAt;
    private bool _isRefuted;
    private volatile State _state = new(default, default, false);

    /// <summary>The last checkpoint of an earlier run; the beginning where there is none.</summary>
    public MirrorCheckpoint Recorded => _state.Recorded;

    /// <summary>Up to where a log is known to be what it was, and the last checkpoint; null where it has come to that.</summary>
    public (MirrorCheckpoint Verified, MirrorCheckpoint Recorded)? Pending => _state is { IsPending: true } state ? (state.Verified, state.Recorded) : null;

    /// <summary>Whether checkpoints have not been come to.</summary>
    public bool IsPending => _state.IsPending;

    /// <summary>Whether another host is known to have come further in this generation. Never blocks where hosts share them.</summary>
    public bool IsOvertaken
    {
        get
        {
            if (store?.Known(topic, partition) is not { Places: [.., var last] } known)
                return false;
            lock (_gate)
                return known.Generation == _generation && last.Ordinal > Math.Max(_at.Ordinal, _saved.Ordinal);
        }
    }

    /// <summary>Learns the checkpoints of a generation; may block.</summary>
    /// <param name="generation">Its number.</param>
    /// <returns>Null, or why they can't be told.</returns>
    public Failure? Load(int generation)
    {
        if (store is null)
            return null;
        var loaded = store.Load(topic, partition);
        if (loaded.Value is { } list)
            Load(list, generation);
        return loaded.Failure;
    }

    /// <summary>Learns them as far as they are known here, for what is told of a partition that nobody has read since the start.</summary>
    /// <param name="generation">The generation's number.</param>
    public void LoadKnown(int generation)
    {
        if (store is not null)
            Load(store.Known(topic, partition), generation);
    }

    /// <summary>The last checkpoint at or before a byte of a view; null where that is the beginning.</summary>
    public MirrorCheckpoint? Before(ViewKind kind, long position)
    {
        lock (_gate)
        {
            var place = _places.FindLast(place => place.At(kind) <= position);
            return place.Ordinal > 0 ? place : null;
        }
    }

    /// <summary>A generation begins that nothing is known of.</summary>
    public void Reset(int generation)
    {
        lock (_gate)
        {
            Clear(generation);
            Publish();
        }
    }

    /// <summary>A log begins at a boundary, and has nothing yet.</summary>
    public void Begin(MirrorCheckpoint at)
    {
        lock (_gate)
        {
            _isRefuted = false;
            (_at, _from) = (at, at.Ordinal);
            _next = _places.FindIndex(place => place.Ordinal > at.Ordinal) is var next and >= 0 ? next : _places.Count;
            Publish(at);
        }
    }

    /// <summary>Whether a log of an earlier run has its messages where the checkpoints say; then it goes on behind the last of them that it has.</summary>
    /// <param name="reader">The log.</param>
    /// <param name="from">Where it begins.</param>
    public bool Matches(PartitionReader reader, MirrorCheckpoint from)
    {
        if (store is null)
            return true;
        lock (_gate)
        {
            var end = reader.Now.Count + from.Ordinal;
            var last = _places.FindLast(place => place.Ordinal <= end && place.Ordinal > from.Ordinal);
            if (last.Ordinal == 0)
                last = from;
            else if (PlaceOf(reader, from, last.Ordinal) is not { } place || (place with { Crc = last.Crc }) != last)
                return false;
            Begin(last);
            _from = from.Ordinal;
            return true;
        }
    }

    /// <summary>Goes on to where the log ends, or as far as it gets in a step.</summary>
    /// <param name="reader">The log.</param>
    /// <param name="from">Where it begins.</param>
    /// <param name="isDone">Whether it came to the end.</param>
    /// <returns>What is not as it was, and why the log can't be read; each null where nothing is.</returns>
    public (string? Why, LogFault? Broken) Advance(PartitionReader reader, MirrorCheckpoint from, out bool isDone)
    {
        isDone = true;
        if (store is null)
            return default;
        lock (_gate)
        {
            // Another log has taken this one's place meanwhile.
            if (_from != from.Ordinal)
                return default;
            var now = reader.Now;
            for (var left = MaxEntriesPerStep; left > 0 && !_isRefuted;)
            {
                var ordinal = _at.Ordinal - from.Ordinal + now.Begin.Ordinal;
                var end = IsPending ? Math.Min(now.End.Ordinal, _places[_next].Ordinal - from.Ordinal + now.Begin.Ordinal) : now.End.Ordinal;
                var count = (int)Math.Min(EntriesAtOnce, end - ordinal);
                _run ??= new IndexEntry[EntriesAtOnce];
                if (count <= 0)
                    return default;
                var read = reader.Entries(ordinal, _run.AsSpan(0, count));
                if (read is not { Succeeded: true, Value: > 0 and var got })
                    return (null, read.Fault);
                got = IsPending ? got : CountToNext(_run.AsSpan(0, got), now, from);
                Take(_run.AsSpan(0, got), now, from);
                left -= got;
                if (IsPending && Compare() is { } why)
                {
                    _isRefuted = true;
                    return (why, null);
                }
            }
            isDone = _at.Ordinal >= now.End.Ordinal - now.Begin.Ordinal + from.Ordinal;
            // Room that is only needed now and then.
            if (isDone)
                _run = null;
            return default;
        }
    }

    /// <summary>The cluster has nothing more.</summary>
    /// <returns>Null, or what is missing.</returns>
    public string? ReachedEnd()
    {
        lock (_gate)
        {
            if (!IsPending || _isRefuted)
                return null;
            _isRefuted = true;
            return $"it ends before offset {_places[_next].Offset}";
        }
    }

    /// <summary>Writes the checkpoints where they are worth it; may block.</summary>
    /// <param name="isLast">Whether nobody reads any more.</param>
    /// <returns>Null, or why not.</returns>
    public Failure? Save(bool isLast)
    {
        CheckpointList list;
        lock (_gate)
        {
            // What is not compared yet stays as it stands.
            if (store is null || IsPending || _isRefuted || _at.Ordinal <= _saved.Ordinal ||
                (!isLast && _savedAt != 0 && clock.GetElapsedTime(_savedAt) < s_saveEvery))
                return null;
            (_saved, _savedAt) = (_at, clock.GetTimestamp());
            list = new CheckpointList(_generation, _places.Count > 0 && _places[^1].Ordinal == _at.Ordinal ? [.. _places] : [.. _places, _at]);
        }
        return store.Save(topic, partition, list);
    }

    private void Load(CheckpointList list, int generation)
    {
        lock (_gate)
        {
            Clear(generation);
            if (list.Generation == generation)
                _places.AddRange(list.Places);
            if (_places.Count > 0)
                _saved = _places[^1];
            Publish();
        }
    }

    /// <summary>How many messages there are to where a checkpoint is due, at most all.</summary>
    private int CountToNext(ReadOnlySpan<IndexEntry> entries, PartitionSnapshot now, MirrorCheckpoint from)
    {
        var due = LastKept + Spacing;
        for (var count = 1; count < entries.Length; count++)
            if (entries[count].Position - now.Begin.Position + from.Position + ((_at.Ordinal + count) * EntryBytes) >= due)
                return count;
        return entries.Length;
    }

    private void Take(ReadOnlySpan<IndexEntry> entries, PartitionSnapshot now, MirrorCheckpoint from)
    {
        var crc = _at.Crc;
        foreach (ref readonly var entry in entries)
        {
            crc = BitOperations.Crc32C(crc, (ulong)entry.Offset);
            crc = BitOperations.Crc32C(crc, ((ulong)entry.Timestamp << 1) | (entry.Clock == MessageClock.Log ? 1UL : 0));
            crc = BitOperations.Crc32C(crc, ((ulong)(uint)entry.Length << 32) | (uint)entry.JsonLength);
            crc = BitOperations.Crc32C(crc, entry.Crc);
        }
        _at = After(entries[^1], _at.Ordinal + entries.Length, now, from) with { Crc = crc };
        if (!IsPending && MeasureOf(_at) - LastKept >= Spacing)
            Keep();
    }

    /// <summary>Compares, where a checkpoint was come to.</summary>
    private string? Compare()
    {
        var place = _places[_next];
        if (_at.Ordinal < place.Ordinal)
            return _at.Offset >= place.Offset ? $"messages before offset {place.Offset} are gone" : null;
        if (_at != place)
            return $"what lies before offset {place.Offset} is not what it was";
        _next++;
        Publish(_at);
        return null;
    }

    private void Keep()
    {
        _places.Add(_at);
        _next = _places.Count;
        if (_places.Count <= store!.MaxPlaces)
            return;
        // Some are closer than others: those where an earlier run has ended.
        _spacing = Spacing * 2;
        var kept = new List<MirrorCheckpoint>();
        foreach (var place in _places)
            if (MeasureOf(place) - MeasureOf(kept.LastOrDefault()) >= _spacing)
                kept.Add(place);
        _places.Clear();
        _places.AddRange(kept);
        _next = _places.Count;
    }

    private void Clear(int generation)
    {
        _places.Clear();
        (_generation, _next, _spacing, _isRefuted) = (generation, 0, 0, false);
        (_at, _saved) = (default, default);
    }

    private void Publish(MirrorCheckpoint verified = default) =>
        _state = new State(verified, _next < _places.Count ? _places[^1] : default, _next < _places.Count);

    private long Spacing => Math.Max(minSpacing, _spacing);

    private long LastKept => MeasureOf(_places.LastOrDefault());

    private static long MeasureOf(in MirrorCheckpoint place) => place.Position + (place.Ordinal * EntryBytes);

    private static MirrorCheckpoint? PlaceOf(PartitionReader reader, MirrorCheckpoint from, long ordinal)
    {
        var now = reader.Now;
        var entry = reader.Entry(ordinal - 1 - from.Ordinal + now.Begin.Ordinal);
        return entry.Succeeded ? After(entry.Value, ordinal, now, from) : null;
    }

    /// <summary>The boundary behind a message, but for its checksum.</summary>
    private static MirrorCheckpoint After(in IndexEntry last, long ordinal, PartitionSnapshot now, in MirrorCheckpoint from) => new(
        ordinal,
        last.Offset + 1,
        last.Position + now.Framing.Overhead + last.ValueLength - now.Begin.Position + from.Position,
        last.Json + last.JsonLength - now.Begin.Json + from.Json,
        0);

    private sealed record State(MirrorCheckpoint Verified, MirrorCheckpoint Recorded, bool IsPending);
}
