using System.Globalization;

namespace StreamActors.Simulation.Tests;

/// <summary>
/// Which seeds a run tries. STREAMACTORS_SEEDS=100 tries a hundred times as many; STREAMACTORS_FIRST=5000 begins there;
/// STREAMACTORS_SEED=12 tries seed 12 alone, and a failure then tells all that happened.
/// </summary>
internal static class Seeds
{
    private const int TracedLines = 40;

    private static readonly int? Only = Number("STREAMACTORS_SEED");

    /// <summary>How many lines of its trace a failure tells.</summary>
    public static int LinesToTell => Only is null ? TracedLines : int.MaxValue;

    /// <summary>Runs worlds, one on each processor at a time, in ten batches.</summary>
    /// <param name="batch">Which batch.</param>
    /// <param name="count">How many seeds a batch has where nobody says otherwise.</param>
    /// <param name="run">Runs the world of a seed; it throws where something is broken.</param>
    /// <exception cref="AggregateException">What was thrown; the messages have the seeds.</exception>
    public static void Run(int batch, int count, Action<int> run)
    {
        if (Only is { } only)
        {
            if (batch == 0) run(only);
            return;
        }
        count *= Number("STREAMACTORS_SEEDS") ?? 1;
        var first = (Number("STREAMACTORS_FIRST") ?? 0) + (batch * count);
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, run);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
