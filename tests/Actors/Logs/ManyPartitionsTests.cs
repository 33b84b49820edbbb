using StreamActors.Messages;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>Ten thousand partitions in one topic: idle ones hold no file, and come back by the next message.</summary>
public sealed class ManyPartitionsTests() : LogVolumeTestBase(change: options => options with { Partitions = Count })
{
    private const int Count = 10_000;

    [Fact]
    public void Partitions_TenThousandIdleOnes_ArePassivatedAndComeBack()
    {
        var partitions = PartitionsOf(MakeTopic(MakeStream("films"), "comedy"));
        Assert.Equal(Count, partitions.Count);
        Assert.InRange(Disk.OpenFiles, 0, 3 * LogOptions.MaxActive + 50);
        foreach (var partition in partitions)
            Send(new PartitionRequest.Append(partition, Batch("a")));
        Simulation!.RunUntilIdle();

        Simulation.Advance(TimeSpan.FromMinutes(5));
        Assert.InRange(Disk.OpenFiles, 0, 100);

        var appends = partitions.Select(partition => Send(new PartitionRequest.Append(partition, Batch("b")))).ToArray();
        Simulation.RunUntilIdle();
        // Three each, of those that the log has active and of those that are held for their entities.
        Assert.InRange(Disk.OpenFiles, 1000, 3 * (LogOptions.MaxActive + 300));
        Assert.All(appends, append => Assert.Equal(new PartitionReply.Appended(1), append.Result));
        Assert.Equal("a\nb\n", Cat(partitions[Count / 2]));
    }
}
