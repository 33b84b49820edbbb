using StreamActors.Messages;

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

    /// <summary>Open the stream's source; the outcome goes to <see cref="StreamCore{TAsker}.SourceOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    public sealed record OpenSource(long Epoch) : StreamEffect<TAsker>;

    /// <summary>Delete; the outcome goes to <see cref="StreamCore{TAsker}.DeleteEnded"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Asker">Who wants it.</param>
    /// <param name="Topic">The topic; null for the whole stream.</param>
    public sealed record Delete(long Epoch, TAsker Asker, TopicId? Topic) : StreamEffect<TAsker>;

    /// <summary>Let the entity be passivated.</summary>
    public sealed record Passivate : StreamEffect<TAsker>;
}
