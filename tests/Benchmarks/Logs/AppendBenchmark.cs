using System.Diagnostics;
using StreamActors.Logs;
using StreamActors.Messages;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs;

/// <summary>1 MiB writes of 100-byte lines: split, appended, applied; dd writes the same bytes to a file.</summary>
internal sealed class AppendBenchmark(LogWork work)
{
    private const int Chunks = 512;
    private static readonly IncarnationId One = new(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    private string PlainPath => $"{work.Folder}/dd";

    public async Task RunAsync()
    {
        // Code that is not compiled yet is not what is measured, nor a compiler that has one of the processors meanwhile.
        var warmUp = Stopwatch.StartNew();
        do
            await AppendOnceAsync();
        while (warmUp.Elapsed < WarmUp);
        var ratios = new List<double>();
        var cpuRatios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            WarmMemory();
            var (plain, plainCpu) = Dd();
            WarmMemory();
            var before = Libc.CpuSeconds(Environment.ProcessId);
            var log = await AppendOnceAsync();
            cpuRatios.Add(plainCpu / (Libc.CpuSeconds(Environment.ProcessId) - before));
            ratios.Add(log / plain);
            Print("append 1 MiB of 100-byte lines", $"{log / 1e6:f0} MB/s", $"dd {plain / 1e6:f0} MB/s", log / plain);
        }
        Print("append 1 MiB of 100-byte lines", "median", "goal 0.3", ratios.Order().ElementAt(Rounds / 2));
        Print("append 1 MiB of 100-byte lines, CPU time", "median", "of all threads", cpuRatios.Order().ElementAt(Rounds / 2));
    }

    private (double Rate, double CpuSeconds) Dd()
    {
        var before = Libc.EndedChildrenCpuSeconds();
        var start = Stopwatch.GetTimestamp();
        Zeros(Chunks);
        var rate = (double)Chunks * ChunkBytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
        File.Delete(PlainPath);
        return (rate, Libc.EndedChildrenCpuSeconds() - before);
    }

    /// <summary>
    /// A virtual machine gives free memory back to its host, and a page that it has to get again costs five times the copy:
    /// there is enough that it has before each side begins.
    /// </summary>
    private void WarmMemory()
    {
        Zeros(4 * Chunks);
        File.Delete(PlainPath);
    }

    private void Zeros(int chunks)
    {
        using var process = Process.Start(new ProcessStartInfo("dd", ["if=/dev/zero", $"of={PlainPath}", "bs=1M", $"count={chunks}", "status=none"]))!;
        process.WaitForExit();
    }

    private async Task<double> AppendOnceAsync()
    {
        var (root, store) = work.Open();
        await store.CreateAsync(One, Framing.Lines);
        var chunk = Lines(ChunkBytes);
        Batch[] batches = [new(), new(), new()];
        var pending = new Task<AppendResult>[batches.Length];
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Chunks; i++)
        {
            var slot = i % batches.Length;
            if (i >= batches.Length)
                Require((await pending[slot]).Fault);
            Fill(batches[slot], chunk);
            pending[slot] = store.AppendAsync(One, batches[slot]).AsTask();
        }
        for (var i = 0; i < batches.Length; i++)
            Require((await pending[(Chunks + i) % batches.Length]).Fault);
        var rate = (double)Chunks * ChunkBytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
        await store.DisposeAsync();
        Directory.Delete(root, recursive: true);
        return rate;
    }
}
