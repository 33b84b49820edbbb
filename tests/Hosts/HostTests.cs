using StreamActors.Hosts.Load;
using StreamActors.Hosts.Members;

namespace StreamActors.Hosts;

/// <summary>
/// What users of several hosts see while members come and go, die, freeze, and are cut off: on each mount they write, tail, read
/// and follow by cursors all the while, in a shared log volume and in Kafka.
/// </summary>
public sealed class HostTests(HostCluster cluster, ITestOutputHelper output) : IClassFixture<HostCluster>
{
    private MemberServer A => cluster.Members[0];

    private MemberServer B => cluster.Members[1];

    private MemberServer C => cluster.Members[2];

    private MemberServer D => cluster.Fourth;

    [Fact]
    public Task Member_JoinsAndLeaves_NobodyIsToldAnError() => cluster.RunAsync("join", async load =>
    {
        await D.StartAsync("cluster.weight = 4");
        await HostCluster.KnowEachOtherAsync([A, B, C, D]);
        await Until.TrueAsync("the new member has partitions", async () => await D.PartitionsAsync() > 0);
        Say("after the join", await load.ProgressAsync(cluster.Members));
        await D.StopAsync();
        Say("after the leave", await load.ProgressAsync(cluster.Members));
    });

    [Fact]
    public Task Members_AreRestartedOneAfterTheOther_NobodyElsewhereIsToldAnError() => cluster.RunAsync("rolling", async load =>
    {
        foreach (var member in cluster.Members)
        {
            using (load.Disturbed(member))
            {
                await member.StopAsync();
                await load.ProgressAsync([.. cluster.Members.Where(other => other != member)]);
                await member.StartAsync();
                Say($"after the restart of {member.Name}", await load.ProgressAsync(cluster.Members));
            }
        }
    });

    [Fact]
    public Task Members_AreUpgradedOneAfterTheOther_SpeakByTheOlderVersionMeanwhile() => cluster.RunAsync("upgrade", async load =>
    {
        using (load.Disturbed(cluster.Members))
        {
            await Task.WhenAll(cluster.Members.Select(async member =>
            {
                await member.StopAsync();
                await member.StartAsync("cluster.protocol = 1");
            }));
            await load.ProgressAsync(cluster.Members);
        }
        // Members of the older version say no farewell.
        using (load.KafkaUnknown())
        {
            foreach (var member in cluster.Members)
            {
                using (load.Disturbed(member))
                {
                    await member.StopAsync();
                    await load.ProgressAsync([.. cluster.Members.Where(other => other != member)]);
                    await member.StartAsync();
                    Say($"after the upgrade of {member.Name}", await load.ProgressAsync(cluster.Members));
                }
            }
        }
        // The first spoke by the older one with those that were not upgraded, and by the newer one with all in the end.
        foreach (var version in new[] { 1, 3 })
            await Until.TrueAsync($"version {version} is spoken", () => Task.FromResult(A.Says($"is reached, in version {version} of the protocol")), () => A.Log);
    });

    [Fact]
    public Task Member_IsKilled_TheOthersGoOn() => cluster.RunAsync("killed", async load =>
    {
        using (load.KafkaUnknown())
        using (load.Disturbed(B))
        {
            await B.KillAsync();
            Say("after the death", await load.ProgressAsync([A, C]));
            await B.StartAsync();
            Say("after the restart", await load.ProgressAsync(cluster.Members));
        }
    });

    [Fact]
    public Task Members_AreAllEndedAndStarted_GoOnWhereTheyWere() => cluster.RunAsync("all", async load =>
    {
        using (load.Disturbed(cluster.Members))
        {
            await Task.WhenAll(cluster.Members.Select(member => member.StopAsync()));
            await Task.WhenAll(cluster.Etcd.Select(server => server.StopAsync()));
            await Task.WhenAll(cluster.Etcd.Select(server => server.StartAsync()));
            await Task.WhenAll(cluster.Members.Select(member => member.StartAsync()));
            Say("after the orderly restart of all", await load.ProgressAsync(cluster.Members));
            await Task.WhenAll(cluster.Members.Select(member => member.KillAsync()));
            await Task.WhenAll(cluster.Members.Select(member => member.StartAsync()));
            Say("after the death of all", await load.ProgressAsync(cluster.Members));
        }
    });

