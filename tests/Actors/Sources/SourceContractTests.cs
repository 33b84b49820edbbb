using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;
using StreamActors.Logs.Tests;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Messages.Tests;
using StreamActors.Sources;
using StreamActors.Sources.Log;
using StreamActors.Sources.Simulated;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Sources;

/// <summary>Simulated streams are a source.</summary>
public sealed class SimulatedSourceContractTests : SourceContract
{
    private readonly SimulatedSource _source;

    public SimulatedSourceContractTests()
    {
        var options = new SimulatedOptions { MaxBytes = 1000, CacheBytes = 1000, Interval = null, Separator = "\n"u8.ToArray() };
        _source = new SimulatedSource(options, new VirtualTime(), NullLogger.Instance);
        var file = new FakeFile("x.dir", """[{"topic":"a","messages":["1","2"]},{"topic":"b","messages":["x"]}]""");
        Stream = Assert.IsType<CatalogReply.Stream>(_source.Resolve(file).Value).Id;
    }

    protected override IStreamSource Source => _source;

    protected override StreamId Stream { get; }
}

/// <summary>Log directories are a source.</summary>
public sealed class LogSourceContractTests : SourceContract, IAsyncDisposable
{
    private readonly LogStore _store;
    private readonly LogSource _source;

    public LogSourceContractTests()
    {
        var options = new LogOptions { NewDirectoryId = default, Holder = "a test", OwnsNames = true };
        var time = new VirtualTime();
        _store = LogStore.Open(new SimulatedDisk(1), "/log", options, time, NullLogger.Instance, _ => new InlineWorker()).Value;
        _source = new LogSource(_store, new LogSourceOptions { Partitions = 1 }, time, TaskScheduler.Default);
        Stream = _source.CreateStream(new EntityName("films")).Now().Value!.Id;
        Make("a", "1", "2");
        Make("b", "x");
    }

    protected override IStreamSource Source => _source;

    protected override StreamId Stream { get; }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private void Make(string topic, params string[] values)
    {
        using var stream = _source.OpenStream(Stream).Now().Value!;
        using var partition = _source.OpenPartition(stream.CreateTopic(new EntityName(topic)).Now().Value!.Only!.Value).Now().Value!;
        var batch = new MessageBatch();
        foreach (var value in values)
            batch.Add(System.Text.Encoding.UTF8.GetBytes(value));
        Assert.NotNull(partition.Append(batch).Now().Value);
    }
}
