using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StreamActors.Benchmarks.Peers;

namespace StreamActors.Benchmarks.Streams;

/// <summary>What waiting costs: parked reads, the way from a release to its reader, start and idle memory.</summary>
internal sealed class StreamBenchmarks(string launcher, string work)
{
    private const int ParkedReads = 10_000;
    private const int Releases = 200;
    private const int Starts = 10;

    public void Run()
    {
        Console.WriteLine("| measure | value | goal |");
        Console.WriteLine("|---|---|---|");
        Row($"start to `mounted`, median", $"{Comparison.Median(Enumerable.Range(0, Starts).Select(_ => StartSeconds())) * 1e3:0} ms", "< 500 ms");
        Row($"memory of an idle server (RSS)", $"{IdleMegabytes():0} MB", "< 80 MB");
        Row($"release of a message to the return of the blocked read, median", $"{ReleaseToReaderMicroseconds():0} µs", "< 100 µs");
        var (memory, stat) = Parked();
        Row($"memory of the server with {ParkedReads:N0} parked reads (RSS)", $"{memory:0} MB", "< 100 MB");
        Row($"stat meanwhile, median", $"{stat:0} µs", "answers");
    }

    private static void Row(FormattableString measure, FormattableString value, string goal) =>
        Console.WriteLine($"| {measure.ToString(CultureInfo.InvariantCulture)} | {value.ToString(CultureInfo.InvariantCulture)} | {goal} |");

    private double StartSeconds()
    {
        var mountpoint = Directory.CreateDirectory(Path.Combine(Work("start"), "mnt")).FullName;
        var start = new ProcessStartInfo(launcher, ["mount", Source(1), mountpoint]) { RedirectStandardOutput = true };
        var watch = Stopwatch.StartNew();
        using var server = Process.Start(start)!;
        server.StandardOutput.ReadLine();
        var seconds = watch.Elapsed.TotalSeconds;
        using var kill = Process.Start("kill", [server.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        server.WaitForExit();
        return seconds;
    }

    private double IdleMegabytes()
    {
        using var mount = StreamActorsServer.Mount(launcher, Work("idle"), Source(1), withoutCacheTimes: false, passthrough: true);
        _ = Directory.GetFileSystemEntries(mount.Root);
        return ResidentMegabytes(mount.Server);
    }

    /// <summary>The time of a release is the modification time that its partition then shows.</summary>
    private double ReleaseToReaderMicroseconds()
    {
        using var mount = StreamActorsServer.Mount(
            launcher, Work("latency"), Source(Releases), withoutCacheTimes: false, passthrough: true, "simulated.interval=50ms");
        var path = Path.Combine(mount.Root, "data.dir/t/.follow/0");
        var fd = Libc.Open(path, Libc.O_RDONLY);
        var buffer = new byte[4096];
        var latencies = new List<double>();
        var total = Enumerable.Range(0, Releases).Sum(i => Message(i).Length + 1);
        // A reader that came late gets several messages at once: the last of them is the one that is timed.
        for (long offset = 0; offset < total;)
        {
            offset += Libc.Read(fd, buffer, offset);
            var now = DateTime.UtcNow;
            latencies.Add((now - File.GetLastWriteTimeUtc(path)).TotalMicroseconds);
        }
        Libc.Close(fd);
        return Comparison.Median(latencies.Skip(Releases / 10));
    }

    private (double Memory, double StatMicroseconds) Parked()
    {
        using var mount = StreamActorsServer.Mount(
            launcher, Work("parked"), Source(1), withoutCacheTimes: false, passthrough: true, "simulated.interval=1h");
        var path = Path.Combine(mount.Root, "data.dir/t/.follow/0");
        using var readers = WaitingReaders.Start(work, path, ParkedReads);
        var memory = ResidentMegabytes(mount.Server);
        var stat = Comparison.Median(Enumerable.Range(0, 1000).Select(_ =>
        {
            var watch = Stopwatch.StartNew();
            Libc.Stat(path);
            return watch.Elapsed.TotalMicroseconds;
        }));
        return (memory, stat);
    }

    private static double ResidentMegabytes(Process server)
    {
        var line = File.ReadLines($"/proc/{server.Id}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', '\t').Last(word => word.Length > 0 && char.IsDigit(word[0])), CultureInfo.InvariantCulture) / 1024;
    }

    private string Source(int messages)
    {
        var source = Directory.CreateDirectory(Path.Combine(work, $"streams-{messages}")).FullName;
        var stream = new[] { new { topic = "t", messages = Enumerable.Range(0, messages).Select(Message).ToArray() } };
        File.WriteAllText(Path.Combine(source, "data.dir"), JsonSerializer.Serialize(stream));
        return source;
    }

    private static string Message(int number) => string.Create(CultureInfo.InvariantCulture, $"message {number}");

    private string Work(string name) => Directory.CreateDirectory(Path.Combine(work, name)).FullName;
}
