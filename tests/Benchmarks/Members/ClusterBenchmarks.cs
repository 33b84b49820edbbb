using System.Diagnostics;
using System.Globalization;
using StreamActors.Messages;

namespace StreamActors.Benchmarks.Members;

/// <summary>What members ask of each other, beside a TCP echo and an HTTP/2 download between the same two processes.</summary>
internal sealed class ClusterBenchmarks(string launcher, string work)
{
    private const int Slices = 7;
    private const int InFlight = 64;
    private const int FrameBytes = 150;
    private const int ReadBytes = 1 << 20;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1.5);
    private static readonly PartitionId Partition = new("bench:0");

    /// <summary>Measures: <c>ask</c>, <c>same</c> (of the same member), <c>read</c>, <c>leave</c>, <c>failover</c>; all where nothing is said.</summary>
    /// <param name="filter">One of them, or nothing.</param>
    /// <param name="deaths">How often a member is killed.</param>
    public async Task RunAsync(string filter, int deaths)
    {
        Console.WriteLine("| workload | ours | beside it | ratio (quartiles) | goal |");
        Console.WriteLine("|---|---|---|---|---|");
        if (filter is "" or "same")
            await SameMemberAsync();
        if (filter is "" or "ask" or "read")
            await AnotherMemberAsync(filter);
        if (filter is "" or "leave" or "failover")
            await ShardsMoveAsync(filter, deaths);
    }

    private async Task ShardsMoveAsync(string filter, int deaths)
    {
        var home = Directory.CreateDirectory(Path.Combine(work, "move")).FullName;
        using var etcd = BenchEtcd.Start(home);
        var secret = await SecretAsync(home);
        if (filter is "" or "leave")
            await LeaveBenchmark.RunAsync(etcd.Endpoint, secret);
        if (filter is not ("" or "failover"))
            return;
        using var failover = new FailoverBenchmark(launcher, home, etcd.Endpoint, secret);
        await failover.RunAsync(deaths);
    }

    private static async Task<string> SecretAsync(string home)
    {
        var secret = Path.Combine(home, "secret");
        await File.WriteAllTextAsync(secret, Guid.NewGuid().ToString("N"));
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return secret;
    }

    private static async Task SameMemberAsync()
    {
        await using var local = BenchMember.Alone();
        var rates = new List<double>();
        // The first slice warms up.
        for (var slice = 0; slice <= Slices; slice++)
            rates.Add(await AsksAsync(() => local.AskAsync(Partition), 1000));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| ask on the same member, 1000 in flight | {Comparison.Median(rates.Skip(1)) / 1e6:0.00} M/s | | | ≥ 1.5 M/s |"));
    }

    private async Task AnotherMemberAsync(string filter)
    {
        using var etcd = BenchEtcd.Start(work);
        var secret = await SecretAsync(work);
        using var other = OtherProcess.Start(etcd.Endpoint, secret);
        await using var here = await BenchMember.StartAsync("asker", weight: 0, etcd.Endpoint, secret);
        // The first answer comes once the other one is a member and has its shards.
        await here.AskAsync(Partition);
        if (filter is "" or "ask")
        {
            using var echo = await TcpEcho.ConnectAsync(other.EchoPort, FrameBytes);
            await CompareAsync(
                $"ask another member, 100 bytes, {InFlight} in flight", () => AsksAsync(() => here.AskAsync(Partition), InFlight),
                () => echo.RunAsync(InFlight, Slice), "≥ 0.5 of a TCP echo");
            await LatencyAsync(here, echo);
        }
        if (filter is "" or "read")
        {
            await CompareAsync(
                "read another member's partition, 1 MiB at a time", () => ReadAsync(here), () => HttpDownload.RunAsync(other.HttpPort),
                "≥ 0.7 of an HTTP/2 download");
        }
    }

    private static async Task CompareAsync(string name, Func<Task<double>> ours, Func<Task<double>> theirs, string goal)
    {
        var (a, b) = (new List<double>(), new List<double>());
        // The first slice warms up.
        for (var slice = 0; slice <= Slices; slice++)
        {
            var (one, two) = slice % 2 == 0 ? (await ours(), await theirs()) : Swapped(await theirs(), await ours());
            if (slice == 0) continue;
            a.Add(one);
            b.Add(two);
        }
        var ratios = a.Zip(b, (one, two) => one / two).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {Rate(Comparison.Median(a))} | {Rate(Comparison.Median(b))} | **{Comparison.Median(ratios):0.00}** ({Comparison.Quantile(ratios, 0.25):0.00} to {Comparison.Quantile(ratios, 0.75):0.00}) | {goal} |"));

        static (double, double) Swapped(double two, double one) => (one, two);
    }

    private static string Rate(double perSecond) => string.Create(
        CultureInfo.InvariantCulture, $"{(perSecond > 1e8 ? perSecond / 1e9 : perSecond / 1e3):0.00} {(perSecond > 1e8 ? "GB/s" : "k/s")}");

    private static async Task<double> AsksAsync(Func<Task> ask, int inFlight)
    {
        var count = 0L;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            while (watch.Elapsed < Slice)
            {
                await ask();
                Interlocked.Increment(ref count);
            }
        }));
        return count / watch.Elapsed.TotalSeconds;
    }

    private static async Task LatencyAsync(BenchMember here, TcpEcho echo)
    {
        var (ours, theirs) = (await MedianAsync(() => here.AskAsync(Partition)), await MedianAsync(echo.OnceAsync));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| ask another member, 1 in flight, median | {ours:0.0} µs | {theirs:0.0} µs | **+{ours - theirs:0.0} µs** | ≤ the echo + 60 µs |"));
    }

    private static async Task<double> MedianAsync(Func<Task> once)
    {
        var times = new List<double>();
        for (var i = 0; i < 5000; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            await once();
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
        }
        return Comparison.Median(times.Skip(1000));
    }

    private static async Task<double> ReadAsync(BenchMember here)
    {
        using var reader = await here.OpenAsync(Partition);
        var buffer = new byte[ReadBytes];
        var position = 0L;
        var watch = Stopwatch.StartNew();
        while (position < BenchBytes.Length)
        {
            if (reader.Read(position, buffer, out var count) != Fault.None)
                (_, count) = await reader.ReadAsync(position, buffer, CancellationToken.None);
            if (count == 0) throw new InvalidOperationException("the bytes can't be read");
            position += count;
        }
        return position / watch.Elapsed.TotalSeconds;
    }
}
