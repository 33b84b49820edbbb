using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Streams;
using StreamActors.Host.Settings;
using StreamActors.Streams;

namespace StreamActors.Host.Volumes;

/// <summary>What all volumes of a mount are opened with.</summary>
/// <param name="Settings">All settings.</param>
/// <param name="Loggers">Where everyone logs.</param>
/// <param name="Mountpoint">Where it is going to be mounted.</param>
internal sealed record VolumeHost(StreamActorsSettings Settings, ILoggerFactory Loggers, string Mountpoint)
{
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

    /// <summary>Starts the actors of one volume, which end with it.</summary>
    public ActorSystem CreateActors() => ActorSystem.Create("streamactors", new ActorSystemOptions
    {
        TimeProvider = new PreciseTimeProvider(),
        Dispatcher = new ThreadPoolDispatcher(Settings.Actors.Throughput),
        Logger = Loggers.CreateLogger("StreamActors.Actors"),
        MailboxCapacity = Settings.Actors.MailboxCapacity,
    });

    /// <summary>Whom streams belong to: the mounter.</summary>
    /// <param name="since">When the volume began.</param>
    public static StreamOwner OwnerSince(DateTimeOffset since) => new(Syscall.GetEUid(), Syscall.GetEGid(), since);
}
