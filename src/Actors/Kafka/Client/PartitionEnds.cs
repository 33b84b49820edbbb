using Confluent.Kafka;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// Asks how far partitions go, of many with one question: what somebody wants to know while one is under way goes into the next.
/// So an answer is never older than the wish. Safe for several threads.
/// </summary>
internal sealed class PartitionEnds(KafkaAdmin admin)
{
    private readonly Lock _gate = new();
    private Dictionary<TopicPartition, TaskCompletionSource<Result<Watermark>>> _wanted = [];
    private bool _isAsking;

    /// <summary>Finds the offset before which a partition's messages may be read. Never blocks, and the task does not fail.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>The offset; null where its leader does not tell; or why nobody can be asked.</returns>
    public Task<Result<Watermark>> FindAsync(string topic, int partition)
    {
        Task<Result<Watermark>> answer;
        lock (_gate)
        {
            // Everyone who asks has a handle of a partition, and these are bounded.
            var key = new TopicPartition(topic, partition);
            if (!_wanted.TryGetValue(key, out var told))
                _wanted[key] = told = new TaskCompletionSource<Result<Watermark>>(TaskCreationOptions.RunContinuationsAsynchronously);
            answer = told.Task;
            if (_isAsking)
                return answer;
            _isAsking = true;
        }
        _ = AskAsync();
        return answer;
    }

    private async Task AskAsync()
    {
        while (TakeWanted() is { } asked)
        {
            var found = await FindAsync(asked.Keys).ConfigureAwait(false);
            foreach (var (partition, told) in asked)
                told.SetResult(found.Value is { } ends
                    ? new Watermark(ends.TryGetValue(partition, out var end) ? end : null) : found.Failure!);
        }
    }

    /// <summary>Whoever asks gets an answer, whatever the library throws.</summary>
    private async Task<Result<IReadOnlyDictionary<TopicPartition, long>>> FindAsync(IReadOnlyCollection<TopicPartition> partitions)
    {
        try
        {
            return await admin.FindEndsAsync(partitions).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            return new Failure(Fault.InputOutput, $"the ends of partitions can't be told: {cause.Message}", cause);
        }
    }

    private Dictionary<TopicPartition, TaskCompletionSource<Result<Watermark>>>? TakeWanted()
    {
        lock (_gate)
        {
            var wanted = _wanted;
            _isAsking = wanted.Count > 0;
            _wanted = [];
            return _isAsking ? wanted : null;
        }
    }
}

/// <summary>How far a partition goes.</summary>
/// <param name="High">The offset before which its messages may be read; null where that was not told.</param>
public sealed record Watermark(long? High);
