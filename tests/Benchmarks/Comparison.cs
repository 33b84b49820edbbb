using System.Diagnostics;
using System.Globalization;
using StreamActors.Benchmarks.Peers;
using StreamActors.Benchmarks.Workloads;

namespace StreamActors.Benchmarks;

/// <summary>
/// Times workloads on this server and on its peers. The sides take turns in short slices, in the other order every
/// second time, so that what disturbs the machine, and what one side leaves behind for the next, falls on all of them;
/// a ratio is the median of the ratios slice by slice.
/// </summary>
internal sealed class Comparison(string launcher, string peerProgram, string work)
{
    /// <summary>Slices are not counted until the servers have run so long: their code is compiled by then.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    private static readonly Workload[] Workloads =
    [
        new SequentialRead(), new SequentialWrite(), new RandomRead(1), new RandomRead(8),
        new Stat(), new CreateUnlink(), new ReadDirectory(),
    ];

    public void Run(string filter)
    {
        var source = Directory.CreateDirectory(Path.Combine(work, "source")).FullName;
        Console.WriteLine("| workload | without passthrough | passthrough_ll | ratio (quartiles) | goal | CPU time, ratio | with passthrough | plain directory | ratio (quartiles) | goal |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
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
        Side[] sides = [new(ours.Root, ours.Server), new(peer.Root, peer.Server), new(through.Root, through.Server), new(source, null)];
        Side[] turns = [.. sides];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < WarmUp;)
            Array.ForEach(turns, side => side.Run(workload, counted: false));
        for (var slice = 0; slice < workload.Slices; slice++)
        {
            Array.Reverse(turns);
            Array.ForEach(turns, side => side.Run(workload, counted: true));
        }
        var rates = sides.Select(side => Rate(workload, side)).ToArray();
        var cpu = sides[0].CpuSeconds / sides[1].CpuSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {workload.Name} | {rates[0]} | {rates[1]} | {Ratio(sides[0], sides[1])} | ≥ 1.0 | {cpu:0.00} | {rates[2]} | {rates[3]} | {Ratio(sides[2], sides[3])} | {(workload.IsRead ? "≥ 0.95" : "")} |"));
    }

    private string Work(string name) => Directory.CreateDirectory(Path.Combine(work, name)).FullName;

    private static string Ratio(Side a, Side b)
    {
        var ratios = a.Rates.Zip(b.Rates, (x, y) => x / y).ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"**{Quantile(ratios, 0.5):0.00}** ({Quantile(ratios, 0.25):0.00} to {Quantile(ratios, 0.75):0.00})");
    }

    private static string Rate(Workload workload, Side side)
    {
        var median = Quantile(side.Rates, 0.5);
        return workload.CountsBytes
            ? string.Create(CultureInfo.InvariantCulture, $"{median / 1e9:0.00} GB/s")
            : string.Create(CultureInfo.InvariantCulture, $"{median / 1e3:0.0} k/s");
    }

    internal static double Median(IEnumerable<double> values) => Quantile(values, 0.5);

    internal static double Quantile(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToArray();
        var at = part * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    }

    /// <summary>One of the directories that are compared, and the server behind it.</summary>
    private sealed class Side(string root, Process? server)
    {
        private double _cpu;
        private double _units;

        public List<double> Rates { get; } = [];

        /// <summary>Processor time of the server and of this process for each unit, seconds.</summary>
        public double CpuSeconds => _cpu / _units;

        public void Run(Workload workload, bool counted)
        {
            var before = Cpu();
            var slice = workload.Run(root);
            if (!counted)
                return;
            Rates.Add(slice.Rate);
            _cpu += Cpu() - before;
            _units += slice.Units;
        }

        private double Cpu() => Libc.CpuSeconds(Environment.ProcessId) + (server is null ? 0 : Libc.CpuSeconds(server.Id));
    }
}
