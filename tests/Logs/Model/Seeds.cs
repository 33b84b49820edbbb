using System.Globalization;

namespace StreamActors.Logs.Tests;

/// <summary>Which seeds a run tries. STREAMACTORS_SEEDS=100 tries a hundred times as many.</summary>
public static class Seeds
{
    public static readonly int Factor =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMACTORS_SEEDS"), CultureInfo.InvariantCulture, out var factor) ? factor : 1;

    public static TheoryData<int> From(int first, int count) => [.. Enumerable.Range(first, count * Factor)];
}
