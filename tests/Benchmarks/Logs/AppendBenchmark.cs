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

    public async Task RunAsync()
    {
        // Neither the code that is not compiled yet nor memory that the machine has yet to get is what is measured.
        await AppendOnceAsync();
        Dd();
        var ratios = new List<double>();
        var cpuRatios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var (plain, plainCpu) = Dd();
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
        var path = $"{work.Folder}/dd";
        var before = Libc.EndedChildrenCpuSeconds();
        var start = Stopwatch.GetTimestamp();
        using (var process = Process.Start(new ProcessStartInfo("dd", ["if=/dev/zero", $"of={path}", "bs=1M", $"count={Chunks}", "status=none"]))!)
            process.WaitForExit();
        var rate = (double)Chunks * ChunkBytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
        File.Delete(path);
        return (rate, Libc.EndedChildrenCpuSeconds() - before);
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
