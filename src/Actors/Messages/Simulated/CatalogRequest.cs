namespace StreamActors.Messages.Simulated;

/// <summary>What can be asked of the table of simulated streams; a closed set.</summary>
public abstract record CatalogRequest
{
    private CatalogRequest()
    {
    }

    /// <summary>
    /// Which stream a file is, reading it where that is not known yet. Reply: a <see cref="CatalogReply"/>, or a
    /// <see cref="Failure"/> where the file is gone or can't be read for the moment.
    /// </summary>
    /// <param name="File">The file.</param>
    public sealed record Resolve(ISimulatedFile File) : CatalogRequest;
}

/// <summary>What a file named as a stream is; a closed set.</summary>
public abstract record CatalogReply
{
    private CatalogReply()
    {
    }

    /// <summary>It is a stream.</summary>
    /// <param name="Id">Its incarnation.</param>
    public sealed record Stream(StreamId Id) : CatalogReply;

    /// <summary>It is an ordinary file.</summary>
    public sealed record Ordinary : CatalogReply;
}
