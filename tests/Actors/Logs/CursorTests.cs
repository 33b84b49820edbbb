using StreamActors.Messages;
using StreamActors.Streams;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>Named cursors: one name over all partitions of a topic, one reader at a time in each, at least once.</summary>
public sealed class CursorTests : LogVolumeTestBase
{
    private readonly TopicId _topic;
    private readonly PartitionId _first;
    private readonly PartitionId _second;

    public CursorTests()
    {
        _topic = MakeTopic(MakeStream("films"), "comedy");
        (_first, _second) = (PartitionsOf(_topic)[0], PartitionsOf(_topic)[1]);
        Append(_first, "a", "b", "c");
        Append(_second, "x", "y");
    }

    [Fact]
    public void Cursor_Made_IsAtTheOldestMessageOfEachPartition()
    {
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new PartitionRequest.FindCursor(_first, Name("c")))));
        Make("c");

        Assert.Equal(Fault.Exists, FaultOf(Ask(new TopicRequest.CreateCursor(_topic, Name("c")))));
        Assert.Equal(new CursorState(0, 3), StateOf(_first));
        Assert.Equal(new CursorState(0, 2), StateOf(_second));
        Assert.Equal([Name("c")], Assert.IsType<TopicReply.Cursors>(Ask(new TopicRequest.ListCursors(_topic))).Names);
    }

    [Fact]
    public void Cursor_Acknowledged_ReadingGoesOnThere()
    {
        Make("c");
        var (handle, reader) = OpenCursor(_second);
        Assert.Equal("x\ny\n", TextOf(reader));
        Assert.IsType<PartitionReply.Done>(Ask(new PartitionRequest.Acknowledge(_second, handle, 1)));
        reader.Dispose();
        Tell(new PartitionRequest.Close(_second, handle));

        var (next, rest) = OpenCursor(_second);

        Assert.Equal("y\n", TextOf(rest));
        Assert.Equal(new CursorState(1, 1), StateOf(_second));
        Assert.Equal(new CursorState(0, 3), StateOf(_first));
        rest.Dispose();
        Tell(new PartitionRequest.Close(_second, next));
    }

    [Fact]
    public void Cursor_ReadByOne_IsBusyForOthers()
    {
        Make("c");
        var (handle, reader) = OpenCursor(_second);

        Assert.Equal(Fault.Busy, FaultOf(AskPatiently(new PartitionRequest.OpenCursor(_second, NewHandle(), Name("c"), ViewKind.Json))));
        Assert.Equal(Fault.Busy, FaultOf(AskPatiently(new PartitionRequest.MoveCursor(_second, Name("c"), new StartPlace.Last(1)))));
        Assert.Equal(Fault.Busy, FaultOf(AskPatiently(new TopicRequest.ForgetCursor(_topic, Name("c")))));
        reader.Dispose();
        Tell(new PartitionRequest.Close(_second, handle));
        Assert.IsType<TopicReply.Done>(Ask(new TopicRequest.ForgetCursor(_topic, Name("c"))));
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new PartitionRequest.FindCursor(_second, Name("c")))));
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new PartitionRequest.OpenCursor(_first, NewHandle(), Name("c"), ViewKind.Json))));
    }

    [Fact]
    public void Cursor_ForgottenAndMadeAgain_BeginsAnewEverywhere()
    {
        Make("c");
        Assert.IsType<PartitionReply.Done>(Ask(new PartitionRequest.MoveCursor(_second, Name("c"), new StartPlace.Last(0))));
        Assert.Equal(new CursorState(2, 0), StateOf(_second));

        Assert.IsType<TopicReply.Done>(Ask(new TopicRequest.ForgetCursor(_topic, Name("c"))));
        Make("c");

        Assert.Equal(new CursorState(0, 2), StateOf(_second));
    }

    [Fact]
    public void Cursor_InAPartitionThatWasAddedLater_IsAtItsOldestMessage()
    {
        Make("c");
        var added = Assert.IsType<TopicReply.Found>(Ask(new TopicRequest.AddPartition(_topic, 2))).Partition;
        Append(added, "1");

        Assert.Equal(new CursorState(0, 1), StateOf(added));
    }

    [Fact]
    public void Cursor_Moved_ToAnyPlace()
    {
        Make("c");
        Assert.IsType<PartitionReply.Done>(Ask(new PartitionRequest.MoveCursor(_first, Name("c"), new StartPlace.Offset(1))));
        Assert.Equal(new CursorState(1, 2), StateOf(_first));
        Assert.IsType<PartitionReply.Done>(Ask(new PartitionRequest.MoveCursor(_first, Name("c"), new StartPlace.Last(1))));
        Assert.Equal(new CursorState(2, 1), StateOf(_first));
        Assert.IsType<PartitionReply.Done>(Ask(new PartitionRequest.MoveCursor(_first, Name("c"), new StartPlace.Age(TimeSpan.FromDays(1)))));
        Assert.Equal(new CursorState(0, 3), StateOf(_first));
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new PartitionRequest.MoveCursor(_first, Name("d"), new StartPlace.Last(1)))));
    }

    private void Make(string name) => Assert.IsType<TopicReply.Done>(Ask(new TopicRequest.CreateCursor(_topic, Name(name))));

    private CursorState StateOf(PartitionId partition) =>
        Assert.IsType<PartitionReply.CursorAt>(Ask(new PartitionRequest.FindCursor(partition, Name("c")))).Value;

    private (HandleId Handle, IPartitionReader Reader) OpenCursor(PartitionId partition)
    {
        var handle = NewHandle();
        var reply = Ask(new PartitionRequest.OpenCursor(partition, handle, Name("c"), ViewKind.Default));
        return (handle, Assert.IsType<PartitionReply.Opened>(reply).Reader);
    }

    /// <summary>Asks by a cursor that somebody reads by: the reply comes when its close was waited for in vain.</summary>
    private object AskPatiently(object request)
    {
        var reply = request is PartitionRequest partition ? Send(partition) : Send((TopicRequest)request);
        Assert.True(Simulation!.RunUntil(() => reply.IsCompleted, 2 * new EntitySettings().CursorPatience));
        return reply.Result;
    }
}
