using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// The mirrors of a cluster's partitions: one of each from where the settings say, and more where somebody reads from an
/// offset that it does not have yet. Safe for several threads.
/// </summary>
internal sealed class MirrorTable(MirrorContext context, Action<TopicLife> ended)
{
    /// <summary>How often topics of which nothing comes are looked at for whether they were made anew.</summary>
    private static readonly TimeSpan s_confirmEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<Key, PartitionMirror> _mirrors = [];
    private readonly Dictionary<(TopicLife, int), MirrorSignal> _signals = [];
    private readonly Dictionary<TopicLife, ReadAhead> _ahead = [];
    private long _confirmedAt;

    /// <summary>Told of every change of any mirror of a partition.</summary>
    public MirrorSignal SignalOf(TopicLife topic, int partition)
    {
        lock (_gate)
        {
            if (!_signals.TryGetValue((topic, partition), out var signal))
                _signals[(topic, partition)] = signal = new MirrorSignal();
            return signal;
        }
    }

    /// <summary>The mirror of a partition; nothing is fetched or made by this.</summary>
    public PartitionMirror Find(TopicLife topic, int partition) => Find(new Key(topic, partition, null));

    /// <summary>Holds a mirror that has an offset, or will as soon as the cluster has; may block.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">The offset; null for where the settings say.</param>
    /// <returns>The mirror, which the caller releases; or why it can't be had.</returns>
    public Result<PartitionMirror> Hold(TopicLife topic, int partition, long? offset)
    {
        PartitionMirror mirror;
        if (offset is not { } from)
        {
            mirror = Find(topic, partition);
            AheadOf(topic)?.Opened(partition, topic.Partitions);
        }
        else if (FindCovering(topic, partition, from) is { } covering)
        {
            mirror = covering;
        }
        else
        {
            var marks = context.Client.FindWatermarks(topic.Name, partition);
            if (marks.Value is null)
                return marks.Failure!;
            // An offset that is yet to come is waited for at the end.
            mirror = Find(new Key(topic, partition, Math.Clamp(from, marks.Value.Low, marks.Value.High)));
        }
        if (mirror.Hold() is not { } failure)
            return mirror;
        if (mirror.IsLost)
            ended(topic);
        return failure;
    }

    /// <summary>Whether <see cref="HoldAtOnce"/> would hold the mirror that begins where the settings say.</summary>
    public bool HoldsAtOnce(TopicLife topic, int partition) => Find(topic, partition).HoldsAtOnce;

    /// <summary>Holds the mirror that begins where the settings say, and never blocks.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="question">See <see cref="PartitionMirror.HoldAtOnce"/>.</param>
    /// <returns>The mirror, which the caller releases; null where it is not held.</returns>
    public PartitionMirror? HoldAtOnce(TopicLife topic, int partition, out long question)
    {
        var mirror = Find(topic, partition);
        question = 0;
        if (mirror.HoldAtOnce() is not { } asked)
            return null;
        AheadOf(topic)?.Opened(partition, topic.Partitions);
        question = asked;
        return mirror;
    }

    /// <summary>A mirror that has an offset already; null where none has. The one that begins where the settings say comes first.</summary>
    public PartitionMirror? FindCovering(TopicLife topic, int partition, long offset)
    {
        var main = Find(topic, partition);
        if (main.Covers(offset))
            return main;
        lock (_gate)
            return _mirrors.FirstOrDefault(pair =>
                pair.Key.Topic == topic && pair.Key.Partition == partition && pair.Key.Start is not null && pair.Value.Covers(offset)).Value;
    }

    /// <summary>A topic is known to be gone, or to have been made anew.</summary>
    public void EndTopic(TopicLife topic) => ended(topic);

