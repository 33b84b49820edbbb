using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>
/// A stream of a source. What it tells never blocks and is as of now, or outdated; changes end as those of <see cref="IStreamSource"/>
/// do. Whoever opened it disposes of it when it is idle, and then what is kept in memory for it may be given back. Safe
/// for several threads.
/// </summary>
public interface ISourceStream : IDisposable
{
    /// <summary>Whether it was deleted.</summary>
    bool IsEnded { get; }

    /// <summary>When it was made.</summary>
    DateTimeOffset CreatedAt { get; }

    /// <summary>How its messages become bytes.</summary>
    Framing Framing { get; }

    /// <summary>Its topics, in the order of their places; the list does not change.</summary>
    IReadOnlyList<TopicEntry> Topics { get; }

    /// <summary>The topic of a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null where there is none.</returns>
    TopicEntry? Find(EntityName name);

    /// <summary>Whether <see cref="Refresh"/> may find more than is told here now.</summary>
    /// <param name="name">The topic that is looked for; null for all.</param>
    /// <returns>False where what is told is as of now.</returns>
    bool IsOutdated(EntityName? name) => false;

    /// <summary>Makes sure that what is told here is as of now; may block.</summary>
    /// <param name="name">The topic that is looked for; null for all.</param>
    /// <returns>Null, or why it can't be told; a topic that is not there is no failure.</returns>
    Task<Failure?> Refresh(EntityName? name) => Task.FromResult<Failure?>(null);

    /// <summary>Makes a topic.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The topic, or why not: <see cref="Fault.Exists"/>.</returns>
    Task<Result<TopicEntry>> CreateTopic(EntityName name);

    /// <summary>Renames a topic, or moves it to another stream.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="target">The stream that it is in then.</param>
    /// <param name="name">Its new name.</param>
    /// <returns>Null, or why not: <see cref="Fault.Exists"/>; <see cref="Fault.NotFound"/> where it is in another stream by now.</returns>
    Task<Failure?> RenameTopic(TopicId topic, StreamId target, EntityName name);

    /// <summary>Changes how messages become bytes, while there never was one.</summary>
    /// <param name="framing">The new framing.</param>
    /// <returns>Null, or why not: <see cref="Fault.NotEmpty"/>.</returns>
    Task<Failure?> SetFraming(Framing framing);

    /// <summary>Deletes a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <returns>Null, or why not.</returns>
    Task<Failure?> DeleteTopic(TopicId topic);

    /// <summary>Deletes the stream with its topics.</summary>
    /// <returns>Null, or why not.</returns>
    Task<Failure?> Delete();
}
