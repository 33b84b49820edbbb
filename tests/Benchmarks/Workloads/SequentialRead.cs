using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Reads 1 GiB by 1 MiB; the plain file is in the page cache, the mount's own pages are dropped first.</summary>
internal sealed class SequentialRead : Workload
{
    public override string Name => "sequential read, 1 GiB by 1 MiB";

    public override int Slices => 9;

    public override bool CountsBytes => true;

    public override bool IsRead => true;

    public override void Prepare(string source) => BigFile.Prepare(source);

    public override Slice Run(string root)
    {
        var buffer = new byte[1 << 20];
        var fd = BigFile.Open(root, random: false);
        var watch = Stopwatch.StartNew();
        long offset = 0;
        for (int n; (n = Libc.Read(fd, buffer, offset)) > 0; offset += n)
        {
        }
        watch.Stop();
        Libc.Close(fd);
        if (offset != BigFile.Size)
            throw new InvalidDataException($"{root}: read {offset} bytes");
        return new Slice(offset, watch.Elapsed);
    }
}
