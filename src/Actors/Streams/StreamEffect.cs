using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>What a <see cref="StreamCore{TAsker}"/> wants done; a closed set.</summary>
/// <typeparam name="TAsker">Who asks.</typeparam>
public abstract record StreamEffect<TAsker>
{
    private StreamEffect()
    {
    }

    /// <summary>Answer someone.</summary>
    /// <param name="To">Who.</param>
    /// <param name="Message">A <see cref="StreamReply"/> or a <see cref="Failure"/>.</param>
    public sealed record Reply(TAsker To, object Message) : StreamEffect<TAsker>;

    /// <summary>Open the stream's source; the outcome goes to <see cref="EntityCore{TSource, TRequest, TAsker, TEffect}.SourceOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    public sealed record OpenSource(long Epoch) : StreamEffect<TAsker>;

    /// <summary>Make sure that what the source tells is as of now; the outcome goes to <see cref="StreamCore{TAsker}.Refreshed"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    /// <param name="Name">The topic that is looked for; null for all.</param>
    public sealed record Refresh(long Epoch, long Ticket, EntityName? Name) : StreamEffect<TAsker>;

    /// <summary>Change the stream; the outcome goes to <see cref="StreamCore{TAsker}.ChangeEnded"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Request">The change.</param>
    public sealed record Change(long Epoch, StreamRequest Request) : StreamEffect<TAsker>;

    /// <summary>Dispose of a source that nobody wants any more.</summary>
    /// <param name="Source">The source.</param>
    public sealed record Discard(ISourceStream Source) : StreamEffect<TAsker>;

    /// <summary>Let the entity be passivated.</summary>
    public sealed record Passivate : StreamEffect<TAsker>;

    /// <summary>Give a request back that waits: the shard's next owner gets it.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Asker">Who asks.</param>
    public sealed record GiveBack(StreamRequest Request, TAsker Asker) : StreamEffect<TAsker>;

    /// <summary>Stop the entity: all that was begun has ended.</summary>
    public sealed record Stop : StreamEffect<TAsker>;
}
