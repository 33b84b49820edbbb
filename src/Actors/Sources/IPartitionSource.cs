using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>
/// A partition of a source. Its tasks end with a value or a failure, on any thread; what does not say that it may block
/// never does. Whoever opened it disposes of it when it is idle, and then its files may be closed. Safe for several threads.
/// </summary>
public interface IPartitionSource : IDisposable
{
    /// <summary>Whether nothing will come any more, because the partition was deleted.</summary>
    bool IsEnded { get; }

    /// <summary>How long until the next message comes, where the source knows; null where it does not or none will come.</summary>
    TimeSpan? UntilNext { get; }

    /// <summary>Asks to be told of growth that is no outcome of an <see cref="Append"/> here, and of the end.</summary>
    /// <param name="changed">Called on any thread; it does not block.</param>
    /// <returns>Ends it.</returns>
    IDisposable Watch(Action changed);

    /// <summary>Finds a view, as it is now; may block where it begins elsewhere than at the oldest message.</summary>
    /// <param name="kind">How messages become bytes.</param>
    /// <param name="start">Where it begins; null for the oldest message.</param>
    /// <returns>The reply, or why there is no such view.</returns>
    Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start);

    /// <summary>Size and time of a view; may block where it begins elsewhere than at the oldest message.</summary>
    /// <param name="view">The view.</param>
    /// <returns>The reply, or why it can't be told: <see cref="Fault.Stale"/> where the view's generation is over.</returns>
    Task<Result<PartitionReply.Stated>> Stat(ViewId view);

    /// <summary>What is known of the partition; may block.</summary>
    /// <returns>The reply, or why it can't be told.</returns>
    Task<Result<PartitionReply.Described>> Describe();

    /// <summary>Whether opening a view does not block now, as it does as a rule.</summary>
    /// <param name="view">The view.</param>
    bool OpensAtOnce(ViewId view) => false;

    /// <summary>Opens the bytes of a view; may block.</summary>
    /// <param name="view">The view.</param>
    /// <returns>A reader, or why the bytes can't be had.</returns>
    Task<Result<IPartitionReader>> OpenReader(ViewId view);

    /// <summary>Opens a view whose bytes are never read: only where they end is asked; may block.</summary>
    /// <param name="view">The view.</param>
    /// <returns>A reader, or why it can't be had.</returns>
    Task<Result<IPartitionReader>> OpenForWriting(ViewId view) => OpenReader(view);

    /// <summary>Opens the bytes from where a named cursor is; may block.</summary>
    /// <param name="cursor">The cursor's name.</param>
    /// <param name="kind">How messages become bytes.</param>
    /// <returns>A reader, or why the bytes can't be had: <see cref="Fault.NotFound"/> where there is no such cursor.</returns>
    Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind);

    /// <summary>Appends messages, all or none; those of one caller in the order of its calls.</summary>
    /// <param name="batch">The messages; theirs is the batch until the task ends.</param>
    /// <returns>The reply, or why not, as <see cref="PartitionRequest.Append"/> says.</returns>
    Task<Result<PartitionReply.Appended>> Append(MessageBatch batch);

    /// <summary>Makes everything whose append was answered survive power loss.</summary>
    /// <returns>Null, or why not.</returns>
    Task<Failure?> Sync();

    /// <summary>Whether the next host that has the partition has to know something of what was shown here: <see cref="HandOver"/> writes it.</summary>
    bool HandsOver => false;

    /// <summary>The partition goes over to another host; may block.</summary>
    /// <returns>Null, or why nothing was written; it goes over all the same.</returns>
    Task<Failure?> HandOver() => Task.FromResult<Failure?>(null);

    /// <summary>Where a named cursor is; may block.</summary>
    /// <param name="cursor">The cursor's name.</param>
    /// <returns>The reply, or why it can't be told: <see cref="Fault.NotFound"/>.</returns>
    Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor);

    /// <summary>Makes a named cursor, at the oldest message; may block.</summary>
    /// <param name="cursor">The cursor's name.</param>
    /// <returns>Null, or why not: <see cref="Fault.Exists"/>.</returns>
    Task<Failure?> CreateCursor(EntityName cursor);

    /// <summary>Moves a named cursor to a place; may block.</summary>
    /// <param name="cursor">The cursor's name.</param>
    /// <param name="place">Where to.</param>
    /// <returns>Null, or why not: <see cref="Fault.NotFound"/>.</returns>
    Task<Failure?> MoveCursor(EntityName cursor, StartPlace place);

    /// <summary>Moves a named cursor that is there to an offset.</summary>
    /// <param name="cursor">The cursor's name.</param>
    /// <param name="offset">The next offset that is not acknowledged.</param>
    /// <returns>Null, or why not.</returns>
    Task<Failure?> Acknowledge(EntityName cursor, long offset);

    /// <summary>Forgets a named cursor; one that is not there is no failure.</summary>
    /// <param name="cursor">The cursor's name.</param>
    /// <returns>Null, or why not.</returns>
    Task<Failure?> ForgetCursor(EntityName cursor);
}
