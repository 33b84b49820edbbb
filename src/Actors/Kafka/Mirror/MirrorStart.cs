using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>Where a partition begins that the cache knows nothing of.</summary>
internal sealed class MirrorStart(KafkaClient client, TimeProvider clock, string topic, int partition, StartPlace? place)
{
    /// <summary>Whether it begins with the oldest message that the cluster keeps.</summary>
    public bool IsOldest => place is null;

    /// <summary>Finds it; may block.</summary>
    /// <param name="marks">From where to where the partition has messages.</param>
    /// <param name="start">The offset.</param>
    /// <returns>Null, or why it can't be told.</returns>
    public Failure? Find(Watermarks marks, out long start)
    {
        start = marks.Low;
        switch (place)
        {
            case StartPlace.Offset offset:
                start = Math.Max(offset.Value, marks.Low);
                return null;
            case StartPlace.Last last:
                start = Math.Max(marks.Low, marks.High - last.Count);
                return null;
            case StartPlace.Time time:
                return Find(time.Value, marks, out start);
            case StartPlace.Age age:
                return Find(clock.GetUtcNow() - age.Value, marks, out start);
            default:
                return null;
        }
    }

    private Failure? Find(DateTimeOffset time, Watermarks marks, out long start)
    {
        var failure = client.FindOffset(topic, partition, time, out var offset);
        start = offset ?? marks.High;
        return failure;
    }
}
