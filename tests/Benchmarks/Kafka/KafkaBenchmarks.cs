using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamActors.Benchmarks.Peers;
using StreamActors.Kafka.Tests;

namespace StreamActors.Benchmarks.Kafka;

/// <summary>A mounted cluster beside kcat: both ask librdkafka's mock, whose brokers are threads of this process.</summary>
internal sealed class KafkaBenchmarks(string launcher, string work, string filter, long messages)
{
    public const int LineBytes = 100;

    /// <summary>The mock answers a fetch that finds nothing only when its wait is over; both sides wait so long.</summary>
    private const string ShortWait = "fetch.wait.max.ms=5";

    private const int Partitions = 250;
    private const int Latencies = 300;
    private const int SecondCats = 9;
    private const int ProducedMegabytes = 400;

    public void Run()
    {
        Console.WriteLine("| measure | value | kcat | goal |");
        Console.WriteLine("|---|---|---|---|");
        (string Name, Action Run)[] parts =
        [
            ("read", Read), ("latency", Latency), ("produce", Produce), ("tree", Tree), ("followers", new Followers(this).Run),
        ];
        foreach (var (name, run) in parts)
            if (name.Contains(filter, StringComparison.Ordinal))
                run();
    }

    public static void Row(FormattableString measure, FormattableString value, string kcat, string goal) => Console.WriteLine(
        $"| {measure.ToString(CultureInfo.InvariantCulture)} | {value.ToString(CultureInfo.InvariantCulture)} | {kcat} | {goal} |");

    public MountedPeer Mount(string name, string servers, string properties = "")
    {
        var folder = Directory.CreateDirectory(Path.Combine(work, name)).FullName;
        var settings = Path.Combine(folder, "settings.conf");
        File.WriteAllText(settings, $$"""
            log.level = warning
            volumes { "/" { type = kafka, bootstrap-servers = "{{servers}}", cache-dir = "{{folder}}/cache", properties { {{properties}} } } }
            """);
        return MountedPeer.Start(folder, launcher, "mount", "{mnt}", "--config", settings);
    }

    public static IProducer<Null, byte[]> NewProducer(string servers) => new ProducerBuilder<Null, byte[]>(new ProducerConfig
    {
        BootstrapServers = servers,
        LingerMs = 0,
        QueueBufferingMaxMessages = 2_000_000,
        EnableDeliveryReports = false,
    }).Build();

