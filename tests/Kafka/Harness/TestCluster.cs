using StreamActors.Kafka.Tests.Front;

namespace StreamActors.Kafka.Tests;

/// <summary>The cluster that <c>KAFKA_BOOTSTRAP_SERVERS</c> names, or a front of the mock. What was made of topics is deleted at the end.</summary>
internal sealed class TestCluster : IDisposable
{
    private static readonly string? s_real = Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP_SERVERS");

    private readonly List<string> _names = [];

    /// <summary>The front; null where the cluster is a real one.</summary>
    public ClusterFront? Front { get; } = s_real is null ? new ClusterFront() : null;

    public string Servers => s_real ?? Front!.BootstrapServers;

    /// <summary>A name that no topic and no group has.</summary>
    public string NewName()
    {
        var name = $"streamactors-test-{Guid.NewGuid():N}";
        _names.Add(name);
        return name;
    }

    /// <summary>Makes a topic.</summary>
    public string NewTopic(int partitions = 1)
    {
        var name = NewName();
        using var client = Clients.Open(Servers);
        Assert.Null(client.Admin.CreateTopic(name, new TopicDefaults(partitions, -1, new Dictionary<string, string>())));
        Assert.True(SpinWait.SpinUntil(() => client.FindTopic(name).Value?.Partitions == partitions, Clients.Patient));
        return name;
    }

    public void Dispose()
    {
        if (Front is null)
        {
            using var client = Clients.Open(Servers);
            client.Admin.DeleteTopics(_names, out _);
        }
        Front?.Dispose();
    }
}
