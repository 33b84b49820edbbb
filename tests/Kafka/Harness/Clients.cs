using Microsoft.Extensions.Logging;
using StreamActors.Logs;
using StreamActors.Sources;

namespace StreamActors.Kafka.Tests;

/// <summary>Clients of a cluster, as tests want them.</summary>
internal static class Clients
{
    /// <summary>How long requests may take where the cluster is to answer.</summary>
    public static readonly TimeSpan Patient = TimeSpan.FromSeconds(30);

    public static KafkaOptions OptionsFor(string servers, params (string Name, string Value)[] properties) => new()
    {
        BootstrapServers = servers,
        Properties = properties.ToDictionary(property => property.Name, property => property.Value),
        Deadline = Patient,
        WriteDeadline = Patient,
        Isolation = KafkaIsolation.ReadCommitted,
        FetchBufferBytes = 8 << 20,
        MaxWrites = 16,
    };

    public static KafkaClient Open(KafkaOptions options, ILogger? logger = null)
    {
        var client = KafkaClient.Create(options, logger ?? new Lines(), TimeProvider.System);
        Assert.Null(client.Failure);
        return client.Value!;
    }

    public static KafkaClient Open(string servers, params (string Name, string Value)[] properties) => Open(OptionsFor(servers, properties));

    public static LogMessage Message(string? value, string? key = null, long time = 1_700_000_000_000, params MessageHeader[] headers) =>
        new(Bytes(value), time, MessageClock.Writer, Bytes(key), headers.Length == 0 ? null : headers);

    public static ReadOnlyMemory<byte>? Bytes(string? text) => text is null ? default(ReadOnlyMemory<byte>?) : System.Text.Encoding.UTF8.GetBytes(text);

    public static Task<ProduceOutcome> ProduceAsync(this KafkaProducer producer, string topic, int partition, IEnumerable<LogMessage> messages)
    {
        var batch = new MessageBatch();
        foreach (var message in messages)
            batch.Add(message.Value, message.Key, message.Headers, message.Timestamp);
        return producer.ProduceAsync(topic, partition, batch);
    }

    public static Result<Fetching> Fetch(this KafkaClient client, string topic, int partition, long offset, IFetchSink sink) =>
        client.Fetch(new TopicIdentity(topic), partition, offset, sink);

    public static Collector Fetch(this KafkaClient client, string topic, int partition, long offset, out Fetching fetching)
    {
        var collector = new Collector();
        var started = client.Fetch(new TopicIdentity(topic), partition, offset, collector);
        Assert.Null(started.Failure);
        fetching = started.Value!;
        return collector;
    }

    public static Collector Fetch(this KafkaClient client, string topic, int partition = 0, long offset = 0) =>
        client.Fetch(topic, partition, offset, out _);
}
