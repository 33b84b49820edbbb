using StreamActors.Messages;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>A volume whose settings deny deletes denies them to whoever asks its actors.</summary>
public sealed class DeniedDeleteTests() : LogVolumeTestBase(change: options => options with { MayDelete = false })
{
    [Fact]
    public void Delete_OfAStreamOrATopic_IsNotPermittedAndChangesNothing()
    {
        var stream = MakeStream("films");
        var topic = MakeTopic(stream, "comedy");
        Append(PartitionsOf(topic)[0], "1");

        Assert.Equal(Fault.NotPermitted, FaultOf(Ask(new StreamRequest.DeleteTopic(stream, topic))));
        Assert.Equal(Fault.NotPermitted, FaultOf(Ask(new StreamRequest.Delete(stream))));

        Assert.Equal("1\n", Cat(PartitionsOf(topic)[0]));
    }
}
