using System.Diagnostics;
using System.Globalization;
using StreamActors.Messages;

namespace StreamActors.Benchmarks.Members;

/// <summary>
/// Three members with ten thousand partitions that somebody asks all the while, one of which leaves: how long it takes from the word to
/// leave until each partition has answered who asked it since, and whether an ask failed.
/// </summary>
internal static class LeaveBenchmark
{
    private const int Entities = 10_000;
    private const int Rounds = 5;

    public static async Task RunAsync(Uri etcd, string secret)
    {
        var all = Enumerable.Range(0, Entities).Select(number => new PartitionId($"bench:{number}")).ToArray();
        await using var asker = await BenchMember.StartAsync("one", 1, etcd, secret, hasEntities: true);
        await using var second = await BenchMember.StartAsync("two", 1, etcd, secret, hasEntities: true);
        var (times, failed) = (new List<double>(), 0);
        for (var round = 0; round < Rounds; round++)
        {
            await using var leaver = await BenchMember.StartAsync("three", 1, etcd, secret, hasEntities: true);
            while (leaver.ShardsHeld < BenchMember.Shards / 4)
                await Task.Delay(10);
            await AskAllAsync(asker, all);
            var watch = Stopwatch.StartNew();
            var leaving = leaver.LeaveAsync();
            failed += await AskAllAsync(asker, all);
            times.Add(watch.Elapsed.TotalMilliseconds);
            await leaving;
            failed += await AskAllAsync(asker, all);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {Entities} entities, one of three members leaves: all have answered, median of {Rounds} | {Comparison.Median(times):0} ms, worst {times.Max():0} ms | | {failed} asks failed | ≤ 2 s, none failed |"));
    }

    private static async Task<int> AskAllAsync(BenchMember asker, PartitionId[] all)
    {
        var answers = await Task.WhenAll(all.Select(asker.AskAsync));
        return answers.Count(answer => answer is not PartitionReply.Appended);
    }
}
