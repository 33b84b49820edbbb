using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>A simulated stream; its topics are those that were in the file, without those that were deleted since.</summary>
internal sealed class SimulatedStream(
    SimulatedSource source, StreamLife life, IReadOnlyList<TopicEntry> topics, DateTimeOffset createdAt, Framing framing) : ISourceStream
{
    private Shown _shown = new([], []);

    public bool IsEnded => life.Lifetime.IsEnded;

    public DateTimeOffset CreatedAt => createdAt;

    public Framing Framing => framing;

    public IReadOnlyList<TopicEntry> Topics => Now.Topics;

    private Shown Now
    {
        get
        {
            var numbers = life.Numbers;
            var shown = Volatile.Read(ref _shown);
            if (ReferenceEquals(shown.Numbers, numbers))
                return shown;
            var alive = numbers.ToHashSet();
            shown = new Shown(numbers, [.. topics.Where(topic => alive.Contains(SimulatedIds.NumberOf(topic.Id)))]);
            Volatile.Write(ref _shown, shown);
            return shown;
        }
    }

    public TopicEntry? Find(EntityName name) => Now.ByName.GetValueOrDefault(name);

    public Task<Result<TopicEntry>> CreateTopic(EntityName name) => ReadOnlyAnswers.Refused<TopicEntry>("a simulated stream");

    public Task<Failure?> RenameTopic(TopicId topic, StreamId target, EntityName name) => ReadOnlyAnswers.Refused("a simulated stream");

    public Task<Failure?> SetFraming(Framing framing) => ReadOnlyAnswers.Refused("the framing of a simulated stream");

    public Task<Failure?> DeleteTopic(TopicId topic) => Task.FromResult(source.DeleteTopic(topic));

    public Task<Failure?> Delete() => Task.FromResult(source.DeleteStream(life.Id));

    public void Dispose() => source.GiveBack(life.Id);

    private sealed class Shown
    {
        public Shown(IReadOnlyList<int> numbers, IReadOnlyList<TopicEntry> topics)
        {
            (Numbers, Topics) = (numbers, topics);
            foreach (var topic in topics)
                ByName[topic.Name] = topic;
        }

        public IReadOnlyList<int> Numbers { get; }

        public IReadOnlyList<TopicEntry> Topics { get; }

        public Dictionary<EntityName, TopicEntry> ByName { get; } = [];
    }
}

/// <summary>A simulated topic, as it can be asked.</summary>
internal sealed class SimulatedTopicSource(Lifetime lifetime, PartitionId partition) : ISourceTopic
{
    public bool IsEnded => lifetime.IsEnded;

    public IReadOnlyList<PartitionId> Partitions { get; } = [partition];

    public Task<Result<TopicReply.Found>> AddPartition(int index) => ReadOnlyAnswers.Refused<TopicReply.Found>("a simulated topic");

    public Task<Failure?> Sync() => Task.FromResult<Failure?>(null);

    public Task<Result<IPartitionReader>> OpenMerged(ViewKind kind, StartPlace? start, Action changed) =>
        ReadOnlyAnswers.NotFound<IPartitionReader>("merged view of a simulated topic");

    public Task<Result<TopicReply.Cursors>> ListCursors() => Task.FromResult<Result<TopicReply.Cursors>>(new TopicReply.Cursors([]));
}