    /// <summary>
    /// Goes on where something failed, ends topics that are no longer what was mirrored, and forgets what nobody reads; may
    /// block.
    /// </summary>
    public void Tend()
    {
        KeyValuePair<Key, PartitionMirror>[] mirrors;
        lock (_gate)
            mirrors = [.. _mirrors];
        Confirm([.. mirrors.Where(pair => pair.Value.IsHeld).Select(pair => pair.Key.Topic.Identity).Distinct()]);
        foreach (var (key, mirror) in mirrors)
        {
            mirror.Tend();
            if (mirror.IsLost)
                ended(key.Topic);
        }
        foreach (var topic in mirrors.Select(pair => pair.Key.Topic).Where(topic => topic.IsEnded).Distinct())
            End(topic);
        Forget();
        Note(isLast: false);
    }

    /// <summary>Writes how far all have come, outside of the cache; may block.</summary>
    /// <param name="isLast">Whether this is the last time.</param>
    public void Note(bool isLast)
    {
        PartitionMirror[] mirrors;
        lock (_gate)
            mirrors = [.. _mirrors.Values];
        // Where they can't be written now, they are as old as they are; nobody waits for each.
        foreach (var mirror in mirrors)
            if (!mirror.Note(isLast))
                return;
    }

    private void Confirm(IReadOnlyCollection<TopicIdentity> read)
    {
        if (read.Count == 0 || (_confirmedAt != 0 && context.Clock.GetElapsedTime(_confirmedAt) < s_confirmEvery))
            return;
        _confirmedAt = context.Clock.GetTimestamp();
        context.Client.Confirm(read);
    }

    /// <summary>Forgets the mirrors of a topic that is gone, and what the cache has of it. Where the disk fails, the proof finds what is left.</summary>
    private void End(TopicLife topic)
    {
        lock (_gate)
        {
            foreach (var key in _mirrors.Keys.Where(key => key.Topic == topic).ToArray())
                _mirrors.Remove(key);
            foreach (var key in _signals.Keys.Where(key => key.Item1 == topic).ToArray())
                _signals.Remove(key);
            _ahead.Remove(topic);
            // A topic that was made again under the name has proven by itself what of the cache is its own.
            if (_mirrors.Keys.Any(key => key.Topic.Name == topic.Name))
                return;
            var prefix = MirrorNames.PrefixOf(topic.Name);
            context.Store.Forget(name => name.StartsWith(prefix, StringComparison.Ordinal));
        }
    }

    /// <summary>In a cluster other hosts may have the partitions that come next.</summary>
    private ReadAhead? AheadOf(TopicLife topic)
    {
        if (context.IsShared)
            return null;
        lock (_gate)
        {
            if (!_ahead.TryGetValue(topic, out var ahead))
                _ahead[topic] = ahead = new ReadAhead(context, partition => Find(topic, partition));
            return ahead;
        }
    }

    private PartitionMirror Find(Key key)
    {
        lock (_gate)
        {
            if (!_mirrors.TryGetValue(key, out var mirror))
            {
                _mirrors[key] = mirror = new PartitionMirror(context, key.Topic.Identity, key.Partition, key.Start);
                mirror.Changed += SignalOf(key.Topic, key.Partition).Raise;
            }
            return mirror;
        }
    }

    /// <summary>Mirrors from offsets of their own last while somebody reads: the next reader is likely to want another offset.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            foreach (var (key, mirror) in _mirrors.ToArray())
            {
                if (key.Start is not { } start || mirror.IsHeld)
                    continue;
                _mirrors.Remove(key);
                var name = MirrorNames.NameOf(key.Topic.Name, key.Partition, start);
                context.Store.Forget(each => each == name);
            }
        }
    }

    private readonly record struct Key(TopicLife Topic, int Partition, long? Start);
}

/// <summary>Tells of changes.</summary>
internal sealed class MirrorSignal
{
    /// <summary>Called on any thread; it does not block.</summary>
    public event Action? Raised;

    /// <summary>Something changed.</summary>
    public void Raise() => Raised?.Invoke();
}
