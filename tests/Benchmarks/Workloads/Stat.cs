using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Asks for the attributes of a thousand files in turn.</summary>
internal sealed class Stat : Workload
{
    private const int Files = 1000;
    private const int Rounds = 20;

    public override string Name => "stat";

    public override bool WithoutCacheTimes => true;

    public override void Prepare(string source)
    {
        var directory = Directory.CreateDirectory(Path.Combine(source, "stat"));
        for (var i = 0; i < Files; i++)
            File.WriteAllText(Path.Combine(directory.FullName, $"f{i}"), "x");
    }

    public override double Run(string root)
    {
        var paths = Enumerable.Range(0, Files).Select(i => Path.Combine(root, "stat", $"f{i}")).ToArray();
        var watch = Stopwatch.StartNew();
        for (var round = 0; round < Rounds; round++)
            foreach (var path in paths)
                Libc.Stat(path);
        return Files * Rounds / watch.Elapsed.TotalSeconds;
    }
}
