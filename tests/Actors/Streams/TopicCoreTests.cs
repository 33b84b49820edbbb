using System.Text;
using StreamActors.Messages;
using StreamActors.Sources;
using StreamActors.Streams;

namespace StreamActors.Actors.Tests.Streams;

public sealed class TopicCoreTests
{
    private const long Epoch = 5;

    private static readonly TopicId Id = new("7.0");
    private static readonly PartitionId P0 = new("7.0.0");
    private static readonly PartitionId P1 = new("7.0.1");
    private static readonly HandleId Handle = new(Guid.Empty, 1);
    private static readonly EntityName Cursor = new("c");

    private readonly FakeTopic _topic = new();
    private readonly TopicCore<string> _core = new(new EntitySettings { MaxPending = 1, MaxUnderWay = 2 }, Epoch);

    [Fact]
    public void FindPartition_OfEachIndex_IsFoundUpToTheCount()
    {
        Expect(_core.Handle(new TopicRequest.FindPartition(Id, 1), "x"), new TopicEffect<string>.OpenSource(Epoch));
        Expect(_core.SourceOpened(Epoch, new Result<ISourceTopic>(_topic)), Reply("x", new TopicReply.Found(P1)));
        Expect(_core.Handle(new TopicRequest.ListPartitions(Id), "x"), Reply("x", new TopicReply.Partitions(_topic.Partitions)));
        ExpectFailure(_core.Handle(new TopicRequest.FindPartition(Id, 2), "x"), Fault.NotFound);
        ExpectFailure(_core.Handle(new TopicRequest.FindPartition(Id, -1), "x"), Fault.NotFound);
        Expect(_core.Idle(), new TopicEffect<string>.Passivate());
    }

    [Fact]
    public void FindPartition_AddedByTheSource_IsFoundAtOnce()
    {
        Open();
        Expect(_core.Handle(new TopicRequest.AddPartition(Id, 2), "x"), new TopicEffect<string>.Ask(Epoch, 1, new TopicRequest.AddPartition(Id, 2)));

        _topic.AddPartition(2);

        Expect(_core.Handle(new TopicRequest.FindPartition(Id, 2), "y"), Reply("y", new TopicReply.Found(new PartitionId("7.0.2"))));
        Expect(_core.Idle());
        Expect(_core.Ended(Epoch, 1, new TopicReply.Done()), Reply("x", new TopicReply.Done()));
    }

    [Fact]
    public void Handle_AfterTheDelete_IsDeleted()
    {
        Open();
        _topic.IsEnded = true;

        foreach (var request in new TopicRequest[] { new TopicRequest.FindPartition(Id, 0), new TopicRequest.Append(Id, Batch("1")) })
        {
            var effects = _core.Handle(request, "x");
            ExpectFailure([effects[0]], Fault.Deleted);
            // Whoever asks next finds what has the id by then.
            Assert.IsType<TopicEffect<string>.Passivate>(effects[1]);
        }
    }

    [Fact]
    public void Handle_SourceDoesNotOpen_FailsAndTheNextTriesAgain()
    {
        _core.Handle(new TopicRequest.ListPartitions(Id), "x");
        ExpectFailure(_core.Handle(new TopicRequest.ListPartitions(Id), "x"), Fault.Overloaded);
        Assert.Empty(_core.Idle());
        Assert.Empty(_core.SourceOpened(Epoch + 1, new Result<ISourceTopic>(_topic)));

        ExpectFailure(_core.SourceOpened(Epoch, new Failure(Fault.Stale, "gone")), Fault.Stale);
        Expect(_core.Handle(new TopicRequest.ListPartitions(Id), "x"), new TopicEffect<string>.OpenSource(Epoch));
        ExpectFailure(_core.Stop(new Failure(Fault.Crashed, "stopped")), Fault.Crashed);
    }

