using System.Text;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Actors.Tests.Sources;

/// <summary>What every source keeps to, whatever it is made of. Each has a stream with the topics a (messages 1, 2) and b (x).</summary>
public abstract class SourceContract
{
    protected abstract IStreamSource Source { get; }

    protected abstract StreamId Stream { get; }

    [Fact]
    public void Stream_Opened_KnowsItsTopicsByNameAndInOrder()
    {
        using var stream = OpenStream();

        Assert.Equal(["a", "b"], stream.Topics.Select(topic => topic.Name.ToString()));
        Assert.True(stream.Topics[0].Place < stream.Topics[1].Place);
        Assert.Equal(stream.Topics[1], stream.Find(new EntityName("b")));
        Assert.Null(stream.Find(new EntityName("c")));
        Assert.False(stream.IsEnded);
        Assert.Equal(Framing.Lines, stream.Framing);
    }

    [Fact]
    public void Topic_WithOnePartition_SaysSo()
    {
        using var stream = OpenStream();

        foreach (var topic in stream.Topics)
            Assert.Equal(topic.Only, Assert.Single(OpenTopic(topic.Name.ToString()).Partitions));
    }

    [Fact]
    public void View_Found_HasTheSizeOfItsBytes()
    {
        using var partition = OpenPartition("a");
        var found = partition.FindView(ViewKind.Default, null).Now().Value!;
        using var reader = partition.OpenReader(found.View).Now().Value!;

        Assert.Equal((4, 2), (found.Value.Size, found.Value.Messages));
        Assert.Equal(found.Value, partition.Stat(found.View).Now().Value!.Value);
        Assert.Equal(found.Value, reader.Stat);
        Assert.Equal("1\n2\n", TextOf(reader));
        Assert.Equal((Fault.None, 0), (reader.Read(4, new byte[1], out var none), none));
    }

    [Fact]
    public void Partition_Described_AgreesWithItsView()
    {
        using var partition = OpenPartition("a");
        var described = partition.Describe().Now().Value!.Value;

        Assert.Equal((0, 2, 2, 4, 0, true), (
            described.FirstOffset, described.NextOffset, described.Messages, described.Bytes, described.Generation, described.IsComplete));
        Assert.Equal(partition.FindView(ViewKind.Default, null).Now().Value!.Value.ModifiedAt, described.LastAt);
    }

    [Fact]
    public void OffsetAt_EachByte_IsItsMessage()
    {
        using var partition = OpenPartition("a");
        using var reader = partition.OpenReader(ViewId.Default).Now().Value!;

        Assert.Equal([0, 0, 1, 1, 2], Enumerable.Range(0, 5).Select(position =>
        {
            Assert.Equal(Fault.None, reader.OffsetAt(position, out var offset));
            return offset;
        }));
    }

    [Fact]
    public void Cursor_ThatIsNotThere_IsNotFound()
    {
        using var partition = OpenPartition("a");
        var name = new EntityName("c");

        Assert.Equal(Fault.NotFound, partition.FindCursor(name).Now().Failure!.Fault);
        Assert.Equal(Fault.NotFound, partition.OpenCursor(name, ViewKind.Default).Now().Failure!.Fault);
        Assert.Equal(Fault.NotFound, partition.MoveCursor(name, new StartPlace.Last(0)).Now()!.Fault);
        Assert.Empty(OpenTopic("a").ListCursors().Now().Value!.Names);
    }

    [Fact]
    public void Delete_OfATopic_IsTheEndOfItAndOfNoOther()
    {
        using var stream = OpenStream();
        using var partition = OpenPartition("a");
        using var reader = partition.OpenReader(ViewId.Default).Now().Value!;
        using var other = OpenPartition("b");
        var told = 0;
        using var watch = partition.Watch(() => told++);
        var topic = stream.Find(new EntityName("a"))!.Id;

        Assert.Null(stream.DeleteTopic(topic).Now());

        Assert.Equal(1, told);
        Assert.True(partition.IsEnded && reader.IsEnded);
        Assert.False(other.IsEnded || stream.IsEnded);
        Assert.Equal("1\n2\n", TextOf(reader));
        Assert.Null(stream.Find(new EntityName("a")));
        Assert.Equal(Fault.Deleted, Source.OpenTopic(topic).Now().Failure!.Fault);
        Assert.NotNull(stream.DeleteTopic(topic).Now());
    }

    [Fact]
    public void Delete_OfAStream_IsTheEndOfItsTopics()
    {
        using var stream = OpenStream();
        using var partition = OpenPartition("a");
        var told = 0;
        using var watch = partition.Watch(() => told++);

        Assert.Null(stream.Delete().Now());

        Assert.Equal(1, told);
        Assert.True(stream.IsEnded && partition.IsEnded);
        Assert.NotNull(Source.OpenStream(Stream).Now().Failure);
    }

    [Fact]
    public void Watch_EndedByItsOwner_IsToldNothing()
    {
        using var stream = OpenStream();
        using var partition = OpenPartition("a");
        var told = 0;
        partition.Watch(() => told++).Dispose();

        Assert.Null(stream.Delete().Now());

        Assert.Equal(0, told);
    }

    private ISourceStream OpenStream() => Source.OpenStream(Stream).Now().Value!;

    private ISourceTopic OpenTopic(string name)
    {
        using var stream = OpenStream();
        return Source.OpenTopic(stream.Find(new EntityName(name))!.Id).Now().Value!;
    }

    private IPartitionSource OpenPartition(string topic) => Source.OpenPartition(OpenTopic(topic).Partitions[0]).Now().Value!;

    private static string TextOf(IPartitionReader reader)
    {
        var target = new byte[reader.End];
        Assert.Equal(Fault.None, reader.Read(0, target, out var count));
        return Encoding.UTF8.GetString(target, 0, count);
    }
}
