using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Creates, closes and removes a file, again and again.</summary>
internal sealed class CreateUnlink : Workload
{
    private const int Files = 10_000;

    public override string Name => "create + unlink";

    public override void Prepare(string source) => Directory.CreateDirectory(Path.Combine(source, "create"));

    public override double Run(string root)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Files; i++)
        {
            var path = Path.Combine(root, "create", $"f{i}");
            Libc.Close(Libc.Open(path, Libc.O_WRONLY | Libc.O_CREAT));
            Libc.Unlink(path);
        }
        return Files / watch.Elapsed.TotalSeconds;
    }
}
