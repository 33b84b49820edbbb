using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Reads 4 KiB at random places of 1 GiB that the mount has not cached.</summary>
internal sealed class RandomRead(int threads) : Workload
{
    private const int BlockSize = 4096;

    public override string Name => $"random read, 4 KiB, {threads} thread{(threads == 1 ? "" : "s")}";

    public override int Slices => 41;

    public override bool IsRead => true;

    public override void Prepare(string source) => BigFile.Prepare(source);

    public override Slice Run(string root)
    {
        var fd = BigFile.Open(root, random: true);
        var count = 0;
        var watch = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads)
            .Select(_ => new Thread(() => Interlocked.Add(ref count, ReadRandomly(fd, Random.Shared.Next(), watch)))).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        watch.Stop();
        Libc.Close(fd);
        return new Slice(count, watch.Elapsed);
    }

    private static int ReadRandomly(int fd, int seed, Stopwatch watch)
    {
        var random = new Random(seed);
        var buffer = new byte[BlockSize];
        var count = 0;
        for (; watch.Elapsed < SliceTime; count++)
            _ = Libc.Read(fd, buffer, random.NextInt64(BigFile.Size / BlockSize) * BlockSize);
        return count;
    }
}
