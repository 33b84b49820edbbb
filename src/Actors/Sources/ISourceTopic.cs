using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>
/// A topic of a source. What it tells never blocks and is as of now; the rest ends as with <see cref="IStreamSource"/>. Safe
/// for several threads.
/// </summary>
public interface ISourceTopic
{
    /// <summary>Whether it was deleted.</summary>
    bool IsEnded { get; }

    /// <summary>Its partitions, from index 0 on; the list does not change.</summary>
    IReadOnlyList<PartitionId> Partitions { get; }

    /// <summary>The generation of the default view of each; null where that of all is taken to be 0.</summary>
    IReadOnlyList<int>? Generations => null;

    /// <summary>Whether <see cref="Refresh"/> may find more than is told here now.</summary>
    /// <param name="index">The partition that is looked for; null for all.</param>
    /// <returns>False where what is told is as of now.</returns>
    bool IsOutdated(int? index) => false;

    /// <summary>Makes sure that what is told here is as of now; may block.</summary>
    /// <returns>Null, or why it can't be told.</returns>
    Task<Failure?> Refresh() => Task.FromResult<Failure?>(null);

    /// <summary>Adds the next partition.</summary>
    /// <param name="index">The index that it is to have.</param>
    /// <returns>The reply, or why not: <see cref="Fault.Exists"/>, or <see cref="Fault.Invalid"/> where another is the next.</returns>
    Task<Result<TopicReply.Found>> AddPartition(int index);

    /// <summary>Makes everything whose append was answered survive power loss.</summary>
    /// <returns>Null, or why not.</returns>
    Task<Failure?> Sync();

    /// <summary>Opens all partitions as one, ordered by time as they are now, then by arrival; may block.</summary>
    /// <param name="kind">How messages become bytes.</param>
    /// <param name="start">Where each partition begins; null for its oldest message.</param>
    /// <param name="changed">Called on any thread when a partition has grown or ended, until the reader is disposed of.</param>
    /// <returns>A reader, or why it can't be had.</returns>
    Task<Result<IPartitionReader>> OpenMerged(ViewKind kind, StartPlace? start, Action changed);

    /// <summary>The names of the named cursors, in their order; may block.</summary>
    /// <returns>The reply, or why they can't be told.</returns>
    Task<Result<TopicReply.Cursors>> ListCursors();
}
