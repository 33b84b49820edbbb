using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>What a <see cref="PartitionCore{TAsker}"/> wants done; a closed set.</summary>
/// <typeparam name="TAsker">Who asks.</typeparam>
public abstract record PartitionEffect<TAsker>
{
    private PartitionEffect()
    {
    }

    /// <summary>Answer someone.</summary>
    /// <param name="To">Who.</param>
    /// <param name="Message">A <see cref="PartitionReply"/> or a <see cref="Failure"/>.</param>
    public sealed record Reply(TAsker To, object Message) : PartitionEffect<TAsker>;

    /// <summary>Open the partition's source; the outcome goes to <see cref="EntityCore{TSource, TRequest, TAsker, TEffect}.SourceOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    public sealed record OpenSource(long Epoch) : PartitionEffect<TAsker>;

    /// <summary>Ask the source; the outcome goes to <see cref="PartitionCore{TAsker}.Ended"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    /// <param name="Request">What is asked; it is not about handles.</param>
    public sealed record Ask(long Epoch, long Ticket, PartitionRequest Request) : PartitionEffect<TAsker>;

    /// <summary>Move a named cursor; the outcome goes to <see cref="PartitionCore{TAsker}.Ended"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    /// <param name="Cursor">The cursor's name.</param>
    /// <param name="Offset">The next offset that is not acknowledged.</param>
    public sealed record Acknowledge(long Epoch, long Ticket, EntityName Cursor, long Offset) : PartitionEffect<TAsker>;

    /// <summary>Open the bytes of a view; the outcome goes to <see cref="PartitionCore{TAsker}.ReaderOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Handle">What is opened.</param>
    /// <param name="View">What it shows.</param>
    /// <param name="Writes">Whether the bytes are never read.</param>
    public sealed record OpenReader(long Epoch, HandleId Handle, ViewId View, bool Writes = false) : PartitionEffect<TAsker>;

    /// <summary>Open the bytes from a named cursor on; the outcome goes to <see cref="PartitionCore{TAsker}.ReaderOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Handle">What is opened.</param>
    /// <param name="Cursor">The cursor's name.</param>
    /// <param name="Kind">How messages become bytes.</param>
    public sealed record OpenCursor(long Epoch, HandleId Handle, EntityName Cursor, ViewKind Kind) : PartitionEffect<TAsker>;

    /// <summary>Call <see cref="PartitionCore{TAsker}.ReleaseDue"/> after a while, instead of at any time set before.</summary>
    /// <param name="Due">After how long.</param>
    public sealed record SetTimer(TimeSpan Due) : PartitionEffect<TAsker>;

    /// <summary>Call <see cref="PartitionCore{TAsker}.PatienceIsOver"/> after a while.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    /// <param name="Due">After how long.</param>
    public sealed record SetPatience(long Epoch, long Ticket, TimeSpan Due) : PartitionEffect<TAsker>;

    /// <summary>Forget the time that was set.</summary>
    public sealed record CancelTimer : PartitionEffect<TAsker>;

    /// <summary>Dispose of what was opened and nobody wants any more.</summary>
    /// <param name="Opened">A reader or a source.</param>
    public sealed record Discard(IDisposable Opened) : PartitionEffect<TAsker>;

    /// <summary>Let the entity be passivated.</summary>
    public sealed record Passivate : PartitionEffect<TAsker>;

    /// <summary>Give a request back that waits: the shard's next owner gets it.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Asker">Who asks.</param>
    public sealed record GiveBack(PartitionRequest Request, TAsker Asker) : PartitionEffect<TAsker>;

    /// <summary>Have the source write what the next owner has to know; its end goes to <see cref="PartitionCore{TAsker}.HandedOver"/>.</summary>
    public sealed record HandOver : PartitionEffect<TAsker>;

    /// <summary>Stop the entity: all that was begun has ended.</summary>
    public sealed record Stop : PartitionEffect<TAsker>;
}
