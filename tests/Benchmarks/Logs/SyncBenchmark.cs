using System.Diagnostics;
using StreamActors.Logs;
using StreamActors.Messages;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs;

/// <summary>A 100-byte message with a sync after each, beside append and fdatasync of a plain file.</summary>
internal sealed class SyncBenchmark(LogWork work)
{
    public async Task RunAsync()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var plain = PlainSyncs(1000);
            var one = await LogSyncsAsync(1, 1000);
            var sixteen = await LogSyncsAsync(16, 500);
            Print("append and sync, 1 writer", $"{one:f0}/s", $"file {plain:f0}/s (goal 0.8)", one / plain);
            Print("append and sync, 16 writers, 16 partitions", $"{sixteen:f0}/s", $"file {plain:f0}/s (goal 4)", sixteen / plain);
        }
    }

    private double PlainSyncs(int count)
    {
        var path = $"{work.Folder}/fsync";
        var line = Lines(LineBytes);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            file.Write(line);
            file.Flush(flushToDisk: true);
        }
        var rate = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        file.Close();
        File.Delete(path);
        return rate;
    }

    private async Task<double> LogSyncsAsync(int writers, int count)
    {
        var (root, store) = work.Open();
        var line = Lines(LineBytes);
        for (ulong id = 1; id <= (ulong)writers; id++)
            await store.CreateAsync(new IncarnationId(id), Framing.Lines);
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(1, writers).Select(async writer =>
        {
            var batch = new Batch();
            for (var i = 0; i < count; i++)
            {
                Fill(batch, line);
                Require((await store.AppendAsync(new IncarnationId((ulong)writer), batch)).Fault);
                Require(await store.SyncAsync());
            }
        }));
        var rate = writers * count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        await store.DisposeAsync();
        Directory.Delete(root, recursive: true);
        return rate;
    }
}
