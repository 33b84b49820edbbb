using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>What a <see cref="TopicCore{TAsker}"/> wants done; a closed set.</summary>
/// <typeparam name="TAsker">Who asks.</typeparam>
public abstract record TopicEffect<TAsker>
{
    private TopicEffect()
    {
    }

    /// <summary>Answer someone.</summary>
    /// <param name="To">Who.</param>
    /// <param name="Message">A <see cref="TopicReply"/> or a <see cref="Failure"/>; to a tail waiter a <see cref="PartitionReply.Grown"/>.</param>
    public sealed record Reply(TAsker To, object Message) : TopicEffect<TAsker>;

    /// <summary>Open the topic's source; the outcome goes to <see cref="EntityCore{TSource, TRequest, TAsker, TEffect}.SourceOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    public sealed record OpenSource(long Epoch) : TopicEffect<TAsker>;

    /// <summary>Make sure that what the source tells is as of now; the outcome goes to <see cref="TopicCore{TAsker}.Refreshed"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    public sealed record Refresh(long Epoch, long Ticket) : TopicEffect<TAsker>;

    /// <summary>Ask the source; the outcome goes to <see cref="TopicCore{TAsker}.Ended"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    /// <param name="Request">What is asked.</param>
    public sealed record Ask(long Epoch, long Ticket, TopicRequest Request) : TopicEffect<TAsker>;

    /// <summary>Ask a partition; the outcome goes to <see cref="TopicCore{TAsker}.PartitionAnswered"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names what the outcome is a part of.</param>
    /// <param name="Part">Which part.</param>
    /// <param name="Request">What is asked.</param>
    public sealed record AskPartition(long Epoch, long Ticket, int Part, PartitionRequest Request) : TopicEffect<TAsker>;

    /// <summary>Open all partitions as one; the outcome goes to <see cref="TopicCore{TAsker}.ReaderOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Handle">What is opened.</param>
    /// <param name="Kind">How messages become bytes.</param>
    /// <param name="Start">Where each partition begins; null for its oldest message.</param>
    public sealed record OpenMerged(long Epoch, HandleId Handle, ViewKind Kind, StartPlace? Start) : TopicEffect<TAsker>;

    /// <summary>Dispose of a reader that nobody wants any more.</summary>
    /// <param name="Reader">The reader.</param>
    public sealed record Discard(IPartitionReader Reader) : TopicEffect<TAsker>;

    /// <summary>Let the entity be passivated.</summary>
    public sealed record Passivate : TopicEffect<TAsker>;

    /// <summary>Give a request back that waits: the shard's next owner gets it.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Asker">Who asks.</param>
    public sealed record GiveBack(TopicRequest Request, TAsker Asker) : TopicEffect<TAsker>;

    /// <summary>Stop the entity: all that was begun has ended.</summary>
    public sealed record Stop : TopicEffect<TAsker>;
}
