using System.Diagnostics;
using System.Globalization;
using StreamActors.Benchmarks.Peers;

namespace StreamActors.Benchmarks.Logs.Mounted;

/// <summary>How long a message takes from one process's write to another one's read that waits for it, and a thousand followers of one partition.</summary>
internal sealed class FollowBenchmark(string launcher, string work)
{
    private const int WarmUp = 2000;
    private const int Samples = 2000;
    private const int Many = 1000;
    private const int Messages = 200;

    public void Run()
    {
        using (var log = new MountedLog(launcher, Path.Combine(work, "followed"), "fuse.passthrough=auto"))
            One(log);
        using (var log = new MountedLog(launcher, Path.Combine(work, "followed"), "fuse.passthrough=auto"))
            Thousand(log);
    }

    private void One(MountedLog log)
    {
        var fd = Libc.Open(log.Partition, Libc.O_WRONLY | Libc.O_APPEND);
        using var reader = Followers.Start(work, log.Follow, 1, WarmUp + Samples);
        var (toReader, toWriter) = (new List<double>(), new List<double>());
        for (var number = 0; number < WarmUp + Samples; number++)
        {
            reader.AwaitWaiting();
            var message = Followers.Message(number);
            // The stopwatch is the monotonic clock, in nanoseconds, for every process.
            var before = Stopwatch.GetTimestamp();
            Libc.Write(fd, message);
            var written = Stopwatch.GetTimestamp();
            toReader.Add((reader.ReadTime() - before) / 1e3);
            toWriter.Add((written - before) / 1e3);
        }
        Libc.Close(fd);
        reader.Join();
        Row($"append to the return of the blocked read, median", $"{Comparison.Median(toReader.Skip(WarmUp)):0} µs (90 %: {Comparison.Quantile(toReader.Skip(WarmUp), 0.9):0})", "< 150 µs");
        Row($"append to the return of the write, median", $"{Comparison.Median(toWriter.Skip(WarmUp)):0} µs", "");
    }

    private void Thousand(MountedLog log)
    {
        var fd = Libc.Open(log.Partition, Libc.O_WRONLY | Libc.O_APPEND);
        using var readers = Followers.Start(work, log.Follow, Many, Messages);
        var watch = Stopwatch.StartNew();
        for (var number = 0; number < Messages; number++)
            Libc.Write(fd, Followers.Message(number));
        readers.Join();
        Row($"{Messages} messages to each of {Many} followers, in order", $"{watch.Elapsed.TotalSeconds:0.00} s", "all");
        Libc.Close(fd);
    }

    private static void Row(FormattableString measure, FormattableString value, string goal) =>
        Console.WriteLine($"| {measure.ToString(CultureInfo.InvariantCulture)} | {value.ToString(CultureInfo.InvariantCulture)} | {goal} |");
}
