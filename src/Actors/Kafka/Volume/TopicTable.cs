using System.Collections.Immutable;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// The topics of a cluster, as it last told them. Listings are asked for when what is known is too old, a name that is not
/// known at once. One asks at a time; those who wait for it get its answer. Safe for several threads.
/// </summary>
internal sealed class TopicTable(KafkaClient client, KafkaVolumeOptions options, TimeProvider clock)
{
    /// <summary>
    /// A cluster that did not answer is not asked again so soon: else each of many callers would wait for the deadline,
    /// one after the other.
    /// </summary>
    private static readonly TimeSpan s_failureAge = TimeSpan.FromSeconds(1);

    private readonly Lock _asking = new();
    private ImmutableSortedDictionary<string, TopicLife> _topics = ImmutableSortedDictionary.Create<string, TopicLife>(StringComparer.Ordinal);
    private long _version;
    private long _lastNumber;
    private bool _wasListed;
    private long _listedAt;
    private Failure? _failure;
    private long _failedAt;

    /// <summary>The ids of what is in it.</summary>
    public KafkaIds Ids { get; } = new(options.IdPrefix);

    /// <summary>Rises with every change.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Whether what is known is too old to be told. Never blocks.</summary>
    public bool IsOutdated => !Volatile.Read(ref _wasListed) || clock.GetElapsedTime(Volatile.Read(ref _listedAt)) >= options.MetadataAge;

    /// <summary>All topics by name, as they were last told.</summary>
    public ImmutableSortedDictionary<string, TopicLife> Topics => Volatile.Read(ref _topics);

    /// <summary>Makes sure that what is known is not too old; may block.</summary>
    /// <returns>Null, or why the cluster did not tell.</returns>
    public Failure? Refresh()
    {
        lock (_asking)
        {
            return IsOutdated ? RecentFailure() ?? List() : null;
        }
    }

    /// <summary>A topic by its name; one that is not known is asked for; may block.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The topic, or why there is none.</returns>
    public Result<TopicLife> Find(string name)
    {
        return Topics.TryGetValue(name, out var known) && !IsOutdated && !known.Identity.IsOver ? known : Ask(name);
    }

    /// <summary>Asks the cluster for a topic now; may block.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The topic, or why there is none.</returns>
    public Result<TopicLife> Ask(string name)
    {
        lock (_asking)
        {
            if (RecentFailure() is { } failure)
                return failure;
            var found = client.FindTopic(name);
            if (found.Value is { } view)
                return Note(view);
            if (found.Failure!.Fault == Fault.NotFound)
                Forget(name);
            return Failed(found.Failure);
        }
    }

    /// <summary>A topic by its number; never blocks.</summary>
    /// <param name="number">The number.</param>
    /// <returns>The topic, or null where it is gone.</returns>
    public TopicLife? Find(long number) => Topics.Values.FirstOrDefault(topic => topic.Number == number);

    /// <summary>A topic was given more partitions.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partitions">How many it has.</param>
    public void Grow(TopicLife topic, int partitions)
    {
        if (topic.Grow(partitions))
            Interlocked.Increment(ref _version);
    }

    /// <summary>A topic is known to be gone, or to have been made anew.</summary>
    /// <param name="topic">The topic.</param>
    public void End(TopicLife topic)
    {
        lock (_asking)
        {
            if (Topics.TryGetValue(topic.Name, out var known) && known == topic)
                Forget(topic.Name);
            _wasListed = false;
        }
        topic.End();
    }

    private Failure? RecentFailure() => _failure is { } failure && clock.GetElapsedTime(_failedAt) < s_failureAge ? failure : null;

    private Failure Failed(Failure failure)
    {
        if (failure.Fault == Fault.TimedOut || client.IsRefused)
            (_failure, _failedAt) = (failure, clock.GetTimestamp());
        return failure;
    }

    private Failure? List()
    {
        var listed = client.ListTopics();
        if (listed.Value is not { } view)
            return Failed(listed.Failure!);
        foreach (var name in Topics.Keys.Where(name => !view.Topics.ContainsKey(name)).ToArray())
            Forget(name);
        foreach (var topic in view.Topics.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal))
            Note(topic);
        _failure = null;
        Volatile.Write(ref _listedAt, clock.GetTimestamp());
        Volatile.Write(ref _wasListed, true);
        return null;
    }

    private TopicLife Note(TopicView view)
    {
        _failure = null;
        if (_topics.TryGetValue(view.Name, out var known) && !known.Identity.IsOver && (view.Partitions >= known.Partitions || view.Partitions == 0))
        {
            Grow(known, view.Partitions);
            return known;
        }
        // No topic ever loses partitions, so one that has fewer is another.
        Forget(view.Name);
        var life = new TopicLife(++_lastNumber, view.Name, view.Partitions, clock.GetUtcNow());
        Change(_topics.Add(view.Name, life));
        return life;
    }

    private void Forget(string name)
    {
        if (!_topics.TryGetValue(name, out var life))
            return;
        Change(_topics.Remove(name));
        life.End();
    }

    private void Change(ImmutableSortedDictionary<string, TopicLife> topics)
    {
        Volatile.Write(ref _topics, topics);
        Interlocked.Increment(ref _version);
    }
}
