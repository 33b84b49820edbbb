using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Lists a directory of 100,000 entries.</summary>
internal sealed class ReadDirectory : Workload
{
    private const int Entries = 100_000;

    public override string Name => "readdir, 100,000 entries";

    public override int Slices => 11;

    public override void Prepare(string source)
    {
        var directory = Directory.CreateDirectory(Path.Combine(source, "many"));
        for (var i = 0; i < Entries; i++)
            Libc.Close(Libc.Open(Path.Combine(directory.FullName, $"entry-{i}"), Libc.O_WRONLY | Libc.O_CREAT));
    }

    public override Slice Run(string root)
    {
        var watch = Stopwatch.StartNew();
        var count = Directory.EnumerateFileSystemEntries(Path.Combine(root, "many")).Count();
        watch.Stop();
        if (count != Entries)
            throw new InvalidDataException($"{root}: listed {count} entries");
        return new Slice(count, watch.Elapsed);
    }
}