    [Fact]
    public Task Member_IsFrozenForLongerThanItsLease_IsReplacedAndComesBack() => cluster.RunAsync("frozen", async load =>
    {
        using (load.KafkaUnknown())
        using (load.Disturbed(B))
        {
            await B.SignalAsync("STOP");
            Say("after it froze", await load.ProgressAsync([A, C]));
            await HostCluster.KnowEachOtherAsync([A, C]);
            await B.ContinueAsync();
            await HostCluster.KnowEachOtherAsync(cluster.Members);
            Say("after it came back", await load.ProgressAsync(cluster.Members));
        }
    });

    [Fact]
    public Task Members_AreCutOffFromEachOther_TheThirdSeesNothingAndTheyComeBack() => cluster.RunAsync("parted", async load =>
    {
        using (load.Disturbed(A, B))
        {
            await cluster.Wire.CutAsync(A.Host, B.Host);
            Say("the third, after the cut,", await load.ProgressAsync([C]));
            // What can't be had ends by its deadline.
            await load.FailureAsync(A, "ETIMEDOUT");
            await cluster.Wire.HealAsync();
            Say("after the cut was healed", await load.ProgressAsync(cluster.Members));
        }
    });

    [Fact]
    public Task Member_IsHeardByOneOfTwoOnly_TheThirdSeesNothingAndTheyComeBack() => cluster.RunAsync("oneway", async load =>
    {
        using (load.Disturbed(A, B))
        {
            await cluster.Wire.CutOneWayAsync(A.Host, B.Host);
            Say("the third, after the cut,", await load.ProgressAsync([C]));
            await cluster.Wire.HealAsync();
            Say("after the cut was healed", await load.ProgressAsync(cluster.Members));
        }
    });

    [Fact]
    public Task Member_IsCutOffFromEtcd_IsReplacedAndComesBack() => cluster.RunAsync("noetcd", async load =>
    {
        using (load.KafkaUnknown())
        using (load.Disturbed(A))
        {
            await cluster.Wire.CutAsync(A.Host, cluster.Etcd.Select(server => server.Host));
            await HostCluster.KnowEachOtherAsync([B, C]);
            Say("the others, after it was replaced,", await load.ProgressAsync([B, C]));
            await cluster.Wire.HealAsync();
            await HostCluster.KnowEachOtherAsync(cluster.Members);
            Say("after it came back", await load.ProgressAsync(cluster.Members));
        }
    });

    [Fact]
    public Task Etcd_IsRestartedOneAfterTheOther_NobodyIsToldAnError() => cluster.RunAsync("etcd", async load =>
    {
        foreach (var server in cluster.Etcd)
        {
            await server.StopAsync();
            await load.ProgressAsync(cluster.Members);
            await server.StartAsync();
            Say($"after the restart of {server.Host.Name}", await load.ProgressAsync(cluster.Members));
        }
    });

    [Fact]
    public Task Members_AreFarFromEachOther_AllGoesOn() => cluster.RunAsync("far", async load =>
    {
        // What was under way when the connections broke is lost with them.
        using (load.KafkaUnknown())
        {
            foreach (var from in cluster.Members)
                foreach (var to in cluster.Members.Where(other => other != from))
                    await cluster.Wire.DelayAsync(from.Host, to.Host, MemberServer.Port, TimeSpan.FromMilliseconds(100));
            Say("over lines of 200 ms there and back", await load.ProgressAsync(cluster.Members));
            await cluster.Wire.HealAsync();
            Say("over short ones again", await load.ProgressAsync(cluster.Members));
        }
    });

    [Fact]
    public Task Kafka_IsAway_MembersStayMembersAndLogsGoOn() => cluster.RunAsync("nokafka", async load =>
    {
        using (load.KafkaAway())
        {
            foreach (var way in cluster.ToKafka)
                way.Close();
            await load.FailureAsync(A, "ETIMEDOUT");
            Say("the logs, without Kafka,", await load.ProgressAsync(cluster.Members, ClusterLoad.Logs));
            foreach (var way in cluster.ToKafka)
                way.Open();
            Say("with Kafka again", await load.ProgressAsync(cluster.Members));
        }
    },
    // librdkafka 2.15 may end the process where a group's coordinator is lost while offsets are asked of it.
    cursors: ClusterLoad.Logs);

    private void Say(string what, TimeSpan took) => output.WriteLine($"{what} everybody went on within {took.TotalSeconds:0.00} s");
}
