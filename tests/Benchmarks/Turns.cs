using System.Diagnostics;
using System.Globalization;

namespace StreamActors.Benchmarks;

/// <summary>Two sides that take turns in short slices, in the other order every second time; a ratio is of one slice each.</summary>
internal static class Turns
{
    private static readonly TimeSpan SliceTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>Compares two rates, and prints them.</summary>
    /// <param name="what">What is compared.</param>
    /// <param name="unit">What a rate of 1 means: <c>MB/s</c> for 10⁶.</param>
    /// <param name="goal">The ratio that is asked for.</param>
    /// <param name="slices">How many slices of each side count.</param>
    /// <param name="ours">Runs a slice; gives units a second.</param>
    /// <param name="theirs">The peer's.</param>
    public static void Compare(string what, string unit, string goal, int slices, Func<double> ours, Func<double> theirs)
    {
        var watch = Stopwatch.StartNew();
        do
        {
            ours();
            theirs();
        }
        while (watch.Elapsed < WarmUp);
        var (our, their) = (new List<double>(), new List<double>());
        for (var slice = 0; slice < slices; slice++)
        {
            if (slice % 2 == 0)
                our.Add(ours());
            their.Add(theirs());
            if (slice % 2 != 0)
                our.Add(ours());
        }
        var ratios = our.Zip(their, (a, b) => a / b).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {what} | {Comparison.Median(our):#,0} {unit} | {Comparison.Median(their):#,0} {unit} | **{Comparison.Median(ratios):0.00}** ({Comparison.Quantile(ratios, 0.25):0.00} to {Comparison.Quantile(ratios, 0.75):0.00}) | {goal} |"));
    }

    /// <summary>Repeats an operation for the time of a slice.</summary>
    /// <param name="operation">The operation.</param>
    /// <returns>How many a second.</returns>
    public static double Repeat(Action operation)
    {
        var watch = Stopwatch.StartNew();
        var count = 0;
        for (; watch.Elapsed < SliceTime; count++)
            operation();
        return count / watch.Elapsed.TotalSeconds;
    }
}
