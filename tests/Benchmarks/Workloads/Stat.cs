using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Asks for the attributes of a thousand files in turn.</summary>
internal sealed class Stat : Workload
{
    private const int Files = 1000;

    public override string Name => "stat";

    public override int Slices => 41;

    public override bool WithoutCacheTimes => true;

    public override void Prepare(string source)
    {
        var directory = Directory.CreateDirectory(Path.Combine(source, "stat"));
        for (var i = 0; i < Files; i++)
            File.WriteAllText(Path.Combine(directory.FullName, $"f{i}"), "x");
    }

    public override Slice Run(string root)
    {
        var paths = Enumerable.Range(0, Files).Select(i => Path.Combine(root, "stat", $"f{i}")).ToArray();
        var watch = Stopwatch.StartNew();
        var count = 0;
        for (; watch.Elapsed < SliceTime; count++)
            Libc.Stat(paths[count % Files]);
        return new Slice(count, watch.Elapsed);
    }
}
