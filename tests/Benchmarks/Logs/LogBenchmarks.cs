using StreamActors.Benchmarks.Logs.Mounted;
using StreamActors.Benchmarks.Peers;

namespace StreamActors.Benchmarks.Logs;

/// <summary>The partition log beside plain files on the same disk, and mounted beside passthrough_ll, as ratios.</summary>
internal sealed class LogBenchmarks(string launcher, string work, string filter, long messages)
{
    public async Task RunAsync()
    {
        var log = new LogWork(work);
        (string Name, Func<Task> Run)[] parts =
        [
            ("append", new AppendBenchmark(log).RunAsync),
            ("sync", new SyncBenchmark(log).RunAsync),
            ("lookup", new LookUpBenchmark(log, messages).RunAsync),
            ("recovery", new RecoveryBenchmark(log).RunAsync),
            ("views", new ViewBenchmark(log).RunAsync),
            ("partitions", new PartitionsBenchmark(log).RunAsync),
            ("mounted-append-one", () => Run(new MountedAppendBenchmark(launcher, PassthroughLl.Compile(work), work).RunOne)),
            ("mounted-append", () => Run(new MountedAppendBenchmark(launcher, PassthroughLl.Compile(work), work).RunMany)),
            ("mounted-read", () => Run(new MountedReadBenchmark(launcher, PassthroughLl.Compile(work), work).Run)),
            ("follow", () => Run(new FollowBenchmark(launcher, work).Run)),
            ("activate", () => Run(new ActivationBenchmark(launcher, work).Run)),
        ];
        foreach (var (name, run) in parts)
            if ((filter.Length == 0 || name == filter))
                await run();
    }

    private static Task Run(Action run)
    {
        run();
        return Task.CompletedTask;
    }
}
