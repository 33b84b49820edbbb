namespace StreamActors.Kafka;

/// <summary>
/// Sees that topics are still those that somebody began to read. A cluster goes on answering fetches under a name that
/// another topic has by now, and the library does not tell; but what was fetched before the cluster told the same id once
/// more was the same topic's. Safe for several threads.
/// </summary>
internal sealed class TopicIdentities(KafkaAdmin admin, TimeProvider clock)
{
    /// <summary>The cluster is not asked more often for long; what is fetched meanwhile waits, and shares an answer.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>For so long it may be asked more often: some fifty questions one after the other.</summary>
    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(500);

    /// <summary>So old an answer will do for one who opens.</summary>
    private static readonly TimeSpan s_recent = TimeSpan.FromSeconds(1);

    /// <summary>How long the cluster's controller has to answer. Without it no topic is made anew, so nobody waits longer.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(1);

    /// <summary>How long it is left alone after it did not answer.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long _askedAt;
    private long? _unansweredAt;

    // An interval for each question, less the time since; as of the last one.
    private TimeSpan _debt;

    /// <summary>How long until the cluster may be asked again.</summary>
    public TimeSpan UntilNext
    {
        get
        {
            lock (_gate)
            {
                // A controller that does not answer holds nobody up: until it is asked again nothing is.
                var left = _debt - clock.GetElapsedTime(_askedAt) - s_burst;
                return left > TimeSpan.Zero && !IsLeftAlone ? left : TimeSpan.Zero;
            }
        }
    }

    private bool IsLeftAlone => _unansweredAt is { } at && clock.GetElapsedTime(at) < s_pause;

    /// <summary>Asks about topics now; afterwards <see cref="TopicIdentity.IsOver"/> is as of then.</summary>
    /// <param name="topics">The topics.</param>
    public async Task ConfirmAsync(IReadOnlyCollection<TopicIdentity> topics)
    {
        lock (_gate)
        {
            if (topics.Count == 0 || IsLeftAlone)
                return;
            var left = _debt - clock.GetElapsedTime(_askedAt);
            // Who writes asks whenever it writes: what is fetched must not wait for more than its own interval because of that.
            left = left < s_burst ? left : s_burst;
            _debt = (left > TimeSpan.Zero ? left : TimeSpan.Zero) + Interval;
            _askedAt = clock.GetTimestamp();
        }
        var askedAt = clock.GetTimestamp();
        var found = await admin.FindIncarnationsAsync([.. topics.Select(topic => topic.Name).Distinct(StringComparer.Ordinal)], s_deadline).ConfigureAwait(false);
        if (found.Value is not { } ids)
        {
            lock (_gate)
                _unansweredAt = clock.GetTimestamp();
            return;
        }
        foreach (var topic in topics)
            if (ids.TryGetValue(topic.Name, out var id))
                topic.Note(id, askedAt);
    }

    /// <summary><see cref="ConfirmAsync"/>, waited for.</summary>
    /// <param name="topics">The topics.</param>
    public void Confirm(IReadOnlyCollection<TopicIdentity> topics) => ConfirmAsync(topics).GetAwaiter().GetResult();

    /// <summary><see cref="Confirm"/> where the last answer is not recent. May block.</summary>
    /// <param name="topic">The topic.</param>
    public void ConfirmRecent(TopicIdentity topic)
    {
        if (!IsRecent(topic))
            Confirm([topic]);
    }

    /// <summary>Whether the last answer about a topic will do for one who opens.</summary>
    /// <param name="topic">The topic.</param>
    public bool IsRecent(TopicIdentity topic) => IsWithin(topic, s_recent);

    /// <summary><see cref="ConfirmAsync"/>; those who want it at the same time share an answer.</summary>
    /// <param name="topic">The topic.</param>
    public Task ConfirmFreshAsync(TopicIdentity topic) => IsWithin(topic, Interval) ? Task.CompletedTask : ConfirmAsync([topic]);

    private bool IsWithin(TopicIdentity topic, TimeSpan age) => topic.ConfirmedAt is { } at && clock.GetElapsedTime(at) < age;
}
