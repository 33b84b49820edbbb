using System.Globalization;
using StreamActors.Benchmarks.Peers;
using StreamActors.Benchmarks.Workloads;

namespace StreamActors.Benchmarks;

/// <summary>Times workloads on this server and on its peers in turn, and gives medians of the ratios round by round.</summary>
internal sealed class Comparison(string launcher, string peerProgram, string work, int rounds)
{
    private static readonly Workload[] Workloads =
    [
        new SequentialRead(), new SequentialWrite(), new RandomRead(1), new RandomRead(8),
        new Stat(), new CreateUnlink(), new ReadDirectory(),
    ];

    public void Run(string filter)
    {
        var source = Directory.CreateDirectory(Path.Combine(work, "source")).FullName;
        Console.WriteLine("| workload | StreamActors | passthrough_ll | ratio | StreamActors, passthrough | plain directory | ratio |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var workload in Workloads.Where(w => w.Name.Contains(filter, StringComparison.Ordinal)))
        {
            workload.Prepare(source);
            RunWorkload(workload, source);
        }
    }

    private void RunWorkload(Workload workload, string source)
    {
        var noTimes = workload.WithoutCacheTimes;
        using var ours = StreamActorsServer.Mount(launcher, Work("ours"), source, noTimes, passthrough: false);
        using var peer = PassthroughLl.Mount(peerProgram, Work("peer"), source, noTimes);
        using var through = StreamActorsServer.Mount(launcher, Work("through"), source, noTimes, passthrough: true);
        string[] roots = [ours.Root, peer.Root, through.Root, source];
        var results = roots.Select(_ => new List<double>()).ToArray();
        for (var round = -1; round < rounds; round++)
            for (var i = 0; i < roots.Length; i++)
            {
                var rate = workload.Run(roots[i]);
                if (round >= 0)
                    results[i].Add(rate);
            }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {workload.Name} | {Rate(workload, results[0])} | {Rate(workload, results[1])} | {Ratio(results[0], results[1]):0.00} | {Rate(workload, results[2])} | {Rate(workload, results[3])} | {Ratio(results[2], results[3]):0.00} |"));
    }

    private string Work(string name) => Directory.CreateDirectory(Path.Combine(work, name)).FullName;

    private static double Ratio(List<double> a, List<double> b) => Median(a.Zip(b, (x, y) => x / y));

    private static string Rate(Workload workload, List<double> rates)
    {
        var median = Median(rates);
        return workload.Name.StartsWith("sequential", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{median / 1e9:0.00} GB/s")
            : string.Create(CultureInfo.InvariantCulture, $"{median / 1e3:0.0} k/s");
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
