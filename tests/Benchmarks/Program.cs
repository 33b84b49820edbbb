using System.Globalization;
using StreamActors.Benchmarks;
using StreamActors.Benchmarks.Kafka;
using StreamActors.Benchmarks.Logs;
using StreamActors.Benchmarks.Members;
using StreamActors.Benchmarks.Peers;
using StreamActors.Benchmarks.Streams;

// usage: StreamActors.Benchmarks LAUNCHER [files|streams|logs|kafka|cluster|all] [FILTER [MESSAGES|DEATHS]].
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: StreamActors.Benchmarks LAUNCHER [files|streams|logs|kafka|cluster|all] [FILTER [MESSAGES|DEATHS]]");
    return 2;
}

if (args[0] == OtherProcess.Word)
{
    await OtherProcess.RunAsync(new Uri(args[1]), args[2]);
    return 0;
}

var launcher = Path.GetFullPath(args[0]);
var which = args.ElementAtOrDefault(1) ?? "all";
var work = Directory.CreateTempSubdirectory("streamactors-bench-").FullName;
try
{
    if (which is "files" or "all")
        new Comparison(launcher, PassthroughLl.Compile(work), work).Run(args.ElementAtOrDefault(2) ?? "");
    if (which is "streams" or "all")
        new StreamBenchmarks(launcher, work).Run();
    if (which is "logs" or "all")
        await new LogBenchmarks(launcher, work, args.ElementAtOrDefault(2) ?? "", long.Parse(args.ElementAtOrDefault(3) ?? "10000000", CultureInfo.InvariantCulture)).RunAsync();
    if (which is "kafka" or "all")
        new KafkaBenchmarks(launcher, work, args.ElementAtOrDefault(2) ?? "", long.Parse(args.ElementAtOrDefault(3) ?? "2500000", CultureInfo.InvariantCulture)).Run();
    if (which is "cluster" or "all")
        await new ClusterBenchmarks(launcher, work).RunAsync(args.ElementAtOrDefault(2) ?? "", int.Parse(args.ElementAtOrDefault(3) ?? "20", CultureInfo.InvariantCulture));
}
finally
{
    Directory.Delete(work, recursive: true);
}
return 0;
