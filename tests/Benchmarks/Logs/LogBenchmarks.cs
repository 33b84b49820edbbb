namespace StreamActors.Benchmarks.Logs;

/// <summary>The partition log beside plain files on the same disk, as ratios.</summary>
internal sealed class LogBenchmarks(string work, string filter, long messages)
{
    public async Task RunAsync()
    {
        var log = new LogWork(work);
        (string Name, Func<Task> Run)[] parts =
        [
            ("append", new AppendBenchmark(log).RunAsync),
            ("sync", new SyncBenchmark(log).RunAsync),
            ("lookup", new LookUpBenchmark(log, messages).RunAsync),
            ("views", new ViewBenchmark(log).RunAsync),
            ("partitions", new PartitionsBenchmark(log).RunAsync),
        ];
        foreach (var (name, run) in parts)
            if (name.Contains(filter, StringComparison.Ordinal))
                await run();
    }
}
