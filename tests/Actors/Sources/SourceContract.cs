using System.Text;
using StreamActors.Sources;

namespace StreamActors.Messages.Tests;

/// <summary>What every source keeps to, whatever it is made of. Each has a stream with the topics a (messages 1, 2) and b (x).</summary>
public abstract class SourceContract
{
    protected abstract IStreamSource Source { get; }

    protected abstract StreamId Stream { get; }

    /// <summary>Whether open handles of what was deleted read on to its end; else they get an error.</summary>
    protected virtual bool IsReadAfterDelete => true;

    [Fact]
    public async Task Stream_Opened_KnowsItsTopicsByNameAndInOrder()
    {
        using var stream = await OpenStream();

        Assert.Equal(["a", "b"], stream.Topics.Select(topic => topic.Name.ToString()));
        Assert.True(stream.Topics[0].Place < stream.Topics[1].Place);
        Assert.Equal(stream.Topics[1], stream.Find(new EntityName("b")));
        Assert.Null(stream.Find(new EntityName("c")));
        Assert.False(stream.IsEnded);
        Assert.Equal(Framing.Lines, stream.Framing);
    }

    [Fact]
    public async Task Topic_WithOnePartition_SaysSo()
    {
        using var stream = await OpenStream();

        foreach (var topic in stream.Topics)
            Assert.Equal(topic.Only, Assert.Single((await OpenTopic(topic.Name.ToString())).Partitions));
    }

    [Fact]
    public async Task View_Found_HasTheSizeOfItsBytes()
    {
        using var partition = await OpenPartition("a");
        var found = (await partition.FindView(ViewKind.Default, null)).Value!;
        using var reader = (await partition.OpenReader(found.View)).Value!;

        Assert.Equal((4, 2), (found.Value.Size, found.Value.Messages));
        Assert.Equal(found.Value, (await partition.Stat(found.View)).Value!.Value);
        Assert.Equal(found.Value, reader.Stat);
        Assert.Equal("1\n2\n", TextOf(reader));
        Assert.Equal((Fault.None, 0), (reader.Read(4, new byte[1], out var none), none));
    }

    [Fact]
    public async Task Partition_Described_AgreesWithItsView()
    {
        using var partition = await OpenPartition("a");
        var described = (await partition.Describe()).Value!.Value;

        Assert.Equal((0, 2, 2, 4, 0, true), (
            described.FirstOffset, described.NextOffset, described.Messages, described.Bytes, described.Generation, described.IsComplete));
        Assert.Equal((await partition.FindView(ViewKind.Default, null)).Value!.Value.ModifiedAt, described.LastAt);
    }

    [Fact]
    public async Task OffsetAt_EachByte_IsItsMessage()
    {
        using var partition = await OpenPartition("a");
        using var reader = (await partition.OpenReader(ViewId.Default)).Value!;

        Assert.Equal([0, 0, 1, 1, 2], Enumerable.Range(0, 5).Select(position =>
        {
            var (told, offset, _) = reader.MessageAt(position);
            Assert.Equal(Fault.None, told);
            return offset;
        }));
    }

    [Fact]
    public async Task Cursor_ThatIsNotThere_IsNotFound()
    {
        using var partition = await OpenPartition("a");
        var name = new EntityName("c");

        Assert.Equal(Fault.NotFound, (await partition.FindCursor(name)).Failure!.Fault);
        Assert.Equal(Fault.NotFound, (await partition.OpenCursor(name, ViewKind.Default)).Failure!.Fault);
        Assert.Equal(Fault.NotFound, (await partition.MoveCursor(name, new StartPlace.Last(0)))!.Fault);
        Assert.Empty((await (await OpenTopic("a")).ListCursors()).Value!.Names);
    }

    [Fact]
    public async Task Delete_OfATopic_IsTheEndOfItAndOfNoOther()
    {
        using var stream = await OpenStream();
        using var partition = await OpenPartition("a");
        using var reader = (await partition.OpenReader(ViewId.Default)).Value!;
        using var other = await OpenPartition("b");
        var told = 0;
        using var watch = partition.Watch(() => Interlocked.Increment(ref told));
        var topic = stream.Find(new EntityName("a"))!.Id;

        Assert.Null(await stream.DeleteTopic(topic));

        Assert.True(Volatile.Read(ref told) > 0);
        Assert.True(partition.IsEnded && reader.IsEnded);
        Assert.False(other.IsEnded || stream.IsEnded);
        Assert.Equal(IsReadAfterDelete ? Fault.None : Fault.InputOutput, reader.Read(0, new byte[1], out _));
        if (IsReadAfterDelete)
            Assert.Equal("1\n2\n", TextOf(reader));
        Assert.Null(stream.Find(new EntityName("a")));
        Assert.Equal(Fault.Deleted, (await Source.OpenTopic(topic)).Failure!.Fault);
        Assert.NotNull(await stream.DeleteTopic(topic));
    }

    [Fact]
    public async Task Delete_OfAStream_IsTheEndOfItsTopics()
    {
        using var stream = await OpenStream();
        using var partition = await OpenPartition("a");
        var told = 0;
        using var watch = partition.Watch(() => Interlocked.Increment(ref told));

        Assert.Null(await stream.Delete());

        Assert.True(Volatile.Read(ref told) > 0);
        Assert.True(stream.IsEnded && partition.IsEnded);
        Assert.NotNull((await Source.OpenStream(Stream)).Failure);
    }

    [Fact]
    public async Task Watch_EndedByItsOwner_IsToldNothing()
    {
        using var stream = await OpenStream();
        using var partition = await OpenPartition("a");
        var told = 0;
        partition.Watch(() => Interlocked.Increment(ref told)).Dispose();

        Assert.Null(await stream.Delete());

        Assert.Equal(0, told);
    }

    private async Task<ISourceStream> OpenStream() => (await Source.OpenStream(Stream)).Value!;

    private async Task<ISourceTopic> OpenTopic(string name)
    {
        using var stream = await OpenStream();
        return (await Source.OpenTopic(stream.Find(new EntityName(name))!.Id)).Value!;
    }

    private async Task<IPartitionSource> OpenPartition(string topic) => (await Source.OpenPartition((await OpenTopic(topic)).Partitions[0])).Value!;

    private static string TextOf(IPartitionReader reader)
    {
        var target = new byte[reader.End];
        Assert.Equal(Fault.None, reader.Read(0, target, out var count));
        return Encoding.UTF8.GetString(target, 0, count);
    }
}
