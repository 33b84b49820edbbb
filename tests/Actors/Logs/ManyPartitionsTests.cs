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
        Assert.InRange(Disk.OpenFiles, 0, 50);
        Assert.DoesNotContain(Disk.Files, file => file.Contains("/partitions/", StringComparison.Ordinal));
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

/// <summary>What becomes of many partitions whose topic is deleted.</summary>
public sealed class ManyDeletedPartitionsTests() : LogVolumeTestBase(change: options => options with { Partitions = Count })
{
    private const int Count = 500;

    [Fact]
    public async Task Delete_OfHundreds_IsAnsweredBeforeTheirFilesAreGone()
    {
        var stream = MakeStream("films");
        var topic = MakeTopic(stream, "comedy");
        var partitions = PartitionsOf(topic);
        await Simulation!.Complete(Task.WhenAll(partitions.Select(partition => Send(new PartitionRequest.Append(partition, Batch("a"))))));
        var (handle, reader) = Open(partitions[^1]);
        using var opened = reader;
        var waited = Send(new PartitionRequest.Wait(partitions[^1], handle, NewWaiter(), reader.End));

        var deleted = Send(new StreamRequest.DeleteTopic(stream, topic));
        var left = deleted.ContinueWith(
            _ => Disk.Files.Count(file => file.EndsWith(".data", StringComparison.Ordinal)), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Assert.InRange(await Simulation.Complete(left), Count / 2, Count);
        Assert.IsType<StreamReply.Done>(await deleted);
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new StreamRequest.FindTopic(stream, Name("comedy")))));

        Simulation.Advance(TimeSpan.FromMinutes(5));
        Assert.IsType<PartitionReply.Grown>(await waited);
        Assert.True(reader.IsEnded);
        Assert.Equal("a\n", TextOf(reader));
        Assert.DoesNotContain(Disk.Files, file => file.Contains("/partitions/", StringComparison.Ordinal));
    }
}
