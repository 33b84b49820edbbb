using System.Globalization;

namespace StreamActors.Simulation.Tests;

/// <summary>Which seeds a run tries. STREAMACTORS_SEEDS=100 tries a hundred times as many; STREAMACTORS_SEED=12 tries seed 12
/// alone, and a failure then tells all that happened.</summary>
internal static class Seeds
{
    private const int TracedLines = 40;
    private const int SeedsOfABatch = 20;
    private const int Batches = 10;

    private static readonly int? Only = Number("STREAMACTORS_SEED");

    /// <summary>How many lines of its trace a failure tells.</summary>
    public static int LinesToTell => Only is null ? TracedLines : int.MaxValue;

    public static TheoryData<int> AllBatches => Only is not null ? [0] : [.. Enumerable.Range(0, Batches * (Number("STREAMACTORS_SEEDS") ?? 1))];

    public static IEnumerable<int> Of(int batch) => Only is { } seed ? [seed] : Enumerable.Range(batch * SeedsOfABatch, SeedsOfABatch);

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
