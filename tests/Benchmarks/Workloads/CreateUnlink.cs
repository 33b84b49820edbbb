using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Creates, closes and removes a file, again and again.</summary>
internal sealed class CreateUnlink : Workload
{
    public override string Name => "create + unlink";

    public override int Slices => 41;

    public override void Prepare(string source) => Directory.CreateDirectory(Path.Combine(source, "create"));

    public override Slice Run(string root)
    {
        var watch = Stopwatch.StartNew();
        var count = 0;
        for (; watch.Elapsed < SliceTime; count++)
        {
            var path = Path.Combine(root, "create", $"f{count}");
            Libc.Close(Libc.Open(path, Libc.O_WRONLY | Libc.O_CREAT));
            Libc.Unlink(path);
        }
        return new Slice(count, watch.Elapsed);
    }
}