    [Fact]
    public void Append_WithoutKeys_GoesToOnePartitionAndTheNextBatchToTheNext()
    {
        Open();
        var (first, second, third) = (Batch("1", "2"), Batch("3"), Batch("4"));

        Expect(_core.Handle(new TopicRequest.Append(Id, first), "x"), Asks(1, 0, new PartitionRequest.Append(P0, first)));
        Expect(_core.PartitionAnswered(Epoch, 1, 0, new PartitionReply.Appended(0)), Reply("x", new TopicReply.Done()));
        Expect(_core.Handle(new TopicRequest.Append(Id, second), "x"), Asks(2, 0, new PartitionRequest.Append(P1, second)));
        Expect(_core.Handle(new TopicRequest.Append(Id, third), "x"), Asks(3, 0, new PartitionRequest.Append(P0, third)));
    }

    [Fact]
    public void Append_WithKeys_IsSplitByTheirHashesInTheirOrder()
    {
        Open();
        var batch = new MessageBatch();
        foreach (var key in new[] { "a", "b", "c", "d", "e", "f", "a", "b" })
            batch.Add(Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(key), null, 7);

        var parts = _core.Handle(new TopicRequest.Append(Id, batch), "x")
            .Select(effect => Assert.IsType<PartitionRequest.Append>(Assert.IsType<TopicEffect<string>.AskPartition>(effect).Request)).ToArray();

        Assert.Equal([P0, P1], parts.Select(part => part.Partition));
        for (var part = 0; part < 2; part++)
        {
            var expected = "abcdefab".Where(key => Partitioner.OfKey([(byte)key], 2) == part);
            Assert.Equal(expected, Enumerable.Range(0, parts[part].Batch.Count).Select(i => (char)parts[part].Batch[i].Value!.Value.Span[0]));
            Assert.Equal(7, parts[part].Batch[0].Timestamp);
        }
    }

    [Fact]
    public void Append_OnePartitionFails_AllAreTriedAndThisIsTheReply()
    {
        Open();
        var batch = new MessageBatch();
        foreach (var key in "abcdef")
            batch.Add(new[] { (byte)key }, new[] { (byte)key }, null, null);
        var full = new Failure(Fault.NoSpace, "full");

        Assert.Equal(2, _core.Handle(new TopicRequest.Append(Id, batch), "x").Count);
        Expect(_core.PartitionAnswered(Epoch, 1, 1, full));
        Expect(_core.PartitionAnswered(Epoch, 1, 0, new PartitionReply.Appended(0)), Reply("x", full));
    }

    [Fact]
    public void StatMerged_OfAllPartitions_IsTheSum()
    {
        Open();
        var (early, late) = (DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));

