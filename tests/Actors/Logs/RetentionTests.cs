using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>What is more than a partition may keep goes, and is another generation.</summary>
public sealed class RetentionByBytesTests()
    : LogVolumeTestBase(change: options => Keeping(options, new RetentionPolicy(null, 4, StepBytes: 1)))
{
    [Fact]
    public void Retention_ByBytes_RemovesTheHeadAndBeginsAGeneration()
    {
        var partition = MakePartition();
        Append(partition, "1", "2", "3");
        var old = Assert.IsType<PartitionReply.Found>(Ask(new PartitionRequest.FindView(partition, ViewKind.Default, null))).View;
        var (_, reader) = Open(partition);
        Assert.Null(reader.BackingFile);

        Simulation!.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("2\n3\n", Cat(partition));
        Assert.Equal(Fault.Stale, FaultOf(Ask(new PartitionRequest.Stat(partition, old))));
        Assert.Equal(Fault.Stale, FaultOf(Ask(new PartitionRequest.Open(partition, NewHandle(), old))));
        // Who has it open stays on the old one, which goes on growing.
        Append(partition, "4");
        Assert.Equal((Fault.Removed, 0), (reader.Read(0, new byte[2], out var count), count));
        Assert.Equal("2\n3\n4\n", TextOf(reader, 2));
        reader.Dispose();
    }

    [Fact]
    public async Task Lists_AfterRetention_TellTheGenerationsAlsoAfterARestart()
    {
        var stream = MakeStream("films");
        var topic = MakeTopic(stream, "comedy");
        var partitions = PartitionsOf(topic);
        Append(partitions[1], "1", "2", "3");
        Assert.Equal([0, 0], GenerationsOf(topic));
        Simulation!.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([0, 1], GenerationsOf(topic));
        Assert.Equal(1, Assert.IsType<PartitionReply.Found>(Ask(new PartitionRequest.FindView(partitions[1], ViewKind.Default, null))).View.Generation);

        await using var system = new Another(Simulation);
        await StartAgainAsync(system.Sys);
        Assert.Equal([0, 1], GenerationsOf(topic));
    }

    private IEnumerable<int> GenerationsOf(TopicId topic)
    {
        var reply = Assert.IsType<TopicReply.Partitions>(Ask(new TopicRequest.ListPartitions(topic)));
        return Enumerable.Range(0, reply.Ids.Count).Select(reply.GenerationOf);
    }

    [Fact]
    public void View_WhoseBeginningRetentionRemoved_IsFoundAnew()
    {
        var partition = MakePartition();
        Append(partition, "1", "2", "3");
        var old = Assert.IsType<PartitionReply.Found>(Ask(new PartitionRequest.FindView(partition, ViewKind.Default, new StartPlace.Offset(0)))).View;
        var kept = Assert.IsType<PartitionReply.Found>(Ask(new PartitionRequest.FindView(partition, ViewKind.Default, new StartPlace.Offset(2)))).View;

        Simulation!.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(Fault.Stale, FaultOf(Ask(new PartitionRequest.Stat(partition, old))));
        Assert.Equal(2, Assert.IsType<PartitionReply.Stated>(Ask(new PartitionRequest.Stat(partition, kept))).Value.Size);
        Assert.Equal("2\n3\n", Cat(partition, start: new StartPlace.Offset(0)));
        Assert.Equal(kept, Assert.IsType<PartitionReply.Found>(Ask(new PartitionRequest.FindView(partition, ViewKind.Default, new StartPlace.Offset(2)))).View);
    }
}

/// <summary>The generation of a topic's only partition is told by its stream.</summary>
public sealed class RetentionOfOnePartitionTests()
    : LogVolumeTestBase(change: options => Keeping(options, new RetentionPolicy(null, 4, StepBytes: 1)) with { Partitions = 1 })
{
    [Fact]
    public void Topics_AfterRetention_TellTheGenerationOfTheirPartition()
    {
        var stream = MakeStream("films");
        var partition = PartitionsOf(MakeTopic(stream, "comedy"))[0];
        MakeTopic(stream, "drama");
        Append(partition, "1", "2", "3");
        Assert.Equal([0, 0], Generations());
        Simulation!.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([1, 0], Generations());

        IEnumerable<int> Generations() =>
            Assert.IsType<StreamReply.Topics>(Ask(new StreamRequest.ListTopics(stream))).Entries.Select(entry => entry.OnlyGeneration);
    }
}

/// <summary>What is too old goes.</summary>
public sealed class RetentionByAgeTests()
    : LogVolumeTestBase(change: options => Keeping(options, new RetentionPolicy(TimeSpan.FromMinutes(10), null, StepBytes: 1)))
{
    [Fact]
    public void Retention_ByAge_RemovesWhatBecameTooOldThoughNobodyWrites()
    {
        var partition = MakePartition();
        Append(partition, "1");
        Simulation!.Advance(TimeSpan.FromMinutes(5));
        Append(partition, "2");
        Simulation.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal("1\n2\n", Cat(partition));

        Simulation.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("2\n", Cat(partition));
        Simulation.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("", Cat(partition));
        Assert.Equal(2, Append(partition, "3"));
    }
}
