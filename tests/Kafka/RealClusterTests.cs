using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>What the mock can't do, on the cluster that <c>KAFKA_BOOTSTRAP_SERVERS</c> names.</summary>
public sealed class RealClusterTests
{
    private static readonly string? s_servers = Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP_SERVERS");

    [Fact]
    public async Task Topic_MadeGrownReadAndDeleted()
    {
        using var client = OpenReal(out var topic);
        Assert.Null(client.Admin.CreateTopic(topic, new TopicDefaults(1, -1, new Dictionary<string, string> { ["retention.ms"] = "3600000" })));
        try
        {
            var first = client.Admin.FindIncarnation(topic).Value!.Value;
            Assert.Null(client.Admin.AddPartitions(topic, 3));
            Assert.Equal(3, client.FindTopic(topic).Value!.Partitions);
            await client.Producer.ProduceAsync(topic, 2, [Message("a"), Message("b")]);
            var messages = client.Fetch(topic, 2);
            messages.WaitForEnd(2);
            Assert.Equal(["a", "b"], messages.Values);

            Assert.Null(client.Admin.DeleteTopic(topic));
            Assert.True(SpinWait.SpinUntil(() => client.FindTopic(topic).Failure?.Fault == Fault.NotFound, Patient));
            Assert.True(SpinWait.SpinUntil(() => client.Admin.CreateTopic(topic, new TopicDefaults(1, -1, new Dictionary<string, string>())) is null, Patient));
            Assert.NotEqual(first, client.Admin.FindIncarnation(topic).Value!.Value);
        }
        finally
        {
            client.Admin.DeleteTopic(topic);
        }
    }

    [Fact]
    public async Task Time_IsLookedUpByTheBroker()
    {
        using var client = OpenReal(out var topic);
        Assert.Null(client.Admin.CreateTopic(topic, new TopicDefaults(1, -1, new Dictionary<string, string>())));
        try
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            await client.Producer.ProduceAsync(topic, 0, [Message("a", null, now - 2000), Message("b", null, now - 1000)]);

            Assert.Null(client.FindOffset(topic, 0, DateTimeOffset.FromUnixTimeMilliseconds(now - 1500), out var offset));
            Assert.Equal(1, offset);
            Assert.Null(client.FindOffset(topic, 0, DateTimeOffset.FromUnixTimeMilliseconds(now), out var none));
            Assert.Null(none);
        }
        finally
        {
            client.Admin.DeleteTopic(topic);
        }
    }

    private static KafkaClient OpenReal(out string topic)
    {
        if (s_servers is null)
            Assert.Skip("KAFKA_BOOTSTRAP_SERVERS names no cluster");
        topic = $"streamactors-test-{Guid.NewGuid():N}";
        return Open(s_servers);
    }
}
