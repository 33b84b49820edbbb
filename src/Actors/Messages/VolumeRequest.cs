namespace StreamActors.Messages;

/// <summary>
/// What can be asked of a volume whose streams have names of their own; a closed set. The reply is the
/// <see cref="VolumeReply"/> that each names, or a <see cref="Failure"/>.
/// </summary>
public abstract record VolumeRequest
{
    private VolumeRequest()
    {
    }

    /// <summary>All streams. Reply: <see cref="VolumeReply.Streams"/>.</summary>
    public sealed record ListStreams : VolumeRequest;

    /// <summary>The stream of a name. Reply: <see cref="VolumeReply.Found"/>, or <see cref="Fault.NotFound"/>.</summary>
    /// <param name="Name">The stream's name.</param>
    public sealed record FindStream(EntityName Name) : VolumeRequest;

    /// <summary>Makes a stream. Reply: <see cref="VolumeReply.Found"/>, or <see cref="Fault.Exists"/>.</summary>
    /// <param name="Name">The stream's name.</param>
    public sealed record CreateStream(EntityName Name) : VolumeRequest;

    /// <summary>Renames a stream. Reply: <see cref="VolumeReply.Done"/>, or <see cref="Fault.Exists"/>.</summary>
    /// <param name="Stream">The stream; it is the incarnation that was meant, whatever has its name by now.</param>
    /// <param name="Name">Its new name.</param>
    public sealed record RenameStream(StreamId Stream, EntityName Name) : VolumeRequest;
}

/// <summary>What a volume answers; a closed set.</summary>
public abstract record VolumeReply
{
    private VolumeReply()
    {
    }

    /// <summary>All streams, in the order of their names.</summary>
    /// <param name="Entries">The streams; the list does not change.</param>
    public sealed record Streams(IReadOnlyList<StreamEntry> Entries) : VolumeReply;

    /// <summary>A stream.</summary>
    /// <param name="Entry">Its name and id.</param>
    public sealed record Found(StreamEntry Entry) : VolumeReply;

    /// <summary>It was done.</summary>
    public sealed record Done : VolumeReply;
}

/// <summary>A stream as its volume knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its incarnation.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record StreamEntry(EntityName Name, StreamId Id, DateTimeOffset CreatedAt);
