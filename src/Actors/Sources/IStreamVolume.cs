using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>
/// The streams of a volume by their names. What it tells never blocks and is as of now; changes end as those of
/// <see cref="IStreamSource"/> do. Safe for several threads.
/// </summary>
public interface IStreamVolume
{
    /// <summary>All streams, in the order of their names; the list does not change.</summary>
    IReadOnlyList<StreamEntry> Streams { get; }

    /// <summary>The stream of a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null where there is none.</returns>
    StreamEntry? Find(EntityName name);

    /// <summary>Whether <see cref="Refresh"/> may find more than is told here now.</summary>
    /// <param name="name">The stream that is looked for; null for all.</param>
    /// <returns>False where what is told is as of now.</returns>
    bool IsOutdated(EntityName? name) => false;

    /// <summary>Makes sure that what is told here is as of now; may block.</summary>
    /// <returns>Null, or why it can't be told.</returns>
    Task<Failure?> Refresh() => Task.FromResult<Failure?>(null);

    /// <summary>Makes a stream.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The stream, or why not: <see cref="Fault.Exists"/>.</returns>
    Task<Result<StreamEntry>> CreateStream(EntityName name);

    /// <summary>Renames a stream.</summary>
    /// <param name="stream">Its id.</param>
    /// <param name="name">Its new name.</param>
    /// <returns>Null, or why not: <see cref="Fault.Exists"/>.</returns>
    Task<Failure?> RenameStream(StreamId stream, EntityName name);
}