        Expect(
            _core.Handle(new TopicRequest.StatMerged(Id, ViewKind.Json, null), "x"),
            Asks(1, 0, new PartitionRequest.FindView(P0, ViewKind.Json, null)), Asks(1, 1, new PartitionRequest.FindView(P1, ViewKind.Json, null)));
        Expect(_core.PartitionAnswered(Epoch, 1, 0, new PartitionReply.Found(default, new PartitionStat(3, late, 1))));
        Expect(
            _core.PartitionAnswered(Epoch, 1, 1, new PartitionReply.Found(default, new PartitionStat(4, early, 2))),
            Reply("x", new TopicReply.Stated(new PartitionStat(7, late, 3))));
    }

    [Fact]
    public void Wait_AtTheEndOfTheMergedView_IsAnsweredByGrowth()
    {
        Open();
        Expect(_core.Handle(new TopicRequest.OpenMerged(Id, Handle, ViewKind.Default, null), "x"), new TopicEffect<string>.OpenMerged(Epoch, Handle, ViewKind.Default, null));
        var reader = new FakeReader(_topic.Merged);
        Expect(_core.ReaderOpened(Epoch, Handle, new Result<IPartitionReader>(reader)), Reply("x", new TopicReply.Opened(reader)));
        Expect(_core.Handle(new TopicRequest.Wait(Id, Handle, new WaiterId(1), 0), "y"));
        Expect(_core.Handle(new TopicRequest.Wait(Id, Handle, new WaiterId(2), 0), "z"));
        Expect(_core.Changed());
        Expect(_core.Idle());

        _topic.Merged.Text = "1\n";

        ExpectFailure(_core.Handle(new TopicRequest.CancelWait(Id, Handle, new WaiterId(2)), "z"), Fault.Cancelled);
        Expect(_core.Changed(), Reply("y", new PartitionReply.Grown(2)));
        Expect(_core.Handle(new TopicRequest.Close(Id, Handle), "x"), new TopicEffect<string>.Discard(reader));
        ExpectFailure(_core.Handle(new TopicRequest.Wait(Id, Handle, new WaiterId(1), 0), "y"), Fault.UnknownHandle);
    }

    [Fact]
    public void ReaderOpened_OfAHandleThatWasClosed_IsDiscarded()
    {
        Open();
        _core.Handle(new TopicRequest.OpenMerged(Id, Handle, ViewKind.Default, null), "x");
        ExpectFailure(_core.Handle(new TopicRequest.Close(Id, Handle), "y"), Fault.Cancelled);
        var reader = new FakeReader(_topic.Merged);

        Expect(_core.ReaderOpened(Epoch, Handle, new Result<IPartitionReader>(reader)), new TopicEffect<string>.Discard(reader));
    }

    [Fact]
    public void ForgetCursor_NobodyReads_IsForgottenInTheFirstPartitionLast()
    {
        Open();

        Expect(
            _core.Handle(new TopicRequest.ForgetCursor(Id, Cursor), "x"),
            Asks(1, 0, new PartitionRequest.ProbeCursor(P0, Cursor)), Asks(1, 1, new PartitionRequest.ProbeCursor(P1, Cursor)));
        Expect(_core.PartitionAnswered(Epoch, 1, 0, new PartitionReply.Done()));
        Expect(_core.PartitionAnswered(Epoch, 1, 1, new PartitionReply.Done()), Asks(2, 0, new PartitionRequest.ForgetCursor(P1, Cursor)));
        Expect(_core.PartitionAnswered(Epoch, 2, 0, new PartitionReply.Done()), Asks(3, 0, new PartitionRequest.ForgetCursor(P0, Cursor)));
        Expect(_core.PartitionAnswered(Epoch, 3, 0, new PartitionReply.Done()), Reply("x", new TopicReply.Done()));
    }

    [Fact]
    public void ForgetCursor_SomebodyReads_IsBusyAndNothingIsForgotten()
    {
        Open();
        _core.Handle(new TopicRequest.ForgetCursor(Id, Cursor), "x");
        _core.PartitionAnswered(Epoch, 1, 0, new PartitionReply.Done());

        ExpectFailure(_core.PartitionAnswered(Epoch, 1, 1, new Failure(Fault.Busy, "read")), Fault.Busy);
    }

    [Fact]
    public void ForgetCursor_OfOnePartition_AsksItTwice()
    {
        _topic.Partitions = [P0];
        Open();

        Expect(_core.Handle(new TopicRequest.ForgetCursor(Id, Cursor), "x"), Asks(1, 0, new PartitionRequest.ProbeCursor(P0, Cursor)));
        Expect(_core.PartitionAnswered(Epoch, 1, 0, new PartitionReply.Done()), Asks(2, 0, new PartitionRequest.ForgetCursor(P0, Cursor)));
    }

    [Fact]
    public void Partitions_Outdated_AreToldAfterARefresh()
    {
        Open();
        _topic.Outdated = true;
        Expect(_core.Handle(new TopicRequest.FindPartition(Id, 2), "x"), new TopicEffect<string>.Refresh(Epoch, 1));
        Expect(_core.Handle(new TopicRequest.ListPartitions(Id), "y"), new TopicEffect<string>.Refresh(Epoch, 2));
        Expect(_core.Idle());
        var failure = new Failure(Fault.TimedOut, "nobody answers");
        Expect(_core.Refreshed(Epoch, 2, failure), Reply("y", failure));
        _topic.Partitions = [.. _topic.Partitions, new PartitionId("7.0.2")];

        Expect(_core.Refreshed(Epoch, 1, null), Reply("x", new TopicReply.Found(new PartitionId("7.0.2"))));
        Expect(_core.Refreshed(Epoch, 1, null));
        _core.Handle(new TopicRequest.ListPartitions(Id), "z");
        Expect(_core.Stop(failure), Reply("z", failure));
    }

    [Fact]
    public void Stop_WhoeverWaits_IsToldOnce()
    {
        Open();
        _core.Handle(new TopicRequest.Append(Id, Batch("1")), "x");
        _core.Handle(new TopicRequest.Sync(Id), "y");
        _core.Handle(new TopicRequest.OpenMerged(Id, Handle, ViewKind.Default, null), "z");
        var failure = new Failure(Fault.Crashed, "stopped");

        Expect(_core.Stop(failure), Reply("z", failure), Reply("y", failure), Reply("x", failure));
        Expect(_core.PartitionAnswered(Epoch, 1, 0, new PartitionReply.Appended(0)));
        Expect(_core.Ended(Epoch, 1, new TopicReply.Done()));
        Expect(_core.PartitionAnswered(Epoch - 1, 1, 0, new PartitionReply.Appended(0)));
    }

    [Fact]
    public void HandOver_UnderWay_WhatWaitsIsGivenBackAndTheRestIsEndedFirst()
    {
        Open();
        var open = new TopicRequest.OpenMerged(Id, Handle, ViewKind.Default, null);
        _core.Handle(open, "opens");
        _core.Handle(new TopicRequest.FindCursor(Id, Cursor), "asks");
        Expect(_core.HandOver(), new TopicEffect<string>.GiveBack(open, "opens"));
        Expect(
            _core.PartitionAnswered(Epoch, 1, 0, new PartitionReply.CursorAt(default)), Reply("asks", new TopicReply.Done()),
            new TopicEffect<string>.Stop());
    }

    [Fact]
    public void Append_SentAgain_GoesToThePartitionsThatItWentToBefore()
    {
        Open();
        var batch = Batch("x");
        batch.Stamp = new WriterStamp(7, 3);
        var first = Assert.IsType<TopicEffect<string>.AskPartition>(Assert.Single(_core.Handle(new TopicRequest.Append(Id, batch), "a")));
        var again = Assert.IsType<TopicEffect<string>.AskPartition>(Assert.Single(_core.Handle(new TopicRequest.Append(Id, batch), "a")));
        Assert.Equal(first.Request.Partition, again.Request.Partition);
    }

    private void Open()
    {
        _core.Handle(new TopicRequest.ListPartitions(Id), "first");
        _core.SourceOpened(Epoch, new Result<ISourceTopic>(_topic));
    }

    private static MessageBatch Batch(params string[] values)
    {
        var batch = new MessageBatch();
        foreach (var value in values)
            batch.Add(Encoding.ASCII.GetBytes(value));
        return batch;
    }

    private static TopicEffect<string>.AskPartition Asks(long ticket, int part, PartitionRequest request) => new(Epoch, ticket, part, request);

    private static TopicEffect<string>.Reply Reply(string to, object message) => new(to, message);

    private static void Expect(IReadOnlyList<TopicEffect<string>> effects, params TopicEffect<string>[] expected) => Assert.Equal(expected, effects);

    private static void ExpectFailure(IReadOnlyList<TopicEffect<string>> effects, Fault fault) =>
        Assert.Equal(fault, Assert.IsType<Failure>(Assert.IsType<TopicEffect<string>.Reply>(Assert.Single(effects)).Message).Fault);
}
