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
