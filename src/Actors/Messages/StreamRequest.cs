namespace StreamActors.Messages;

/// <summary>
/// What can be asked of a stream; a closed set. The reply is the <see cref="StreamReply"/> that each names, or a
/// <see cref="Failure"/>.
/// </summary>
public abstract record StreamRequest
{
    private StreamRequest(StreamId stream) => Stream = stream;

    /// <summary>Who is asked.</summary>
    public StreamId Stream { get; }

    /// <summary>What the stream is. Reply: <see cref="StreamReply.Described"/>.</summary>
    /// <param name="Stream">Who is asked.</param>
    public sealed record Describe(StreamId Stream) : StreamRequest(Stream);

    /// <summary>All topics. Reply: <see cref="StreamReply.Topics"/>.</summary>
    /// <param name="Stream">Who is asked.</param>
    public sealed record ListTopics(StreamId Stream) : StreamRequest(Stream);

    /// <summary>The topic of a name. Reply: <see cref="StreamReply.Found"/>, or <see cref="Fault.NotFound"/>.</summary>
    /// <param name="Stream">Who is asked.</param>
    /// <param name="Name">The topic's name.</param>
    public sealed record FindTopic(StreamId Stream, EntityName Name) : StreamRequest(Stream);

    /// <summary>Deletes a topic. Reply: <see cref="StreamReply.Done"/>.</summary>
    /// <param name="Stream">Who is asked.</param>
    /// <param name="Topic">The topic; it is the incarnation that was meant, whatever has its name by now.</param>
    public sealed record DeleteTopic(StreamId Stream, TopicId Topic) : StreamRequest(Stream);

    /// <summary>Deletes the stream with all its topics. Reply: <see cref="StreamReply.Done"/>.</summary>
    /// <param name="Stream">Who is asked.</param>
    public sealed record Delete(StreamId Stream) : StreamRequest(Stream);
}

/// <summary>What a stream answers; a closed set.</summary>
public abstract record StreamReply
{
    private StreamReply()
    {
    }

    /// <summary>What the stream is.</summary>
    /// <param name="TopicCount">How many topics it has.</param>
    public sealed record Described(int TopicCount) : StreamReply;

    /// <summary>All topics, in the stream's own order.</summary>
    /// <param name="Entries">The topics; the list does not change.</param>
    public sealed record Topics(IReadOnlyList<TopicEntry> Entries) : StreamReply;

    /// <summary>A topic.</summary>
    /// <param name="Entry">Its name and id.</param>
    public sealed record Found(TopicEntry Entry) : StreamReply;

    /// <summary>It was done.</summary>
    public sealed record Done : StreamReply;
}

/// <summary>A topic as its stream knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its incarnation.</param>
public sealed record TopicEntry(EntityName Name, TopicId Id);
