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

    /// <summary>Open the partition's source; the outcome goes to <see cref="PartitionCore{TAsker}.SourceOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    public sealed record OpenSource(long Epoch) : PartitionEffect<TAsker>;

    /// <summary>Open its bytes; the outcome goes to <see cref="PartitionCore{TAsker}.ReaderOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Handle">What is opened.</param>
    public sealed record OpenReader(long Epoch, HandleId Handle) : PartitionEffect<TAsker>;

    /// <summary>Call <see cref="PartitionCore{TAsker}.ReleaseDue"/> after a while, instead of at any time set before.</summary>
    /// <param name="Due">After how long.</param>
    public sealed record SetTimer(TimeSpan Due) : PartitionEffect<TAsker>;

    /// <summary>Forget the time that was set.</summary>
    public sealed record CancelTimer : PartitionEffect<TAsker>;

    /// <summary>Dispose of a reader that nobody wants any more.</summary>
    /// <param name="Reader">The reader.</param>
    public sealed record DisposeReader(IPartitionReader Reader) : PartitionEffect<TAsker>;

    /// <summary>Let the entity be passivated.</summary>
    public sealed record Passivate : PartitionEffect<TAsker>;
}
