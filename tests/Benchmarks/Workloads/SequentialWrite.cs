using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Writes 1 GiB by 1 MiB into a new file, into the page cache.</summary>
internal sealed class SequentialWrite : Workload
{
    public override string Name => "sequential write, 1 GiB by 1 MiB";

    public override int Slices => 9;

    public override bool CountsBytes => true;

    public override void Prepare(string source)
    {
    }

    public override Slice Run(string root)
    {
        var path = Path.Combine(root, "written.bin");
        var buffer = new byte[1 << 20];
        var watch = Stopwatch.StartNew();
        var fd = Libc.Open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC);
        for (long written = 0; written < BigFile.Size;)
            written += Libc.Write(fd, buffer);
        Libc.Close(fd);
        watch.Stop();
        Libc.Unlink(path);
        return new Slice(BigFile.Size, watch.Elapsed);
    }
}
