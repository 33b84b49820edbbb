namespace StreamActors.Simulation.Tests;

/// <summary>A cluster with faults from a seed.</summary>
public sealed class ClusterSimulationTests
{
    private const int SeedsOfABatch = 140;

    public static TheoryData<int> Batches => [.. Enumerable.Range(0, 10)];

    [Theory]
    [MemberData(nameof(Batches))]
    public void Cluster_FaultsFromASeed_KeepsItsPromises(int batch) => Seeds.Run(batch, SeedsOfABatch, seed => new World(seed).Run());

    [Fact]
    public void Cluster_MembersLeaveAndComeBack_NoAskFailsOrTakesLong()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var world = new World(seed, isPeaceful: true);
            world.Run();
            Assert.Contains(world.Trace.Last(int.MaxValue), line => line.EndsWith("has left", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Cluster_SameSeedTwice_DoesTheSame(int seed)
    {
        var (first, second) = (new World(Seeds.First + seed), new World(Seeds.First + seed));
        first.Run();
        second.Run();
        Assert.True(first.Trace.Lines > 100);
        Assert.Equal((first.Trace.Lines, first.Trace.Hash), (second.Trace.Lines, second.Trace.Hash));
    }

    [Theory]
    [InlineData(Mutation.AnswerWithoutLease)]
    [InlineData(Mutation.DontWaitForLease)]
    [InlineData(Mutation.AnswerBeforeSync)]
    [InlineData(Mutation.ReadBeyondSeal)]
    [InlineData(Mutation.ForgetSequences)]
    public void Cluster_WithAPlantedBug_IsFound(Mutation mutation) => Seeds.Find(mutation, 200, seed => new World(seed, mutation).Run());
}
