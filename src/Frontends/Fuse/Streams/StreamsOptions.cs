namespace StreamActors.Fuse.Streams;

/// <summary>How streams are laid out as files.</summary>
public enum StreamLayout
{
    /// <summary>A topic is a directory of partitions: <c>NAME.dir/TOPIC/0</c>.</summary>
    Partitions,

    /// <summary>A topic with one partition is a file: <c>NAME.dir/TOPIC</c>.</summary>
    Topics,
}

/// <summary>How the streams of a volume are shown. Without further words they are only read, in the default view.</summary>
/// <param name="Layout">How they are laid out.</param>
/// <param name="AskTimeout">How long an actor has to answer before the caller gets ETIMEDOUT.</param>
/// <param name="KernelChecksPermissions">Whether the mount has default_permissions; else this front-end checks the permission bits.</param>
public sealed record StreamsOptions(StreamLayout Layout, TimeSpan AskTimeout, bool KernelChecksPermissions)
{
    /// <summary>Whether nothing can be written, made or renamed.</summary>
    public bool IsReadOnly { get; init; } = true;

    /// <summary>The longest message that can be written, value and key and headers, in bytes.</summary>
    public int MessageMaxBytes { get; init; }

    /// <summary>Whether appends are numbered, since what carries them to another host may send them twice.</summary>
    public bool StampsAppends { get; init; }

    /// <summary>Whether streams and topics can be deleted.</summary>
    public bool MayDelete { get; init; } = true;

    /// <summary>Whether there are other views than the default one, and what is named by them.</summary>
    public bool HasViews { get; init; }

    /// <summary>Whether a new topic has one partition, so that it is a file under <see cref="StreamLayout.Topics"/>.</summary>
    public bool NewTopicsHaveOnePartition { get; init; } = true;

    /// <summary>
    /// Whether names of streams and topics change through this mount alone. The kernel may keep them then, since it knows of
    /// each change: names are changed where no dot directory leads to.
    /// </summary>
    public bool OwnsNames { get; init; }

    /// <summary>Whether nothing is ever removed from a partition, besides, so that its name stands for the same bytes as long as it is there.</summary>
    public bool OwnsFiles { get; init; }

    /// <summary>
    /// What inode numbers follow from besides the incarnations, where those outlive the mount: the path of the volume. Null
    /// where incarnations are counted anew in each mount.
    /// </summary>
    public string? NumberSeed { get; init; }
}

/// <summary>Where the actors of a volume are asked.</summary>
/// <param name="Streams">Takes every <see cref="Messages.StreamRequest"/>.</param>
/// <param name="Topics">Takes every <see cref="Messages.TopicRequest"/>.</param>
/// <param name="Partitions">Takes every <see cref="Messages.PartitionRequest"/>.</param>
/// <param name="Names">
/// Finds streams: takes every <see cref="Messages.Simulated.CatalogRequest"/> of the simulated streams of an overlay, every
/// <see cref="Messages.VolumeRequest"/> of another volume.
/// </param>
public sealed record StreamsAddresses(IActorRef Streams, IActorRef Topics, IActorRef Partitions, IActorRef Names)
{
    /// <summary>Takes <see cref="Messages.TopicRequest.OpenMerged"/>, and the waits and closes of such handles; the topics where nobody else does.</summary>
    public IActorRef Merged { get; init; } = Topics;
}
