using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>What is written where appends may be sent twice.</summary>
public sealed class AppendStampTests() : PlayedActors(stampsAppends: true)
{
    [Fact]
    public void Writes_OfOneHandle_AreNumberedInTheirOrderAndTheirBatchesAreNotUsedAgain()
    {
        var first = Appended(OpenWriter(), "a\n");
        var handle = OpenWriter();
        var second = Appended(handle, "b\n");
        var third = Appended(handle, "c\n", isFirst: false);
        Assert.NotEqual(first.Stamp!.Value.Writer, second.Stamp!.Value.Writer);
        Assert.Equal(second.Stamp!.Value with { Number = second.Stamp.Value.Number + 1 }, third.Stamp!.Value);
        // The first copy of an append may be under way when the second one is answered.
        Assert.Equal(("a", "b", "c"), (TextOf(first), TextOf(second), TextOf(third)));
    }

    private Handle OpenWriter() => Open(Partitioned(FileView.Plain), WriteOnly | Append, new Lines()).Handle;

    private MessageBatch Appended(Handle handle, string text, bool isFirst = true)
    {
        var write = Write(handle, text);
        if (isFirst)
        {
            TestActor.ExpectMsg<PartitionRequest.Describe>();
            Reply(new PartitionReply.Described(new PartitionDescription(
                0, 0, 0, 0, DateTimeOffset.UnixEpoch, null, null, Framing.Lines, 0, true)));
        }
        var batch = TestActor.ExpectMsg<PartitionRequest.Append>().Batch;
        Reply(new PartitionReply.Appended(0));
        Assert.Equal(text.Length, Answered(write).Written.Count);
        return batch;
    }

    private static string TextOf(MessageBatch batch) => System.Text.Encoding.Latin1.GetString(batch[0].Value!.Value.Span);
}
