using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <summary>
/// Keeps the messages of all logs of the cache within a number of bytes. Those go first whose log was not read for longest;
/// what is being read right now stays, so that the bound can be exceeded by a window for each partition that somebody reads.
/// Indexes do not count: they stay. Safe for several threads; what makes room blocks.
/// </summary>
internal sealed class CacheBudget(LogStore store, long maxBytes)
{
    /// <summary>How much of the bound is made room for at once.</summary>
    private const int StepPart = 16;

    private const long MinWindowBytes = 64 << 10;
    private const long MaxWindowBytes = 8 << 20;

    private readonly Lock _gate = new();
    private readonly Lock _evicting = new();
    private readonly Dictionary<IncarnationId, CachedLog> _logs = [];
    private readonly BlockChecksums _checked = new();
    private long _bytes;
    private long _reads;

    /// <summary>How many bytes after the place of a reader stay, and are fetched again at once, where they were evicted.</summary>
    public long WindowBytes => Math.Clamp(maxBytes / 8, MinWindowBytes, MaxWindowBytes);

    /// <summary>How many bytes there are.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Begins to count a log.</summary>
    /// <param name="id">The log.</param>
    /// <param name="now">What it has.</param>
    public CachedLog Track(IncarnationId id, PartitionSnapshot now)
    {
        lock (_gate)
        {
            if (_logs.TryGetValue(id, out var known))
                return known;
            var log = new CachedLog(id, _checked) { End = now.End };
            _logs.Add(id, log);
            AddKnown(log, now.PresentBytes);
            return log;
        }
    }

    /// <summary>Whether a log is counted.</summary>
    public bool Knows(IncarnationId id)
    {
        lock (_gate)
            return _logs.ContainsKey(id);
    }

    /// <summary>A log is gone.</summary>
    public void Forget(IncarnationId id)
    {
        lock (_gate)
            if (_logs.TryGetValue(id, out var log))
            {
                AddKnown(log, -log.Bytes);
                _logs.Remove(id);
            }
    }

    /// <summary>Takes note of a read.</summary>
    /// <param name="log">Of which log.</param>
    /// <param name="place">Where, position of the default view from the log's first byte ever; null where that is not known.</param>
    public void NoteRead(CachedLog log, long? place) => log.NoteRead(Interlocked.Increment(ref _reads), place);

    /// <summary>Takes note of bytes that came, and makes room where there are too many.</summary>
    public void Grew(CachedLog log, long bytes)
    {
        Add(log, bytes);
        Keep();
    }

    /// <summary>Evicts what there is too much of.</summary>
    public void Keep()
    {
        if (Bytes <= maxBytes)
            return;
        lock (_evicting)
            if (Bytes - maxBytes is > 0 and var over)
                Evict(over + (maxBytes / StepPart));
    }

    /// <summary>Evicts because the disk has no room.</summary>
    /// <param name="bytes">How many bytes are needed.</param>
    /// <returns>Whether something was evicted.</returns>
    public bool MakeRoom(long bytes)
    {
        // The journal holds what the files have, too.
        MirrorStore.Wait(store.CheckpointAsync());
        lock (_evicting)
            return Evict(bytes + (maxBytes / StepPart)) > 0;
    }

    /// <summary>Evicts a message that is damaged, so that it is fetched again.</summary>
    /// <param name="log">Its log.</param>
    /// <param name="ordinal">The message.</param>
    public void Drop(CachedLog log, long ordinal)
    {
        lock (_evicting)
            if (MirrorStore.Wait(store.EvictAsync(log.Id, ordinal, ordinal + 1)) is { Succeeded: true } evicted)
                Add(log, -evicted.Value);
    }

    private long Evict(long wanted)
    {
        CachedLog[] logs;
        lock (_gate)
            logs = [.. _logs.Values.Where(log => log.Bytes > 0).OrderBy(log => log.LastRead).ThenBy(log => log.Id)];
        long freed = 0;
        foreach (var log in logs)
        {
            if (freed >= wanted)
                break;
            freed += Evict(log, wanted - freed);
        }
        return freed;
    }

    private long Evict(CachedLog log, long wanted)
    {
        var opened = MirrorStore.Wait(store.OpenReaderAsync(log.Id));
        if (!opened.Succeeded)
            return 0;
        long freed = 0;
        using (var reader = opened.Value)
        {
            while (freed < wanted && TryChoose(reader, log, wanted - freed) is { } run)
            {
                var evicted = MirrorStore.Wait(store.EvictAsync(log.Id, run.From, run.To));
                if (!evicted.Succeeded || evicted.Value == 0)
                    break;
                Add(log, -evicted.Value);
                freed += evicted.Value;
            }
        }
        return freed;
    }

    private (long From, long To)? TryChoose(PartitionReader reader, CachedLog log, long wanted)
    {
        try
        {
            return EvictionChoice.Choose(reader, log.Place, WindowBytes, wanted);
        }
        catch (LogIOException)
        {
            // A log whose index can't be read is found by those who read it.
            return null;
        }
    }

    private void Add(CachedLog log, long bytes)
    {
        lock (_gate)
            if (_logs.GetValueOrDefault(log.Id) == log)
                AddKnown(log, bytes);
    }

    private void AddKnown(CachedLog log, long bytes)
    {
        log.Add(bytes);
        Interlocked.Add(ref _bytes, bytes);
    }
}
