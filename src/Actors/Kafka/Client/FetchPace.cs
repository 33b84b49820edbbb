namespace StreamActors.Kafka;

/// <summary>How a partition is fetched. A consumer has one request under way to each broker, and who is new to it waits for its answer.</summary>
public enum FetchPace
{
    /// <summary>It has messages that are not here yet: brokers answer at once, and whatever is wanted next does not wait for them.</summary>
    CatchUp,

    /// <summary>Everything is here, and brokers hold their answer back until there is more.</summary>
    Tail,
}
