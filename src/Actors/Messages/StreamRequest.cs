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

    /// <summary>Makes a topic. Reply: <see cref="StreamReply.Found"/>, or <see cref="Fault.Exists"/>.</summary>
    /// <param name="Stream">Who is asked.</param>
    /// <param name="Name">The topic's name.</param>
    public sealed record CreateTopic(StreamId Stream, EntityName Name) : StreamRequest(Stream);

    /// <summary>
    /// Renames a topic, or moves it to another stream of the same volume and framing. Reply: <see cref="StreamReply.Done"/>,
    /// or <see cref="Fault.Exists"/>.
    /// </summary>
    /// <param name="Stream">Who is asked: the stream that the topic is in.</param>
    /// <param name="Topic">The topic.</param>
    /// <param name="Target">The stream that it is in then.</param>
    /// <param name="Name">Its new name.</param>
    public sealed record RenameTopic(StreamId Stream, TopicId Topic, StreamId Target, EntityName Name) : StreamRequest(Stream);

    /// <summary>
    /// Changes how messages become bytes, while no partition ever had one. Reply: <see cref="StreamReply.Done"/>, or
    /// <see cref="Fault.NotEmpty"/>.
    /// </summary>
    /// <param name="Stream">Who is asked.</param>
    /// <param name="Framing">The new framing.</param>
    public sealed record SetFraming(StreamId Stream, Framing Framing) : StreamRequest(Stream);

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
    /// <param name="CreatedAt">When it was made.</param>
    /// <param name="Framing">How its messages become bytes.</param>
    public sealed record Described(int TopicCount, DateTimeOffset CreatedAt, Framing Framing) : StreamReply;

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
/// <param name="Place">Its place among the stream's topics: rising with them, and its own for good.</param>
/// <param name="Only">Its partition, where it has exactly one now.</param>
/// <param name="CreatedAt">When it was made; null where its source does not know.</param>
/// <param name="OnlyGeneration">The generation of the default view of its partition, where it has exactly one.</param>
public sealed record TopicEntry(
    EntityName Name, TopicId Id, long Place, PartitionId? Only, DateTimeOffset? CreatedAt = null, int OnlyGeneration = 0);
