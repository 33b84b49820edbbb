using System.Diagnostics;
using System.Globalization;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs.Mounted;

/// <summary>The first append to a partition of a server that has not touched it, through the mount: actor and files come up with it.</summary>
internal sealed class ActivationBenchmark(string launcher, string work)
{
    private const int Partitions = 400;

    public void Run()
    {
        using var log = new MountedLog(launcher, Path.Combine(work, "activated"), $"fuse.passthrough=auto,log-volume.partitions={Partitions}");
        Append(log, 0, Partitions);
        log.Restart();
        // The first half compiles the server's code.
        Append(log, 0, Partitions / 2);
        var first = Append(log, Partitions / 2, Partitions);
        var second = Append(log, Partitions / 2, Partitions);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| `>>` to a passive partition, median | {Comparison.Median(first):0.00} ms (90 %: {Comparison.Quantile(first, 0.9):0.00}); active: {Comparison.Median(second):0.00} | about 1 ms |"));
    }

    private static List<double> Append(MountedLog log, int from, int to)
    {
        var line = Lines(LineBytes);
        var times = new List<double>();
        for (var partition = from; partition < to; partition++)
        {
            var path = Path.Combine(log.Topic, partition.ToString(CultureInfo.InvariantCulture));
            var start = Stopwatch.GetTimestamp();
            var fd = Libc.Open(path, Libc.O_WRONLY | Libc.O_APPEND);
            Libc.Write(fd, line);
            Libc.Close(fd);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return times;
    }
}
