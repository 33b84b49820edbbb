namespace StreamActors.Kafka;

/// <summary>Which messages of transactions are read.</summary>
public enum KafkaIsolation
{
    /// <summary>Only those of committed transactions, and those of none.</summary>
    ReadCommitted,

    /// <summary>All, those of aborted transactions too.</summary>
    ReadUncommitted,
}

/// <summary>How a cluster is spoken to.</summary>
public sealed record KafkaOptions
{
    /// <summary>The brokers to ask first: <c>host:port,host:port</c>.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>Properties of librdkafka as the user set them, by name; secrets are among them.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether a property is not the user's to set, because the volume depends on it.</summary>
    /// <param name="property">The property's name.</param>
    /// <returns>True where other settings stand for it, or none may.</returns>
    public static bool IsReserved(string property) => KafkaProperties.IsOwn(property);

    /// <summary>The longest message that is sent, key and headers too, in bytes.</summary>
    public int MaxMessageBytes => KafkaProperties.MaxMessageBytes(this);

    /// <summary>How long a request to the cluster may take.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>How long a message may be under way to the cluster, with all attempts, before its write fails.</summary>
    public required TimeSpan WriteDeadline { get; init; }

    /// <summary>Which messages of transactions are read.</summary>
    public required KafkaIsolation Isolation { get; init; }

    /// <summary>Messages that were fetched and not taken yet, in bytes; fetching pauses beyond.</summary>
    public required long FetchBufferBytes { get; init; }

    /// <summary>The most writes that are under way to the cluster at a time; further ones wait for a turn.</summary>
    public required int MaxWrites { get; init; }
}
