using System.Globalization;

namespace StreamActors.Kafka;

/// <summary>The properties that librdkafka is given: the user's, and those that the volume depends on.</summary>
internal static class KafkaProperties
{
    /// <summary>The group that is named where the client wants one. It is never joined, and nothing is committed to it.</summary>
    private const string DefaultGroup = "streamactors";

    /// <summary>The longest pause before a broker that was lost is tried again, in milliseconds; it bounds how late a mount comes back.</summary>
    private const string ReconnectMaxMilliseconds = "1000";

    /// <summary>How long a broker waits for messages of partitions that should have some; who comes next waits as long, at most.</summary>
    private const string CatchUpMilliseconds = "2";

    /// <summary>How long a broker waits at the ends of partitions. One that comes to its end waits as long, at most, until it is waited for.</summary>
    private const string TailMilliseconds = "100";

    // What the volume promises depends on these, so they are not the user's.
    private static readonly HashSet<string> s_own = new(StringComparer.Ordinal)
    {
        "acks", "auto.offset.reset", "bootstrap.servers", "enable.auto.commit", "enable.auto.offset.store", "enable.gapless.guarantee",
        "enable.idempotence", "enable.partition.eof", "group.instance.id", "group.protocol", "isolation.level", "max.in.flight",
        "max.in.flight.requests.per.connection", "message.send.max.retries", "message.timeout.ms", "metadata.broker.list",
        "partition.assignment.strategy", "partitioner", "queued.max.messages.kbytes", "request.required.acks", "retries",
        "test.mock.num.brokers", "transactional.id",
    };

    // Only one of the two kinds of client knows these; the other would warn that it does not use them.
    private static readonly string[] s_consumerPrefixes = ["check.crcs", "fetch.", "group.", "heartbeat.", "max.poll.", "queued.", "session."];

    private static readonly string[] s_producerPrefixes =
        ["batch.", "compression.", "linger.", "queue.buffering.", "request.timeout.ms", "retry.backoff.", "sticky."];

    /// <summary>Whether a property is set by other settings, or not to be changed.</summary>
    public static bool IsOwn(string name) => s_own.Contains(name) || name.StartsWith("dotnet.", StringComparison.Ordinal);

    /// <summary>The longest message that is sent, in bytes.</summary>
    public static int MaxMessageBytes(KafkaOptions options)
    {
        const int Default = 1_000_000;
        return options.Properties.TryGetValue("message.max.bytes", out var text) &&
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : Default;
    }

    /// <summary>The properties of the client that reads, and asks.</summary>
    /// <param name="options">The user's.</param>
    /// <param name="pace">How it fetches.</param>
    public static Dictionary<string, string> OfConsumer(KafkaOptions options, FetchPace pace)
    {
        var properties = Common(options, s_producerPrefixes);
        properties.TryAdd("group.id", DefaultGroup);
        properties["enable.auto.commit"] = "false";
        properties["enable.auto.offset.store"] = "false";
        properties["enable.partition.eof"] = "true";
        properties["auto.offset.reset"] = "error";
        properties["isolation.level"] = options.Isolation == KafkaIsolation.ReadCommitted ? "read_committed" : "read_uncommitted";
        properties["queued.max.messages.kbytes"] = Number(Math.Max(1, options.FetchBufferBytes >> 10));
        if (pace == FetchPace.CatchUp)
            properties["fetch.wait.max.ms"] = CatchUpMilliseconds;
        else
            properties.TryAdd("fetch.wait.max.ms", TailMilliseconds);
        // The defaults wait up to a second where the buffer was full, or a leader has just changed.
        properties.TryAdd("fetch.queue.backoff.ms", "10");
        properties.TryAdd("fetch.error.backoff.ms", "100");
        return properties;
    }

    /// <summary>The properties of the client that writes.</summary>
    public static Dictionary<string, string> OfProducer(KafkaOptions options)
    {
        var properties = Common(options, s_consumerPrefixes);
        properties["enable.idempotence"] = "true";
        properties["acks"] = "all";
        properties["message.timeout.ms"] = Number((long)options.WriteDeadline.TotalMilliseconds);
        // A writer waits for the answer: once all that it wrote is handed over nothing lingers (KafkaProducer). Until then
        // what makes a request of its own is sent, so that the rest is handed over meanwhile.
        if (!SetsLinger(options))
            properties.TryAdd("linger.ms", "5");
        properties.TryAdd("batch.num.messages", "2500");
        return properties;
    }

    /// <summary>Whether the user says how long messages wait for others.</summary>
    public static bool SetsLinger(KafkaOptions options) =>
        options.Properties.ContainsKey("linger.ms") || options.Properties.ContainsKey("queue.buffering.max.ms");

    private static Dictionary<string, string> Common(KafkaOptions options, string[] without)
    {
        var properties = options.Properties
            .Where(property => !without.Any(prefix => property.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(StringComparer.Ordinal);
        properties["bootstrap.servers"] = options.BootstrapServers;
        properties.TryAdd("client.id", "streamactors");
        // Whoever waits for an answer must not wait for the acknowledgement of a packet before it.
        properties.TryAdd("socket.nagle.disable", "true");
        if (!properties.ContainsKey("reconnect.backoff.ms"))
            properties.TryAdd("reconnect.backoff.max.ms", ReconnectMaxMilliseconds);
        return properties;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
