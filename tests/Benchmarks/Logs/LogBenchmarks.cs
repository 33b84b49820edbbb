using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Benchmarks.Logs;

/// <summary>The partition log beside plain files on the same disk, as ratios.</summary>
internal sealed class LogBenchmarks(string work, long messages)
{
    private const int ChunkBytes = 1 << 20;
    private const int LineBytes = 100;
    private const int Chunks = 512;
    private const int Rounds = 5;
    private static readonly IncarnationId One = new(1);

    private int _directories;

    private static LogOptions Options { get; } = new() { NewDirectoryId = new Guid(1, 1, 1, new byte[8]), Holder = "the benchmark" };

    public async Task RunAsync()
    {
        await AppendAsync();
        await SyncAsync();
        await LookUpAsync();
    }

    /// <summary>1 MiB writes of 100-byte lines: split, appended, applied; dd writes the same bytes to a file.</summary>
    private async Task AppendAsync()
    {
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var plain = Dd();
            var log = await AppendOnceAsync();
            ratios.Add(log / plain);
            Print("append 1 MiB of 100-byte lines", $"{log / 1e6:f0} MB/s", $"dd {plain / 1e6:f0} MB/s", log / plain);
        }
        Print("append 1 MiB of 100-byte lines", "median", "goal 0.3", ratios.Order().ElementAt(Rounds / 2));
    }

    private double Dd()
    {
        var path = $"{work}/dd";
        var start = Stopwatch.GetTimestamp();
        using (var process = Process.Start(new ProcessStartInfo("dd", ["if=/dev/zero", $"of={path}", "bs=1M", $"count={Chunks}", "status=none"]))!)
            process.WaitForExit();
        var rate = (double)Chunks * ChunkBytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
        File.Delete(path);
        return rate;
    }

    private async Task<double> AppendOnceAsync()
    {
        var (root, store) = Open();
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

    /// <summary>A 100-byte message with a sync after each, beside append and fdatasync of a plain file.</summary>
    private async Task SyncAsync()
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
        var path = $"{work}/fsync";
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
        var (root, store) = Open();
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

    /// <summary>A partition of many messages: opening, sizes, look-ups, memory, and the start after a crash.</summary>
    private async Task LookUpAsync()
    {
        var (root, store) = Open();
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
        var again = LogStore.Open(DiskFileSystem.Instance, copy, Options, TimeProvider.System, NullLogger.Instance).Value;
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

    private (string Root, LogStore Store) Open()
    {
        var root = $"{work}/log{_directories++}";
        return (root, LogStore.Open(DiskFileSystem.Instance, root, Options, TimeProvider.System, NullLogger.Instance).Value);
    }

    private static byte[] Lines(int bytes)
    {
        var lines = new byte[bytes];
        for (var i = 0; i < bytes; i++)
            lines[i] = (i + 1) % LineBytes == 0 ? (byte)'\n' : (byte)('a' + (i % 26));
        lines[^1] = (byte)'\n';
        return lines;
    }

    private static void Fill(Batch batch, ReadOnlySpan<byte> lines, long timestamp = 1_795_000_000_000)
    {
        batch.Clear();
        for (var end = lines.IndexOf((byte)'\n'); end >= 0; end = lines.IndexOf((byte)'\n'))
        {
            Require(batch.Add(lines[..end], timestamp++));
            lines = lines[(end + 1)..];
        }
    }

    private static void Require(LogFault? fault)
    {
        if (fault is not null)
            throw new InvalidOperationException(fault.ToString());
    }

    private static void Print(string what, string ours, string theirs, double ratio) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what,-48} {ours,12}  {theirs,-24}{(ratio == 0 ? "" : $" {ratio:f2}")}"));
}
