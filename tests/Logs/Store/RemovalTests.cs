using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.TestKit;

namespace StreamActors.Logs.Tests;

/// <summary>What becomes of partitions that have lost their names.</summary>
public sealed class RemovalTests
{
    private readonly SimulatedDisk _disk = new(1);
    private readonly VirtualTime _time = new();

    [Fact]
    public async Task RemoveLater_DiskFull_IsTriedAgain()
    {
        await using var store = LogStore.Open(
            _disk, Workload.Root, Workload.Options with { OwnsNames = true, CheckpointInterval = TimeSpan.FromSeconds(5) }, _time,
            NullLogger.Instance, _ => new InlineWorker()).Value;
        var stream = (await store.ChangeNamesAsync(names => names.CreateStream("films", Framing.Lines))).Value;
        var topic = (await store.ChangeNamesAsync(names => names.CreateTopic(stream.Id, "comedy", 100))).Value;
        foreach (var id in topic.Partitions)
            Assert.Null((await store.AppendAsync(id, FaultTests.Lines("a"))).Fault);
        var nameless = (await store.ChangeNamesAsync(names => names.ForgetTopic(topic.Id))).Value;
        var removed = new List<IncarnationId>();
        _disk.Fault = (call, path) =>
        {
            if (call == DiskCall.Write && path.EndsWith(".journal", StringComparison.Ordinal))
                throw new LogIOException(LogError.NoSpace, $"write {path}");
        };
        store.RemoveLater(nameless, removed.Add);
        Assert.Empty(removed);
        _disk.Fault = null;
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(topic.Partitions, removed);
        Assert.Empty((await store.ListAsync()).Value);
    }
}
