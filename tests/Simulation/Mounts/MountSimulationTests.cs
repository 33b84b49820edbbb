namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>Several mounts of one tree, with faults from a seed.</summary>
public sealed class MountSimulationTests
{
    private const int SeedsOfABatch = 40;

    public static TheoryData<int> Batches => [.. Enumerable.Range(0, 10)];

    [Theory]
    [MemberData(nameof(Batches))]
    public void Mounts_FaultsFromASeed_KeepTheirPromises(int batch) => Seeds.Run(batch, SeedsOfABatch, seed =>
    {
        using var world = new MountWorld(seed);
        world.Run();
        Assert.True(world.Truths.Any(truth => truth.Acknowledged > 0), $"Seed {seed}: nothing was written");
    });

    /// <summary>Seeds that have found a fault, and are not among those of a test run.</summary>
    [Theory]
    [InlineData(1061)]
    [InlineData(5267)]
    [InlineData(9266)]
    [InlineData(13460)]
    public void Mounts_SeedThatFoundAFault_KeepsItsPromises(int seed)
    {
        using var world = new MountWorld(seed);
        world.Run();
    }

    [Fact]
    public void Mounts_MembersLeaveAndComeBack_NoRequestFails()
    {
        for (var seed = 0; seed < 3; seed++)
        {
            using var world = new MountWorld(seed, isPeaceful: true);
            world.Run();
            Assert.Contains(world.Trace.Last(int.MaxValue), line => line.EndsWith("has left", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Mounts_SameSeedTwice_DoTheSame(int seed)
    {
        using var first = new MountWorld(Seeds.First + seed);
        first.Run();
        using var second = new MountWorld(Seeds.First + seed);
        second.Run();
        Assert.True(first.Trace.Lines > 100);
        Assert.Equal((first.Trace.Lines, first.Trace.Hash), (second.Trace.Lines, second.Trace.Hash));
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {first.Seed}: {first.Trace.Lines} lines, {first.Trace.Hash:x}");
    }

    [Theory]
    [InlineData(Plant.AnswerWithoutLease)]
    [InlineData(Plant.DontWaitForLease)]
    [InlineData(Plant.LyingSync)]
    [InlineData(Plant.ForgottenJournal)]
    [InlineData(Plant.ForgottenStamps)]
    [InlineData(Plant.DoubledBytes)]
    public void Mounts_WithAPlantedBug_AreFound(Plant plant) => Seeds.Find(plant, 300, seed =>
    {
        using var world = new MountWorld(seed, plant);
        world.Run();
    });
}