    public static double ResidentMegabytes(Process server)
    {
        var line = File.ReadLines($"/proc/{server.Id}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', '\t').Last(word => word.Length > 0 && char.IsDigit(word[0])), CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Lines of 100 bytes, in 250 partitions: the mock keeps 5 MiB of each.</summary>
    private void Read()
    {
        var each = (int)Math.Min(messages / Partitions, 40_000);
        using var cluster = new MockCluster().With("lines", Partitions);
        using (var producer = NewProducer(cluster.BootstrapServers))
        {
            for (var number = 0; number < each; number++)
            {
                for (var partition = 0; partition < Partitions; partition++)
                    producer.Produce(new TopicPartition("lines", partition), new Message<Null, byte[]> { Value = Line(number) });
                // Before its queue is full.
                if (number % 2000 == 0)
                    producer.Flush(TimeSpan.FromMinutes(1));
            }
            producer.Flush(TimeSpan.FromMinutes(1));
        }
        var megabytes = (double)each * Partitions * LineBytes / 1e6;
        var peer = Time($"kcat -C -e -q -b {cluster.BootstrapServers} -t lines -o beginning >/dev/null", null);
        using (var mount = Mount("together", cluster.BootstrapServers))
        {
            var first = Time($"ls {mount.Root}/kafka/lines | xargs -P 8 -n 8 sh -c 'cd {mount.Root}/kafka/lines; cat \"$@\" >/dev/null' sh", mount.Server);
            Row($"first cat of {megabytes:0} MB in {Partitions} partitions, 8 at a time", Rate(megabytes, first), Rate(megabytes, peer).ToString(CultureInfo.InvariantCulture), "≥ 1.0, CPU ≤ 1.0");
        }
        using (var mount = Mount("apart", cluster.BootstrapServers))
        {
            var cat = $"cat {mount.Root}/kafka/lines/* >/dev/null";
            Row($"the same, one after the other", Rate(megabytes, Time(cat, mount.Server)), "", "");
            using var log = LogOf(mount, "log", "");
            using var asked = LogOf(mount, "asked", ",fuse.passthrough=off");
            (string Cat, Process? Server, List<(double Seconds, double CpuSeconds)> Took)[] sides =
                [(cat, mount.Server, []), ($"cat {log.Root}/s/lines/* >/dev/null", log.Server, []), ($"cat {asked.Root}/s/lines/* >/dev/null", asked.Server, [])];
            for (var turn = 0; turn < SecondCats; turn++)
                foreach (var side in sides)
                    side.Took.Add(Time(side.Cat, side.Server));
            double[] seconds = [.. sides.Select(side => Comparison.Median(side.Took.Select(took => took.Seconds)))];
            Row(
                $"second cat, median of {SecondCats}", Rate(megabytes, (seconds[0], Comparison.Median(sides[0].Took.Select(took => took.CpuSeconds)))),
                string.Create(CultureInfo.InvariantCulture, $"of a log volume's {seconds[1] / seconds[0]:0.00}, without passthrough {seconds[2] / seconds[0]:0.00}"), "1.0");
        }
    }

    /// <summary>The same lines in a log volume.</summary>
    private MountedPeer LogOf(MountedPeer kafka, string name, string options)
    {
        var folder = Directory.CreateDirectory(Path.Combine(work, name)).FullName;
        var mount = MountedPeer.Start(
            folder, launcher, "mount", $"log:{folder}/data", "{mnt}", "-o", $"log.level=warning,log-volume.partitions={Partitions}{options}");
        Shell($"mkdir -p {mount.Root}/s/lines && cd {mount.Root}/s/lines && for n in *; do cat {kafka.Root}/kafka/lines/$n >>$n; done");
        return mount;
    }

    /// <summary>Both readers wait for the same messages, each of which says when it was produced.</summary>
    private void Latency()
    {
        using var cluster = new MockCluster().With("now");
        using var mount = Mount("latency", cluster.BootstrapServers, ShortWait);
        var fd = Libc.Open(Path.Combine(mount.Root, "kafka/now/.follow/0"), Libc.O_RDONLY);
        using var kcat = Process.Start(new ProcessStartInfo("kcat", ["-C", "-u", "-q", "-o", "beginning", "-b", cluster.BootstrapServers, "-t", "now", "-p", "0", "-X", ShortWait])
        {
            RedirectStandardOutput = true,
        })!;
        var (ours, theirs) = (new List<double>(), new List<double>());
        var follower = new Thread(() => Follow(fd, ours));
        var reader = new Thread(() =>
        {
            while (theirs.Count < Latencies && kcat.StandardOutput.ReadLine() is { } line)
                theirs.Add(Since(line));
        });
        follower.Start();
        reader.Start();
        using (var producer = NewProducer(cluster.BootstrapServers))
        {
            for (var number = 0; number < Latencies; number++)
            {
                producer.Produce(new TopicPartition("now", 0), new Message<Null, byte[]> { Value = Encoding.ASCII.GetBytes(Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture)) });
                // A message each 20 ms, and some: not in step with the fetches.
                Thread.Sleep(20 + number % 7);
            }
        }
        follower.Join();
        reader.Join();
        kcat.Kill();
        Libc.Close(fd);
        var (mine, peer) = (Comparison.Median(ours.Skip(Latencies / 10)), Comparison.Median(theirs.Skip(Latencies / 10)));
        Row($"produced to seen by a blocked reader of `.follow`, median", $"{mine:0.00} ms", $"{peer.ToString("0.00", CultureInfo.InvariantCulture)} ms", "kcat + 1 ms");
    }

    private static void Follow(int fd, List<double> latencies)
    {
        var buffer = new byte[1 << 16];
        long position = 0;
        while (latencies.Count < Latencies)
        {
            var count = Libc.Read(fd, buffer, position);
            position += count;
            foreach (var line in Encoding.ASCII.GetString(buffer, 0, count).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                latencies.Add(Since(line));
        }
    }

    private void Produce()
    {
        var file = Path.Combine(work, "lines");
        using (var writer = File.Create(file))
            for (var number = 0; number < ProducedMegabytes * 1_000_000 / LineBytes; number++)
            {
                writer.Write(Line(number));
                writer.WriteByte((byte)'\n');
            }
        using var cluster = new MockCluster().With("warm", 8).With("ours", 8).With("theirs", 8);
        using var mount = Mount("produce", cluster.BootstrapServers);
        for (var pass = 0; pass < 3; pass++)
            Time($"dd if={file} of={mount.Root}/kafka/warm/.produce bs=1M oflag=append conv=notrunc status=none", mount.Server);
        var ours = Time($"dd if={file} of={mount.Root}/kafka/ours/.produce bs=1M oflag=append conv=notrunc status=none", mount.Server);
        var theirs = Time($"kcat -P -q -b {cluster.BootstrapServers} -t theirs -l {file}", null);
        Row($"`.produce` in 1 MiB writes, {ProducedMegabytes} MB of lines", Rate(ProducedMegabytes, ours), Rate(ProducedMegabytes, theirs).ToString(CultureInfo.InvariantCulture), "≥ 1.0");
    }

    private void Tree()
    {
        const int Topics = 1000, Makers = 100;
        using var cluster = new MockCluster();
        // The mock looks at what it is told ten times in a second; so it is told by many at a time.
        var makers = Enumerable.Range(0, Makers).Select(maker => new Thread(() =>
        {
            for (var topic = maker; topic < Topics; topic += Makers)
                cluster.With($"topic-{topic:0000}", 10);
        })).ToArray();
        Array.ForEach(makers, maker => maker.Start());
        Array.ForEach(makers, maker => maker.Join());
        using var mount = Mount("tree", cluster.BootstrapServers);
        _ = Directory.GetFileSystemEntries(mount.Root);
        var find = Time($"find {mount.Root} >/dev/null", mount.Server);
        Row($"find of {Topics} topics with 10 partitions", $"{find.Seconds * 1e3:0} ms", "", "< 1 s");
        Row($"memory then (RSS)", $"{ResidentMegabytes(mount.Server):0} MB", "", "< 150 MB");
    }

    private static double Since(string stamp) => Stopwatch.GetElapsedTime(long.Parse(stamp, CultureInfo.InvariantCulture)).TotalMilliseconds;

    private static byte[] Line(int number) => Encoding.ASCII.GetBytes(number.ToString($"D{LineBytes - 1}", CultureInfo.InvariantCulture));

    private static FormattableString Rate(double megabytes, (double Seconds, double CpuSeconds) took) =>
        $"{megabytes / took.Seconds:0} MB/s, {took.CpuSeconds:0.0} s of CPU";

    /// <summary>Runs a command; its processor time and that of the server meanwhile, not that of the mock.</summary>
    private static (double Seconds, double CpuSeconds) Time(string command, Process? server)
    {
        double Cpu() => Libc.EndedChildrenCpuSeconds() + (server is null ? 0 : Libc.CpuSeconds(server.Id));
        var (before, watch) = (Cpu(), Stopwatch.StartNew());
        Shell(command);
        return (watch.Elapsed.TotalSeconds, Cpu() - before);
    }

    private static void Shell(string command)
    {
        using var shell = Process.Start("bash", ["-ec", command]);
        shell.WaitForExit();
        if (shell.ExitCode != 0)
            throw new InvalidOperationException($"exit {shell.ExitCode}: {command}");
    }
}
