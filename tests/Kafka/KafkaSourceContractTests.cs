using StreamActors.Kafka.Tests.Front;
using StreamActors.Messages.Tests;
using StreamActors.Sources;

namespace StreamActors.Kafka.Tests;

/// <summary>A cluster is a source, once it was read: what was not read yet has no size.</summary>
public sealed class KafkaSourceContractTests : SourceContract, IAsyncLifetime
{
    private readonly ClusterFront _cluster = new ClusterFront().With("films.a").With("films.b");
    private readonly SourceBench _bench;
    private StreamId? _stream;

    public KafkaSourceContractTests() =>
        _bench = new SourceBench(_cluster.BootstrapServers, options => options with { Separator = ".", AllowDelete = true });

    protected override IStreamSource Source => _bench.Source;

    protected override StreamId Stream => _stream!.Value;

    protected override bool IsReadAfterDelete => false;

    public async ValueTask InitializeAsync()
    {
        await Kcat.Produce(_cluster.BootstrapServers, "films.a", "1\n2\n");
        await Kcat.Produce(_cluster.BootstrapServers, "films.b", "x\n");
        await _bench.Streams();
        _stream = _bench.Source.Find(new EntityName("films"))!.Id;
        foreach (var topic in new[] { "a", "b" })
        {
            using var partition = await _bench.Partition(topic, 0, "films");
            using var reader = await SourceBench.Open(partition);
            reader.ReadToEnd();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _cluster.Dispose();
    }
}
