using System.Diagnostics;
using StreamActors.Logs;
using StreamActors.Messages;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs;

/// <summary>A partition of many messages: opening, sizes, look-ups, memory, and the start after a crash.</summary>
internal sealed class LookUpBenchmark(LogWork work, long messages)
{
    private static readonly IncarnationId One = new(1);

    public async Task RunAsync()
    {
        var (root, store) = work.Open();
        await store.CreateAsync(One, Framing.Lines);
        var chunk = Lines(ChunkBytes);
        var batch = new Batch();
        for (var written = 0L; written < messages; written += ChunkBytes / LineBytes)
        {
            Fill(batch, chunk, written);
            Require((await store.AppendAsync(One, batch)).Fault);
        }
        // The process "dies" here: nothing is closed, another one recovers.
        var copy = $"{root}-crashed";
        Directory.Move(root, copy);
        File.Delete($"{copy}/lock");
        var start = Stopwatch.GetTimestamp();
        var again = LogWork.Open(copy);
        Print($"start after a crash, {messages} messages", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:f0} ms", "goal 1000 ms", 0);
        start = Stopwatch.GetTimestamp();
        using var reader = (await again.OpenReaderAsync(One)).Value;
        Print("first open", $"{Stopwatch.GetElapsedTime(start).TotalMicroseconds:f0} µs", "", 0);
        start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 1000; i++)
            (await again.OpenReaderAsync(One)).Value.Dispose();
        Print("open of an active partition", $"{Stopwatch.GetElapsedTime(start).TotalMicroseconds / 1000:f1} µs", "", 0);
        var random = new Random(1);
        foreach (var (name, look) in new (string, Func<LogResult<long>>)[]
        {
            ("look-up by offset", () => reader.FindOffset(random.NextInt64(messages))),
            ("look-up by time", () => reader.FindTime(random.NextInt64(messages))),
            ("look-up by position", () => reader.FindPosition(random.NextInt64(messages * LineBytes))),
        })
        {
            start = Stopwatch.GetTimestamp();
            for (var i = 0; i < 1000; i++)
                Require(look().Fault);
            Print(name, $"{Stopwatch.GetElapsedTime(start).TotalMicroseconds / 1000:f1} µs", "goal 1000 µs", 0);
        }
        Print("managed memory", $"{GC.GetTotalMemory(forceFullCollection: true) / 1e6:f0} MB", $"process {Environment.WorkingSet / 1e6:f0} MB (goal 150)", 0);
        await again.DisposeAsync();
        Directory.Delete(copy, recursive: true);
    }
}
