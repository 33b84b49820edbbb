using StreamActors.Messages;
using StreamActors.Sources;
using StreamActors.Sources.Log;

namespace StreamActors.Streams;

/// <summary>Opens all partitions of a topic, on whichever hosts they are.</summary>
internal static class MergedOpening
{
    /// <summary>Opens them.</summary>
    /// <param name="topics">Takes every <see cref="TopicRequest"/>.</param>
    /// <param name="partitions">Takes every <see cref="PartitionRequest"/>.</param>
    /// <param name="request">What is opened.</param>
    /// <param name="settings">How long partitions have to answer.</param>
    /// <param name="newHandle">Gives ids that no other handle has.</param>
    /// <param name="clock">What time it is.</param>
    /// <returns>The reader, or why it can't be had: then nothing is open.</returns>
    public static async Task<Result<MergedReader>> Open(
        IActorRef topics, IActorRef partitions, TopicRequest.OpenMerged request, EntitySettings settings, Func<HandleId> newHandle, TimeProvider clock)
    {
        var listed = await AskFailures.ReplyTo(topics.Ask<object>(new TopicRequest.ListPartitions(request.Topic), settings.PartitionTimeout)).ConfigureAwait(false);
        if (listed is not TopicReply.Partitions { Ids: var ids })
            return AskFailures.In(listed);
        if (ids.Count == 0)
            return new Failure(Fault.NotFound, $"topic {request.Topic} has no partition");
        var handles = ids.Select(id => new PartHandle(partitions, id, newHandle(), settings.PartitionTimeout, clock)).ToArray();
        var failures = await Task.WhenAll(handles.Select(handle => handle.OpenAsync(request.Kind, request.Start))).ConfigureAwait(false);
        var failure = failures.FirstOrDefault(failure => failure is not null);
        var merged = failure is null ? MergedReader.Open(handles) : default;
        if (merged is { Succeeded: true, Value: { } reader })
            return reader;
        foreach (var handle in handles)
            handle.Dispose();
        return failure ?? LogFailures.FailureOf(merged.Fault!);
    }
}
