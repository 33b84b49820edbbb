using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>How topics are made.</summary>
/// <param name="Partitions">How many partitions they have; −1: as the cluster is set.</param>
/// <param name="Replication">How many brokers have each; −1: as the cluster is set.</param>
/// <param name="Config">Properties of the topic, by name.</param>
public sealed record TopicDefaults(int Partitions, short Replication, IReadOnlyDictionary<string, string> Config);

/// <summary>Makes topics, deletes them, and reads and moves what groups have committed. Safe for several threads.</summary>
public sealed class KafkaAdmin
{
    /// <summary>The most names of topics that an error tells.</summary>
    private const int MaxNames = 10;

    private readonly IAdminClient _admin;
    private readonly KafkaOptions _options;
    private readonly KafkaSecrets _secrets;
    private readonly BrokerAccess _access;

    internal KafkaAdmin(IAdminClient admin, KafkaOptions options, KafkaSecrets secrets, BrokerAccess access) =>
        (_admin, _options, _secrets, _access) = (admin, options, secrets, access);

    /// <summary>Makes a topic.</summary>
    /// <param name="topic">Its name.</param>
    /// <param name="defaults">How it is made.</param>
    /// <returns>Null, or why not.</returns>
    public Failure? CreateTopic(string topic, TopicDefaults defaults) => Run($"topic {topic} can't be made", () => OnController(() =>
        _admin.CreateTopicsAsync(
            [new TopicSpecification
            {
                Name = topic,
                NumPartitions = defaults.Partitions,
                ReplicationFactor = defaults.Replication,
                Configs = defaults.Config.ToDictionary(),
            }],
            new CreateTopicsOptions { RequestTimeout = _options.Deadline, OperationTimeout = _options.Deadline })));

    /// <summary>Deletes topics.</summary>
    /// <param name="topics">Their names; at least one.</param>
    /// <param name="deleted">Those that were.</param>
    /// <returns>Null, or why not all.</returns>
    public Failure? DeleteTopics(IReadOnlyCollection<string> topics, out IReadOnlyCollection<string> deleted)
    {
        var left = topics;
        var failure = Run($"topics can't be deleted ({string.Join(", ", topics.Take(MaxNames))})", async () =>
        {
            try
            {
                await OnController(() => _admin.DeleteTopicsAsync(
                    topics, new DeleteTopicsOptions { RequestTimeout = _options.Deadline, OperationTimeout = _options.Deadline })).ConfigureAwait(false);
                left = [];
            }
            catch (DeleteTopicsException some)
            {
                left = [.. some.Results.Where(result => result.Error.IsError).Select(result => result.Topic)];
                throw;
            }
        });
        deleted = [.. topics.Except(left, StringComparer.Ordinal)];
        return failure;
    }

    /// <summary>Adds partitions to a topic.</summary>
    /// <param name="topic">Its name.</param>
    /// <param name="total">How many it has then.</param>
    /// <returns>Null, or why not.</returns>
    public Failure? AddPartitions(string topic, int total) => Run($"partitions can't be added to topic {topic}", () => OnController(() =>
        _admin.CreatePartitionsAsync(
            [new PartitionsSpecification { Topic = topic, IncreaseTo = total }],
            new CreatePartitionsOptions { RequestTimeout = _options.Deadline, OperationTimeout = _options.Deadline })));

    /// <summary>Which incarnations topics are.</summary>
    /// <param name="topics">Their names; at least one.</param>
    /// <param name="deadline">How long the cluster has to answer.</param>
    /// <returns>
    /// The ids by name, or why they can't be told. A topic that is made again under the same name has another; one that is gone
    /// has an empty one. Where the cluster gives none, there are none.
    /// </returns>
    public async Task<Result<IReadOnlyDictionary<string, string>>> FindIncarnationsAsync(IReadOnlyCollection<string> topics, TimeSpan deadline)
    {
        IReadOnlyList<TopicDescription> found = [];
        var failure = await RunAsync("topics can't be described", async () =>
        {
            try
            {
                var described = await _admin.DescribeTopicsAsync(
                    TopicCollection.OfTopicNames(topics), new DescribeTopicsOptions { RequestTimeout = deadline }).ConfigureAwait(false);
                found = described.TopicDescriptions;
            }
            catch (DescribeTopicsException some)
            {
                found = some.Results.TopicDescriptions;
            }
        }).ConfigureAwait(false);
        return failure is not null ? failure : new Result<IReadOnlyDictionary<string, string>>(found
            .Where(topic => topic.Error.Code == ErrorCode.UnknownTopicOrPart || HasIncarnation(topic))
            .ToDictionary(topic => topic.Name, topic => topic.Error.IsError ? "" : topic.TopicId.ToString()));
    }

