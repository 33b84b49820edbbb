namespace StreamActors.Fuse.Streams;

/// <summary>How streams are laid out as files.</summary>
public enum StreamLayout
{
    /// <summary>A topic is a directory of partitions: <c>NAME.dir/TOPIC/0</c>.</summary>
    Partitions,

    /// <summary>A topic with one partition is a file: <c>NAME.dir/TOPIC</c>.</summary>
    Topics,
}

/// <summary>How streams are shown.</summary>
/// <param name="Layout">How they are laid out.</param>
/// <param name="AskTimeout">How long an actor has to answer before the caller gets ETIMEDOUT.</param>
/// <param name="KernelChecksPermissions">Whether the mount has default_permissions; else this front-end checks the permission bits.</param>
public sealed record StreamsOptions(StreamLayout Layout, TimeSpan AskTimeout, bool KernelChecksPermissions);

/// <summary>Where the actors are asked.</summary>
/// <param name="Streams">Takes every <see cref="Messages.StreamRequest"/>.</param>
/// <param name="Topics">Takes every <see cref="Messages.TopicRequest"/>.</param>
/// <param name="Partitions">Takes every <see cref="Messages.PartitionRequest"/>.</param>
/// <param name="Catalog">Takes every <see cref="Messages.Simulated.CatalogRequest"/>.</param>
public sealed record StreamsAddresses(IActorRef Streams, IActorRef Topics, IActorRef Partitions, IActorRef Catalog);
