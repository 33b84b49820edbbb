using System.Diagnostics;
using StreamActors.Logs;
using StreamActors.Messages;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs;

/// <summary>The start after a crash where no checkpoint has covered anything of a journal that is as full as it can get.</summary>
internal sealed class RecoveryBenchmark(LogWork work)
{
    private const int Partitions = 16;
    private const int RecordOverhead = 8; // at most, to a multiple of 8

    public async Task RunAsync()
    {
        // The second run of each has its code compiled, as the first start of a process has not.
        await StartAsync("in batches of 1 MiB, one partition", ChunkBytes, 1);
        await StartAsync("in batches of 1 MiB, one partition", ChunkBytes, 1);
        await StartAsync("one by one, 16 partitions in turn", LineBytes, Partitions);
        await StartAsync("one by one, 16 partitions in turn", LineBytes, Partitions);
    }

    private async Task StartAsync(string what, int batchBytes, int partitions)
    {
        var options = Options with { CheckpointBytes = long.MaxValue, CheckpointInterval = TimeSpan.FromDays(1) };
        var root = $"{work.Folder}/full";
        var store = LogStore.Open(DiskFileSystem.Instance, root, options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).Value;
        for (ulong id = 1; id <= (ulong)partitions; id++)
            Require(await store.CreateAsync(new IncarnationId(id), Framing.Lines));
        var lines = Lines(batchBytes);
        var batch = new Batch();
        Fill(batch, lines);
        var most = options.JournalMaxBytes - (2L * batch.Length) - (1 << 20);
        var count = 0L;
        for (var bytes = 0L; bytes < most; bytes += batch.Length + RecordOverhead)
        {
            Fill(batch, lines);
            Require((await store.AppendAsync(new IncarnationId((ulong)(count++ % partitions) + 1), batch)).Fault);
        }
        // The process "dies" here: nothing is closed, another one recovers.
        var copy = $"{root}-crashed";
        Directory.Move(root, copy);
        File.Delete($"{copy}/lock");
        var start = Stopwatch.GetTimestamp();
        var again = LogWork.Open(copy);
        Print($"start, 256 MiB of journal {what}", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:f0} ms", $"{count} records, goal 1000 ms", 0);
        await again.DisposeAsync();
        Directory.Delete(copy, recursive: true);
        await store.AbandonAsync();
    }
}