    /// <summary>How far partitions go, asked of their leaders now.</summary>
    /// <param name="partitions">The partitions; at least one.</param>
    /// <returns>The offsets before which messages may be read, of those whose leaders tell; or why nobody can be asked.</returns>
    public async Task<Result<IReadOnlyDictionary<TopicPartition, long>>> FindEndsAsync(IReadOnlyCollection<TopicPartition> partitions)
    {
        IReadOnlyList<ListOffsetsResultInfo> found = [];
        var failure = await RunAsync("the ends of partitions can't be told", async () =>
        {
            try
            {
                var listed = await _admin.ListOffsetsAsync(
                    partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() }),
                    new ListOffsetsOptions
                    {
                        RequestTimeout = _options.Deadline,
                        IsolationLevel = _options.Isolation == KafkaIsolation.ReadCommitted ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
                    }).ConfigureAwait(false);
                found = listed.ResultInfos;
            }
            catch (ListOffsetsException some)
            {
                found = some.Result.ResultInfos;
            }
        }).ConfigureAwait(false);
        return failure is not null ? failure : new Result<IReadOnlyDictionary<TopicPartition, long>>(found
            .Select(info => info.TopicPartitionOffsetError)
            .Where(told => !told.Error.IsError && told.Offset.Value >= 0)
            .ToDictionary(told => told.TopicPartition, told => told.Offset.Value));
    }

    /// <summary>What a group has committed in a partition.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">The next offset that it wants; null where it has committed none.</param>
    /// <returns>Null, or why it can't be told.</returns>
    public Failure? FindCommitted(string group, string topic, int partition, out long? offset)
    {
        long? result = null;
        var failure = Run($"group {group} can't be read", async () =>
        {
            var found = await _admin.ListConsumerGroupOffsetsAsync(
                [new ConsumerGroupTopicPartitions(group, [new TopicPartition(topic, partition)])],
                new ListConsumerGroupOffsetsOptions { RequestTimeout = _options.Deadline }).ConfigureAwait(false);
            var at = found[0].Partitions[0];
            if (at.Error.IsError)
                throw new KafkaException(at.Error);
            result = at.Offset.Value < 0 ? null : at.Offset.Value;
        });
        offset = result;
        return failure;
    }

    /// <summary>Whether a group has committed anything in a topic.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partitions">How many partitions the topic has.</param>
    /// <param name="has">Whether it has.</param>
    /// <returns>Null, or why it can't be told.</returns>
    public Failure? HasCommitted(string group, string topic, int partitions, out bool has)
    {
        var result = false;
        var failure = Run($"group {group} can't be read", async () =>
        {
            var asked = Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition)).ToList();
            var found = await _admin.ListConsumerGroupOffsetsAsync(
                [new ConsumerGroupTopicPartitions(group, asked)],
                new ListConsumerGroupOffsetsOptions { RequestTimeout = _options.Deadline }).ConfigureAwait(false);
            result = found[0].Partitions.Any(partition => partition.Offset.Value >= 0);
        });
        has = result;
        return failure;
    }

    /// <summary>Commits an offset for a group without joining it.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">The next offset that it wants.</param>
    /// <returns>Null, or why not: <see cref="Fault.Busy"/> while it has members.</returns>
    public Task<Failure?> CommitAsync(string group, string topic, int partition, long offset) => RunAsync($"group {group} can't be moved", async () =>
    {
        var done = await _admin.AlterConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitionOffsets(group, [new TopicPartitionOffset(topic, partition, offset)])],
            new AlterConsumerGroupOffsetsOptions { RequestTimeout = _options.Deadline }).ConfigureAwait(false);
        if (done[0].Partitions[0].Error is { IsError: true } error)
            throw new KafkaException(error);
    });

    /// <summary><see cref="CommitAsync"/>, waited for.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">The next offset that it wants.</param>
    /// <returns>Null, or why not.</returns>
    public Failure? Commit(string group, string topic, int partition, long offset) =>
        CommitAsync(group, topic, partition, offset).GetAwaiter().GetResult();

    /// <summary>Forgets what a group has committed in a partition.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>Null, or why not; a group that is not there is no failure.</returns>
    public Failure? Forget(string group, string topic, int partition) => Run($"group {group} can't be forgotten", async () =>
    {
        try
        {
            await _admin.DeleteConsumerGroupOffsetsAsync(
                group, [new TopicPartition(topic, partition)],
                new DeleteConsumerGroupOffsetsOptions { RequestTimeout = _options.Deadline }).ConfigureAwait(false);
        }
        catch (KafkaException gone) when (ErrorOf(gone)?.Code == ErrorCode.GroupIdNotFound)
        {
            // It has nothing to forget.
        }
    });

    /// <summary>The groups of the cluster that may be seen.</summary>
    /// <returns>Their names, in order; or why they can't be told. None where the cluster does not list groups.</returns>
    public Result<IReadOnlyList<string>> ListGroups()
    {
        // Not by the newer ListConsumerGroups, which corrupts memory where a broker does not know the request.
        var failure = Find("the groups can't be listed", () => _admin.ListGroups(_options.Deadline), out var found);
        return failure is not null ? failure : new Result<IReadOnlyList<string>>([.. found.Select(group => group.Group).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Whether a group has members that read now.</summary>
    /// <param name="group">The group.</param>
    /// <returns>Null where it has none, or the cluster can't tell; else <see cref="Fault.Busy"/>, or why the cluster did not answer.</returns>
    public Failure? CheckIdle(string group)
    {
        var failure = Find(
            $"group {group} can't be described", () => _admin.ListGroup(group, _options.Deadline) is { } info ? [info] : [], out var found);
        var members = found.Sum(info => info.Members.Count);
        return failure ?? (members == 0 ? null : new Failure(Fault.Busy, $"group {group} has {members} members that read now"));
    }

    private static bool HasIncarnation(TopicDescription topic) => topic is { Error.IsError: false, TopicId: { } id } &&
        (id.MostSignificantBits | id.LeastSignificantBits) != 0;

    /// <summary>Asks about groups. A broker that does not tell of them refuses the commit itself where there are members.</summary>
    private Failure? Find(string doing, Func<List<GroupInfo>> ask, out List<GroupInfo> found)
    {
        List<GroupInfo> result = [];
        var failure = Run(doing, () =>
        {
            try
            {
                result = ask();
            }
            catch (KafkaException refused) when (refused.Error.Code is ErrorCode.Local_UnsupportedFeature or ErrorCode.GroupIdNotFound)
            {
                // There is nothing to be found.
            }
            return Task.CompletedTask;
        });
        found = result;
        return failure;
    }

    /// <summary>Asks the controller; where it has moved since the brokers last told, the one that they tell now.</summary>
    private async Task OnController(Func<Task> ask)
    {
        try
        {
            await ask().ConfigureAwait(false);
        }
        catch (KafkaException refused) when (ErrorOf(refused)?.Code == ErrorCode.NotController)
        {
            _admin.GetMetadata(_options.Deadline);
            await ask().ConfigureAwait(false);
        }
    }

    /// <summary>Waits for an answer. The library ends each within its request timeout, so this does not wait forever.</summary>
    private Failure? Run(string doing, Func<Task> ask) => RunAsync(doing, ask).GetAwaiter().GetResult();

    private async Task<Failure?> RunAsync(string doing, Func<Task> ask)
    {
        try
        {
            await ask().ConfigureAwait(false);
            _access.Granted();
            return null;
        }
        catch (Exception refused) when (ErrorOf(refused) is { } error)
        {
            return _access.Explain(BrokerErrors.FailureOf(doing, error, _secrets));
        }
        catch (ObjectDisposedException)
        {
            return new Failure(Fault.Crashed, $"{doing}: the volume was closed");
        }
    }

    /// <summary>The error behind an exception of the library; those of several answers have it in the first that failed.</summary>
    private static Error? ErrorOf(Exception refused) => refused switch
    {
        CreateTopicsException create => create.Results.Select(result => result.Error).FirstOrDefault(error => error.IsError) ?? create.Error,
        DeleteTopicsException delete => delete.Results.Select(result => result.Error).FirstOrDefault(error => error.IsError) ?? delete.Error,
        CreatePartitionsException create => create.Results.Select(result => result.Error).FirstOrDefault(error => error.IsError) ?? create.Error,
        DeleteConsumerGroupOffsetsException delete => delete.Result.Error is { IsError: true } error
            ? error : delete.Result.Partitions.Select(result => result.Error).FirstOrDefault(error => error.IsError) ?? delete.Error,
        ListConsumerGroupOffsetsException list => list.Results.Select(result => result.Error).FirstOrDefault(error => error.IsError)
            ?? list.Results.SelectMany(result => result.Partitions).Select(result => result.Error).FirstOrDefault(error => error.IsError) ?? list.Error,
        AlterConsumerGroupOffsetsException alter => alter.Results.Select(result => result.Error).FirstOrDefault(error => error.IsError)
            ?? alter.Results.SelectMany(result => result.Partitions).Select(result => result.Error).FirstOrDefault(error => error.IsError) ?? alter.Error,
        KafkaException kafka => kafka.Error,
        _ => null,
    };
}
