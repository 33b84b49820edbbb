using System.Text;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>What becomes of messages that are written.</summary>
public sealed class ProducerTests
{
    private const int RequestTimedOut = 7, NotEnoughReplicas = 19, TopicAuthorizationFailed = 29;

    [Fact]
    public async Task Written_TellsHowManyAndWhere()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        await client.Producer.ProduceAsync("films", 0, [Message("a")]);

        var outcome = await client.Producer.ProduceAsync("films", 0, [Message("b"), Message("c")]);

        Assert.Equal(new ProduceOutcome(2, 1, null, IsKnown: true), outcome);
    }

    [Fact]
    public async Task Written_KcatReadsTheSame_WithKeysHeadersAndTimes()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        await client.Producer.ProduceAsync("films", 0,
        [
            Message("Metropolis", "lang", 1_700_000_000_001, new MessageHeader("year", Encoding.UTF8.GetBytes("1927")), new MessageHeader("year", default(ReadOnlyMemory<byte>))),
            Message("", "", 1_700_000_000_002),
            Message(null, null, 1_700_000_000_003),
        ]);

        var printed = await Kcat.Consume(cluster.BootstrapServers, "films", "-f", "%o|%T|%K|%k|%S|%s|%h\n");

        Assert.Equal(
            "0|1700000000001|4|lang|10|Metropolis|year=1927,year=\n1|1700000000002|0||0||\n2|1700000000003|-1||-1||\n",
            printed);
    }

    [Fact]
    public async Task Broker_FailsForAWhile_NothingIsStoredTwice()
    {
        using var cluster = new MockCluster(2).With("films");
        using var client = Open(OptionsFor(cluster.BootstrapServers) with { MaxWrites = 20 });
        cluster.Fail(MockCluster.Produce, RequestTimedOut, NotEnoughReplicas, RequestTimedOut);

        var writes = Enumerable.Range(0, 20).Select(number => client.Producer.ProduceAsync("films", 0, [Message($"{number}")])).ToArray();
        var outcomes = await Task.WhenAll(writes);

        Assert.All(outcomes, outcome => Assert.Equal((1, null), (outcome.Stored, outcome.Failure)));
        Assert.Equal(20, client.FindWatermarks("films", 0).Value!.High);
        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"{number}"), (await Kcat.Consume(cluster.BootstrapServers, "films")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Message_TooLarge_IsKnownNotToBeStored()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers, ("message.max.bytes", "2000"));

        var outcome = await client.Producer.ProduceAsync("films", 0, [Message("small"), Message(new string('x', 5000))]);

        Assert.Equal((0, Fault.MessageTooLarge, true), (outcome.Stored, outcome.Failure!.Fault, outcome.IsKnown));
        Assert.Equal("", await Kcat.Consume(cluster.BootstrapServers, "films"));
    }

    [Fact]
    public async Task Topic_Forbidden_IsAccessDenied_AndKnownNotToBeStored()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        cluster.Fail(MockCluster.Produce, TopicAuthorizationFailed);

        var outcome = await client.Producer.ProduceAsync("films", 0, [Message("a")]);

        Assert.Equal((0, Fault.AccessDenied, true), (outcome.Stored, outcome.Failure!.Fault, outcome.IsKnown));
    }

    [Fact]
    public async Task NoBroker_FailsWithinTheWriteDeadline_AndLaterWorks()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(OptionsFor(cluster.BootstrapServers) with { WriteDeadline = TimeSpan.FromSeconds(1) });
        await client.Producer.ProduceAsync("films", 0, [Message("a")]);
        cluster.Down();

        var lost = await client.Producer.ProduceAsync("films", 0, [Message("b")]);
        Assert.Equal((0, Fault.TimedOut), (lost.Stored, lost.Failure!.Fault));

        cluster.Up();
        ProduceOutcome outcome;
        do
            outcome = await client.Producer.ProduceAsync("films", 0, [Message("c")]);
        while (outcome.Failure is not null);
        Assert.EndsWith("c\n", await Kcat.Consume(cluster.BootstrapServers, "films"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Written_MoreThanTheLibraryQueues_KeepsTheOrder()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers, ("queue.buffering.max.messages", "100"));
        var plain = Enumerable.Range(0, 5000).Select(number => Message($"{number}"));
        var batch = new MessageBatch();
        foreach (var message in plain)
            batch.Add(message.Value!.Value.Span);

        var outcomes = await Task.WhenAll(client.Producer.ProduceAsync("films", 0, batch), client.Producer.ProduceAsync("films", 0, plain));

        Assert.All(outcomes, outcome => Assert.Equal((5000, null), (outcome.Stored, outcome.Failure)));
        var all = (await Kcat.Consume(cluster.BootstrapServers, "films")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10_000, all.Length);
        // Each of the two is in its own order: what was not seen before is the next number of one of them.
        var next = new int[2];
        foreach (var number in all.Select(int.Parse))
            next[Array.IndexOf(next, number)]++;
    }

    [Fact]
    public async Task Written_PlainAndWithHeadersByTurns_KeepsTheOrder()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        var batch = new MessageBatch();
        for (var number = 0; number < 300; number++)
        {
            if (number % 3 == 0)
                batch.Add(Bytes($"{number}"), Bytes("k"), [new MessageHeader("h", Bytes("v"))], null);
            else if (number % 3 == 1)
                batch.Add(Bytes($"{number}"), Bytes("k"), null, null);
            else
                batch.Add(Encoding.UTF8.GetBytes($"{number}"));
        }

        Assert.Null((await client.Producer.ProduceAsync("films", 0, batch)).Failure);

        Assert.Equal(
            Enumerable.Range(0, 300).Select(number => $"{number}|{(number % 3 == 2 ? "" : "k")}|{(number % 3 == 0 ? "h=v" : "")}"),
            (await Kcat.Consume(cluster.BootstrapServers, "films", "-f", "%s|%k|%h\n")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Property_ThatTheLibraryDoesNotTake_IsRefusedBeforeAnythingIsWritten()
    {
        var made = KafkaClient.Create(OptionsFor("localhost:9", ("compression.type", "zip")), new Lines(), TimeProvider.System);

        Assert.Contains("compression", made.Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closed_WhileAWriteWaits_EndsIt()
    {
        using var cluster = new MockCluster().With("films");
        var client = Open(cluster.BootstrapServers);
        await client.Producer.ProduceAsync("films", 0, [Message("a")]);
        cluster.Down();
        var waiting = client.Producer.ProduceAsync("films", 0, [Message("b")]);

        client.Dispose();

        Assert.NotNull((await waiting).Failure);
    }

    [Fact]
    public async Task Closed_RefusesWrites()
    {
        using var cluster = new MockCluster().With("films");
        var client = Open(cluster.BootstrapServers);
        client.Dispose();

        Assert.Equal(Fault.Crashed, (await client.Producer.ProduceAsync("films", 0, [Message("a")])).Failure!.Fault);
        Assert.Equal(Fault.Crashed, client.ListTopics().Failure!.Fault);
    }
}
