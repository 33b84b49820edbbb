using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Streams;
using StreamActors.Host.Cluster;
using StreamActors.Host.Settings;
using StreamActors.Streams;

namespace StreamActors.Host.Volumes;

/// <summary>What all volumes of a mount are opened with.</summary>
/// <param name="Settings">All settings.</param>
/// <param name="Loggers">Where everyone logs.</param>
/// <param name="Mountpoint">Where it is going to be mounted.</param>
internal sealed record VolumeHost(StreamActorsSettings Settings, ILoggerFactory Loggers, string Mountpoint)
{
    /// <summary>The cluster that this host is a member of; null where it is alone.</summary>
    public ClusterHost? Cluster { get; init; }

    /// <summary>The bounds of the entities.</summary>
    public EntitySettings Entities => new()
    {
        PassivateAfter = Settings.Actors.PassivateAfter,
        RestartMinBackoff = Settings.Actors.RestartMinBackoff,
        RestartMaxBackoff = Settings.Actors.RestartMaxBackoff,
    };

    /// <summary>How streams are shown, as far as all volumes have that in common.</summary>
    public StreamsOptions Streams => new(
        Settings.Layout == Layout.Topics ? StreamLayout.Topics : StreamLayout.Partitions,
        Settings.Actors.AskTimeout,
        Settings.Mount.DefaultPermissions);

    /// <summary>Starts actors that belong together and end together: those of one volume, or of the cluster.</summary>
    /// <param name="logger">Where they log.</param>
    public ActorSystem CreateActors(string logger = "StreamActors.Actors") => ActorSystem.Create("streamactors", new ActorSystemOptions
    {
        TimeProvider = new PreciseTimeProvider(),
        Dispatcher = new ThreadPoolDispatcher(Settings.Actors.Throughput),
        Logger = Loggers.CreateLogger(logger),
        MailboxCapacity = Settings.Actors.MailboxCapacity,
    });

    /// <summary>Whom what is shown asks.</summary>
    /// <param name="regions">The regions of its entities.</param>
    /// <param name="names">Finds streams.</param>
    public static StreamsAddresses AddressesOf(StreamRegions regions, IActorRef names) =>
        new(regions.Streams, regions.Topics, regions.Partitions, names) { Merged = regions.Merged };

    /// <summary>Whom streams belong to: the mounter.</summary>
    /// <param name="since">When the volume began.</param>
    public static StreamOwner OwnerSince(DateTimeOffset since) => new(Syscall.GetEUid(), Syscall.GetEGid(), since);
}
