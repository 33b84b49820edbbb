using StreamActors.Messages;
using StreamActors.Sharding;

namespace StreamActors.Remote;

/// <summary>How the requests of streams are sent between hosts.</summary>
public static class StreamAsks
{
    // What a wait waits for may never come; its asker takes it back, or is gone.
    private static readonly TimeSpan WaitPatience = TimeSpan.FromDays(365);

    /// <summary>How long a request may wait for its answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="patience">How long others than tail waiters wait.</param>
    public static TimeSpan PatienceOf(object request, TimeSpan patience) =>
        request is PartitionRequest.Wait or TopicRequest.Wait ? WaitPatience : patience;

    /// <summary>The answer to what must arrive though nobody waits for it: a handle that stays open keeps its bytes. Null for others.</summary>
    /// <param name="request">The request.</param>
    public static object? ReceiptFor(object request) => request switch
    {
        PartitionRequest.Close => new PartitionReply.Done(),
        TopicRequest.Close => new TopicReply.Done(),
        _ => null,
    };

    /// <summary>
    /// Whether a request may be carried out twice. What makes, renames or deletes something would fail the second time, after
    /// it was done; an append is known again where it has a stamp, which it has only where its source looks for it.
    /// </summary>
    /// <param name="request">The request.</param>
    public static bool MayRepeat(object request) => request switch
    {
        ShardingEnvelope envelope => MayRepeat(envelope.Message),
        VolumeRequest.CreateStream or VolumeRequest.RenameStream => false,
        StreamRequest.CreateTopic or StreamRequest.RenameTopic or StreamRequest.DeleteTopic or StreamRequest.Delete => false,
        TopicRequest.AddPartition or TopicRequest.CreateCursor or PartitionRequest.CreateCursor => false,
        TopicRequest.Append append => append.Batch.Stamp is not null,
        PartitionRequest.Append append => append.Batch.Stamp is not null,
        _ => true,
    };

    /// <summary>Whether an answer says that an append stored nothing, which a copy of it must not do later.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answer">The answer.</param>
    public static bool IsRefusal(object request, object answer) => request switch
    {
        ShardingEnvelope envelope => IsRefusal(envelope.Message, answer),
        TopicRequest.Append or PartitionRequest.Append => answer is Failure,
        _ => false,
    };
}
