using System.Diagnostics;
using StreamActors.Logs;
using StreamActors.Messages;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs;

/// <summary>Ten thousand partitions in one directory: making them, starting with them, and waking a passive one.</summary>
internal sealed class PartitionsBenchmark(LogWork work)
{
    private const int Partitions = 10_000;
    private const int Samples = 2000;

    public async Task RunAsync()
    {
        var (root, store) = work.Open();
        var start = Stopwatch.GetTimestamp();
        var batch = new Batch();
        for (var id = 1; id <= Partitions; id++)
        {
            Require(await store.CreateAsync(new IncarnationId((ulong)id), Framing.Lines));
            Fill(batch, Lines(LineBytes));
            Require((await store.AppendAsync(new IncarnationId((ulong)id), batch)).Fault);
        }
        await store.DisposeAsync();
        Print($"make {Partitions} partitions with a message each", $"{Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s", "", 0);
        start = Stopwatch.GetTimestamp();
        store = Open(root);
        Print($"start with {Partitions} partitions", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:f0} ms", $"{Descriptors(root)} descriptors", 0);
        var random = new Random(1);
        await ActivateAsync("open a passive partition", random, async id => (await store.OpenReaderAsync(id)).Value.Dispose());
        await ActivateAsync("append to a passive partition", random, async id =>
        {
            Fill(batch, Lines(LineBytes));
            Require((await store.AppendAsync(id, batch)).Fault);
        });
        Print("active then", $"{store.ActiveCount}", $"{Descriptors(root)} descriptors", 0);
        await store.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    private static async Task ActivateAsync(string what, Random random, Func<IncarnationId, Task> run)
    {
        var times = new List<double>();
        for (var i = 0; i < Samples; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await run(new IncarnationId((ulong)random.Next(Partitions) + 1));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        times.Sort();
        Print(what, $"{times[Samples / 2]:f0} µs", $"99 % {times[Samples * 99 / 100]:f0} µs, most {times[^1] / 1000:f0} ms", 0);
    }

    private static int Descriptors(string root) => Directory.GetFiles("/proc/self/fd")
        .Count(fd => File.ResolveLinkTarget(fd, false)?.FullName.StartsWith($"{root}/partitions/", StringComparison.Ordinal) == true);
}
