using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Reads 4 KiB at random places of 1 GiB that the mount has not cached.</summary>
internal sealed class RandomRead(int threads) : Workload
{
    private const int Reads = 40_000;
    private const int BlockSize = 4096;

    public override string Name => $"random read, 4 KiB, {threads} thread{(threads == 1 ? "" : "s")}";

    public override void Prepare(string source) => BigFile.Prepare(source);

    public override double Run(string root)
    {
        var fd = BigFile.Open(root, random: true);
        var workers = Enumerable.Range(0, threads).Select(seed => new Thread(() => ReadRandomly(fd, seed))).ToList();
        var watch = Stopwatch.StartNew();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        watch.Stop();
        Libc.Close(fd);
        return Reads / watch.Elapsed.TotalSeconds;
    }

    private void ReadRandomly(int fd, int seed)
    {
        var random = new Random(seed);
        var buffer = new byte[BlockSize];
        for (var i = 0; i < Reads / threads; i++)
            _ = Libc.Read(fd, buffer, random.NextInt64(BigFile.Size / BlockSize) * BlockSize);
    }
}
