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

    /// <summary>The first seed of a run.</summary>
    public static int First => Number("STREAMACTORS_FIRST") ?? 0;

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
        var first = First + (batch * count);
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, run);
    }

    /// <summary>Runs worlds, one on each processor at a time, until one finds what was planted in all of them.</summary>
    /// <param name="planted">What.</param>
    /// <param name="most">How many worlds at most, from seed 0 on.</param>
    /// <param name="run">Runs the world of a seed.</param>
    public static void Find(object planted, int most, Action<int> run)
    {
        var found = new string?[most];
        for (var first = 0; first < most; first += Environment.ProcessorCount)
        {
            Parallel.For(first, Math.Min(most, first + Environment.ProcessorCount), seed =>
            {
                try
                {
                    run(seed);
                }
                catch (StuckException)
                {
                    // What is lost or doubled is looked for, not what takes too long.
                }
                catch (InvariantException broken)
                {
                    found[seed] = broken.Message;
                }
            });
            if (found.FirstOrDefault(message => message is not null) is { } message)
            {
                TestContext.Current.TestOutputHelper?.WriteLine(message);
                return;
            }
        }
        Assert.Fail($"{planted} was not found within {most} seeds.");
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
