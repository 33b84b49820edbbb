using System.Diagnostics;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>What a cluster is asked, and what it answers.</summary>
public sealed class ClientTests
{
    [Fact]
    public void Topics_Listed_WithTheirPartitions()
    {
        using var cluster = new MockCluster(3).With("films", 3).With("__hidden");
        using var client = Open(cluster.BootstrapServers);

        var topics = client.ListTopics().Value!.Topics;

        Assert.Equal(["__hidden", "films"], topics.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(3, topics["films"].Partitions);
    }

    [Fact]
    public void Topic_Unknown_IsNotFound_AndNotMade()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);

        Assert.Equal(Fault.NotFound, client.FindTopic("books").Failure!.Fault);
        Assert.Equal(["films"], client.ListTopics().Value!.Topics.Keys);
    }

    [Fact]
    public void Topic_MadeLater_IsSeenByName()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        Assert.NotNull(client.FindTopic("books").Failure);

        cluster.With("books", 2);

        Assert.Equal(2, client.FindTopic("books").Value!.Partitions);
    }

    [Fact]
    public void Topic_Forbidden_IsAccessDenied()
    {
        const int TopicAuthorizationFailed = 29;
        using var cluster = new MockCluster().With("films");
        cluster.FailTopic("films", TopicAuthorizationFailed);
        using var client = Open(cluster.BootstrapServers);

        Assert.Equal(Fault.AccessDenied, client.FindTopic("films").Failure!.Fault);
    }

    [Fact]
    public async Task Watermarks_TellFromWhereToWhere()
    {
        using var cluster = new MockCluster().With("films", 2);
        using var client = Open(cluster.BootstrapServers);
        await client.Producer.ProduceAsync("films", 1, [Message("a"), Message("b")]);

        Assert.Equal(new Watermarks(0, 0), client.FindWatermarks("films", 0).Value);
        Assert.Equal(new Watermarks(0, 2), client.FindWatermarks("films", 1).Value);
    }

    [Fact]
    public void NoBroker_EveryCall_FailsWithinItsDeadline()
    {
        var deadline = TimeSpan.FromMilliseconds(300);
        using var client = Open(OptionsFor("127.0.0.1:1") with { Deadline = deadline });
        var calls = new Func<Failure?>[]
        {
            () => client.ListTopics().Failure,
            () => client.FindTopic("films").Failure,
            () => client.FindWatermarks("films", 0).Failure,
            () => client.FindOffset("films", 0, DateTimeOffset.UnixEpoch, out _),
            () => client.Admin.CreateTopic("films", new TopicDefaults(1, 1, new Dictionary<string, string>())),
            () => client.Admin.FindCommitted("team", "films", 0, out _),
            () => client.Admin.Commit("team", "films", 0, 1),
        };
        foreach (var call in calls)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal(Fault.TimedOut, call()?.Fault);
            // The bound is not about speed: without a deadline these wait a minute.
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    public async Task Writers_AskForTheTopicAllTheTime_WhatIsFetchedWaitsForOneIntervalAtMost()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        var identities = new TopicIdentities(client.Admin, new StandingClock());
        var topic = new TopicIdentity("films");
        for (var write = 0; write < 200; write++)
            await identities.ConfirmAsync([topic]);
        Assert.InRange(identities.UntilNext, TimeSpan.Zero, TopicIdentities.Interval);
    }

    [Fact]
    public void Brokers_DownAndUp_AnswerAgainWithoutANewClient()
    {
        using var cluster = new MockCluster(2).With("films", 2);
        using var client = Open(OptionsFor(cluster.BootstrapServers) with { Deadline = TimeSpan.FromSeconds(1) });
        Assert.NotNull(client.ListTopics().Value);
        cluster.Down();
        Assert.Equal(Fault.TimedOut, client.FindWatermarks("films", 0).Failure!.Fault);

        cluster.Up();

        Assert.True(SpinWait.SpinUntil(() => client.FindWatermarks("films", 0).Value is not null, Patient));
    }

    [Fact]
    public void Group_IsMovedWithoutJoining()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        Assert.Null(client.Admin.FindCommitted("team", "films", 0, out var before));
        Assert.Null(before);

        Assert.Null(client.Admin.CheckIdle("team"));
        Assert.Null(client.Admin.Commit("team", "films", 0, 7));

        Assert.Null(client.Admin.FindCommitted("team", "films", 0, out var after));
        Assert.Equal(7, after);
    }

    /// <summary>One on which no time passes.</summary>
    private sealed class StandingClock : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
