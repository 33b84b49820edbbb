using System.Globalization;
using StreamActors.Kafka.Tests.Front;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>What goes wrong in a cluster, and what those who read and write get.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(KafkaError.TopicAuthorizationFailed, Fault.AccessDenied)]
    [InlineData(KafkaError.ClusterAuthorizationFailed, Fault.AccessDenied)]
    [InlineData(KafkaError.PolicyViolation, Fault.NotPermitted)]
    [InlineData(KafkaError.RequestTimedOut, Fault.TimedOut)]
    public async Task Change_ThatTheClusterRefuses_SaysSo_AndChangesNothing(short error, Fault fault)
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers, options => options with { AllowDelete = true, AllowGrow = true });
        var stream = await bench.Stream("kafka");
        var topic = await bench.Topic("films");
        foreach (var kind in new[] { Api.CreateTopics, Api.CreatePartitions, Api.DeleteTopics })
            cluster.Fail(kind, error);

        Assert.Equal(fault, (await stream.CreateTopic(new EntityName("books"))).Failure!.Fault);
        Assert.Equal(fault, (await topic.AddPartition(1)).Failure!.Fault);
        Assert.Equal(fault, (await stream.DeleteTopic(stream.Find(new EntityName("films"))!.Id))!.Fault);

        Assert.Equal("films", await bench.Topics("kafka"));
        Assert.Single((await bench.Topic("films")).Partitions);
        // The next attempt is no worse off.
        Assert.Null((await stream.CreateTopic(new EntityName("books"))).Failure);
    }

    [Fact]
    public async Task Change_ThatIsNeverAnswered_TimesOut()
    {
        using var cluster = new ClusterFront();
        await using var bench = new SourceBench(cluster.BootstrapServers, deadline: s_short);
        cluster.Swallow(Api.CreateTopics);

        Assert.Equal(Fault.TimedOut, (await (await bench.Stream("kafka")).CreateTopic(new EntityName("books"))).Failure!.Fault);
    }

    [Fact]
    public async Task Change_ThatBrokersLearnOfLate_IsSeenWhenItReturns()
    {
        using var cluster = new ClusterFront();
        cluster.Topics.Lag = 3;
        await using var bench = new SourceBench(cluster.BootstrapServers, options => options with { AllowDelete = true, AllowGrow = true });
        var stream = await bench.Stream("kafka");

        Assert.Null((await stream.CreateTopic(new EntityName("films"))).Failure);
        Assert.Equal("films", await bench.Topics("kafka"));
        Assert.Null((await (await bench.Topic("films")).AddPartition(1)).Failure);
        using (var partition = await bench.Partition("films", 1))
            await SourceBench.Append(partition, "a");
        Assert.Null(await stream.DeleteTopic(stream.Find(new EntityName("films"))!.Id));
        Assert.Equal("", await bench.Topics("kafka"));
    }

    [Fact]
    public async Task Controller_Moves_TheNextOneIsAsked()
    {
        using var cluster = new ClusterFront(2);
        await using var bench = new SourceBench(cluster.BootstrapServers);
        var stream = await bench.Stream("kafka");
        Assert.Null((await stream.CreateTopic(new EntityName("films"))).Failure);

        cluster.Control(2);

        Assert.True(SpinWait.SpinUntil(() => stream.CreateTopic(new EntityName("books")).Result.Failure is null or { Fault: Fault.Exists }, Patient));
    }

    [Theory]
    [InlineData(KafkaError.TopicAuthorizationFailed, Fault.AccessDenied)]
    [InlineData(KafkaError.MessageTooLarge, Fault.MessageTooLarge)]
    [InlineData(KafkaError.InvalidRecord, Fault.Invalid)]
    public async Task Write_ThatABrokerRefuses_StoresNothing(short error, Fault fault)
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        cluster.Mock.Fail(Api.Produce, error);
        var batch = new MessageBatch();
        batch.Add("a"u8);

        Assert.Equal(fault, (await partition.Append(batch)).Failure!.Fault);
        var next = new MessageBatch();
        next.Add("b"u8);
        Assert.True(SpinWait.SpinUntil(() => partition.Append(next).Result.Failure is null, Patient));

        using var reader = await SourceBench.Open(partition);
        Assert.Equal("b\n", reader.ReadToEnd());
    }

    [Fact]
    public async Task Read_ThatABrokerRefuses_IsAccessDenied_UntilItIsAllowed()
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        await SourceBench.Append(partition, "a");

        cluster.Mock.Fail(Api.ListOffsets, KafkaError.TopicAuthorizationFailed, KafkaError.TopicAuthorizationFailed);
        Assert.Equal(Fault.AccessDenied, (await partition.OpenReader(ViewId.Default)).Failure!.Fault);
        cluster.Mock.Fail(Api.Fetch, [.. Enumerable.Repeat((int)KafkaError.TopicAuthorizationFailed, 3)]);
        using var reader = await SourceBench.Open(partition);

        Assert.True(SpinWait.SpinUntil(() => reader.Stalled is { Fault: Fault.AccessDenied } || reader.IsComplete, Patient));
        Assert.Equal("a\n", reader.ReadToEnd());
        Assert.Contains("authoriz", bench.Log.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Group_ThatMayNotBeUsed_IsAccessDenied()
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        var team = new EntityName("team");

        cluster.Fail(Api.OffsetFetch, KafkaError.GroupAuthorizationFailed);
        Assert.Equal(Fault.AccessDenied, (await partition.FindCursor(team)).Failure!.Fault);
        Assert.Null(await partition.CreateCursor(team));
        cluster.Fail(Api.OffsetCommit, KafkaError.GroupAuthorizationFailed);
        Assert.Equal(Fault.AccessDenied, (await partition.Acknowledge(team, 1))!.Fault);
        cluster.Fail(Api.OffsetDelete, KafkaError.GroupAuthorizationFailed);
        Assert.Equal(Fault.AccessDenied, (await partition.ForgetCursor(team))!.Fault);
    }

    [Fact]
    public async Task Credentials_ThatAreWrong_AreAccessDenied_AndNotTold()
    {
        using var cluster = new ClusterFront().With("films").Guard("me", "correct-horse");
        await using var bench = new SourceBench(cluster.BootstrapServers, null, s_short, Sasl("battery-staple"));

        var refused = await bench.Source.Refresh();

        Assert.Equal(Fault.AccessDenied, refused!.Fault);
        Assert.Contains("uthentication failed", refused.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("battery-staple", refused.ToString(), StringComparison.Ordinal);
        Assert.Contains("me/***", bench.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("battery-staple", bench.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_ThatExpire_AreAccessDenied_UntilTheyAreGoodAgain()
    {
        using var cluster = new ClusterFront().With("films").Guard("me", "correct-horse");
        using (var patient = Open(cluster.BootstrapServers, Sasl("correct-horse")))
            Assert.Null((await patient.Producer.ProduceAsync("films", 0, [Message("a")])).Failure);
        await using var bench = new SourceBench(cluster.BootstrapServers, null, s_short, Sasl("correct-horse"));
        // What is to be refused soon may time out, too.
        Assert.True(SpinWait.SpinUntil(() => bench.Source.Refresh().Result is null, Patient));
        using var partition = await bench.Partition("films");
        IPartitionReader? opened = null;
        Assert.True(SpinWait.SpinUntil(() => (opened = partition.OpenReader(ViewId.Default).Result.Value) is not null, Patient));
        using var reader = opened!;
        Assert.Equal("a\n", reader.ReadToEnd());
        var batch = new MessageBatch();
        batch.Add("b"u8);

        cluster.Guard("me", "changed");
        Assert.True(SpinWait.SpinUntil(() => bench.Source.Refresh().Result?.Fault == Fault.AccessDenied, Patient));
        Assert.Equal(Fault.AccessDenied, (await partition.OpenReader(ViewId.Default)).Failure!.Fault);
        Assert.Equal(Fault.AccessDenied, (await partition.Append(batch)).Failure!.Fault);
        Assert.Equal(Fault.None, reader.Read(0, new byte[2], out _));

        cluster.Guard("me", "correct-horse");
        // One that times out may be stored all the same.
        Assert.True(SpinWait.SpinUntil(() => partition.Append(batch).Result.Failure is null, Patient));
        Assert.StartsWith("a\nb\n", reader.ReadUntil(4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retention_RemovesWhatIsBeingRead_WhatIsHereStays_AndTheRestFollows()
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        for (var number = 0; number < 4; number++)
            await SourceBench.Append(partition, Number(number));
        string here;
        using (var first = await SourceBench.Open(partition))
            here = first.ReadToEnd();
        using var open = await SourceBench.Open(partition);
        open.ReadToEnd();

        for (var number = 4; number < 8; number++)
            await SourceBench.Append(partition, Number(number));
        open.ReadUntil(16);
        cluster.Mock.Cut("films", 0, 6);
        await SourceBench.Append(partition, "8");

        Assert.Equal(here + "4\n5\n6\n7\n8\n", open.ReadUntil(18));
        await using var later = new SourceBench(cluster.BootstrapServers);
        using var fresh = await later.Partition("films");
        using var rest = await SourceBench.Open(fresh);
        Assert.Equal("6\n7\n8\n", rest.ReadToEnd());
        using var before = await SourceBench.Open(fresh, ViewKind.Default, new StartPlace.Offset(2));
        Assert.Equal("6\n7\n8\n", before.ReadToEnd());
    }

    [Fact]
    public async Task Retention_OvertakesAReader_TheGapIsPassed()
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        await SourceBench.Append(partition, "0");
        using (var first = await SourceBench.Open(partition))
            Assert.Equal("0\n", first.ReadToEnd());

        // Nobody reads meanwhile, so the mirror falls behind what is kept.
        for (var number = 1; number < 6; number++)
            await SourceBench.Append(partition, Number(number));
        cluster.Mock.Cut("films", 0, 4);

        using var reader = await SourceBench.Open(partition);
        Assert.Equal("0\n4\n5\n", reader.ReadToEnd());
        var (told, offset, _) = reader.MessageAt(2);
        Assert.Equal(Fault.None, told);
        Assert.Equal(4, offset);
    }

    [Fact]
    public async Task Offset_OutOfRange_IsLookedUpAnew()
    {
        const int OutOfRange = 1;
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        await SourceBench.Append(partition, "a");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal("a\n", reader.ReadToEnd());

        cluster.Mock.Fail(Api.Fetch, OutOfRange);
        await SourceBench.Append(partition, "b");

        Assert.Equal("a\nb\n", reader.ReadUntil(4));
    }

    [Theory]
    [InlineData("fetch.message.max.bytes", "1024")]
    [InlineData("fetch.max.bytes", "2000")]
    public async Task Message_LargerThanAFetch_IsRead(string property, string bytes)
    {
        using var cluster = new ClusterFront().With("films");
        (string, string)[] small = property == "fetch.max.bytes" ? [(property, bytes), ("message.max.bytes", "2000")] : [(property, bytes)];
        await using var bench = new SourceBench(cluster.BootstrapServers, null, null, small);
        var large = new string('x', 900_000);
        using (var client = Open(cluster.BootstrapServers))
            Assert.Null((await client.Producer.ProduceAsync("films", 0, [Message(large), Message("b")])).Failure);
        using var partition = await bench.Partition("films");

        using var reader = await SourceBench.Open(partition);

        Assert.Equal($"{large}\nb\n", reader.ReadToEnd());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Topic_MadeAgainByOthersWhileItIsRead_NeverShowsItsBytesInTheOldOne(bool hasIds)
    {
        using var cluster = new ClusterFront(1, fetchesById: hasIds).With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        await SourceBench.Append(partition, "a", "b");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal("a\nb\n", reader.ReadToEnd());

        Assert.Equal(KafkaError.None, cluster.Topics.Delete("films"));
        cluster.With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "v\nw\nx\ny\nz\n");

        Assert.True(SpinWait.SpinUntil(() => reader.IsEnded || reader.End > 4, Collector.Deadline));
        Assert.Equal((true, 4L), (reader.IsEnded, reader.End));
        Assert.Equal(Fault.InputOutput, reader.Read(0, new byte[1], out _));
        using var made = await bench.Partition("films");
        using var other = await SourceBench.Open(made);
        Assert.Equal("v\nw\nx\ny\nz\n", other.ReadToEnd());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Topic_MadeAgainByOthersWhileItIsWritten_GetsNothingOfTheOldHandle(bool hasWritten)
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        using var handle = (await partition.OpenForWriting(ViewId.Default)).Value!;
        if (hasWritten)
            await SourceBench.Append(partition, "a");
        var batch = new MessageBatch();
        batch.Add("b"u8);

        Assert.Equal(KafkaError.None, cluster.Topics.Delete("films"));
        // The cluster's answer to the open is good for some milliseconds.
        await Task.Delay(TopicIdentities.Interval * 2);
        Assert.Equal(Fault.InputOutput, (await partition.Append(batch)).Failure!.Fault);
        cluster.With("films");

        Assert.Equal(Fault.InputOutput, (await partition.Append(batch)).Failure!.Fault);
        Assert.Equal("", await Kcat.Consume(cluster.BootstrapServers, "films"));
        using var made = await bench.Partition("films");
        await SourceBench.Append(made, "c");
        Assert.Equal("c\n", await Kcat.Consume(cluster.BootstrapServers, "films"));
    }

    [Fact]
    public async Task Restart_OfAllBrokersOneByOne_LosesAndDoublesNothing()
    {
        const int Brokers = 3, Messages = 200;
        using var cluster = new ClusterFront(Brokers).With("films", 1, Brokers);
        cluster.Mock.Lead("films", 0, 1);
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);
        var expected = string.Concat(Enumerable.Range(0, Messages).Select(number => $"{number:D4}\n"));
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; written < Messages; Interlocked.Increment(ref written))
                await SourceBench.Append(partition, $"{written:D4}");
        });

        for (var broker = 1; broker <= Brokers; broker++)
        {
            var before = Volatile.Read(ref written);
            cluster.Mock.Down(broker);
            cluster.Mock.Lead("films", 0, broker % Brokers + 1);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written) > Math.Min(before + 10, Messages - 1) || writing.IsFaulted, Collector.Deadline));
            cluster.Mock.Up(broker);
        }
        await writing;

        Assert.Equal(expected, reader.ReadUntil(expected.Length));
        using var again = await SourceBench.Open(partition);
        Assert.Equal(expected, again.ReadToEnd());
    }

    [Fact]
    public async Task Errors_AndLatency_OfEveryRequest_LoseAndDoubleNothing()
    {
        using var cluster = new ClusterFront(2).With("films", 1, 2);
        cluster.Mock.Delay(-1, 20);
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);
        const int Transport = -195;
        foreach (var kind in new[] { Api.Produce, Api.Fetch, Api.ListOffsets, Api.Metadata })
            cluster.Mock.Fail(kind, KafkaError.NotLeader, KafkaError.RequestTimedOut, Transport, KafkaError.LeaderNotAvailable);

        for (var number = 0; number < 5; number++)
            await SourceBench.Append(partition, Number(number));

        Assert.Equal("0\n1\n2\n3\n4\n", reader.ReadUntil(10));
        Assert.Equal(10, reader.End);
    }

    private static (string, string)[] Sasl(string password) =>
        [("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "PLAIN"), ("sasl.username", "me"), ("sasl.password", password), ("debug", "all")];

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
