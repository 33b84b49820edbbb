using System.Text;
using Microsoft.Extensions.Logging;
using StreamActors.Fuse;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Overlay;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Host.Settings;
using StreamActors.Sources.Simulated;
using StreamActors.Streams;

namespace StreamActors.Host;

/// <summary>
/// What a mount is made of, put together: actors, simulated streams, overlay, tree, FUSE session. The one place that
/// knows all of them.
/// </summary>
internal sealed class MountedTree : IAsyncDisposable
{
    private readonly ActorSystem _actors;
    private readonly OverlayVolume _overlay;

    private MountedTree(ActorSystem actors, OverlayVolume overlay, FuseSession session)
    {
        _actors = actors;
        _overlay = overlay;
        Session = session;
    }

    /// <summary>The mount.</summary>
    public FuseSession Session { get; }

    /// <summary>Mounts an overlay.</summary>
    /// <param name="source">The directory to show.</param>
    /// <param name="mountpoint">Where to show it.</param>
    /// <param name="settings">How.</param>
    /// <param name="loggers">Where everyone logs.</param>
    /// <exception cref="MountException">It can't be mounted; the message is one line for the user.</exception>
    public static MountedTree Start(string source, string mountpoint, StreamActorsSettings settings, ILoggerFactory loggers)
    {
        var actors = ActorSystem.Create("streamactors", new ActorSystemOptions
        {
            TimeProvider = new PreciseTimeProvider(),
            Dispatcher = new ThreadPoolDispatcher(settings.Actors.Throughput),
            Logger = loggers.CreateLogger("StreamActors.Actors"),
            MailboxCapacity = settings.Actors.MailboxCapacity,
        });
        var streams = SimulatedStreams.Start(actors, SimulatedOptionsOf(settings.Simulated), EntitySettingsOf(settings.Actors), loggers.CreateLogger("StreamActors.Streams"));
        var overlayStreams = OverlayStreamsOf(actors, streams, settings, loggers);
        var error = OverlayVolume.Open(source, overlayStreams, new OverlayOptions { MaxDirectories = settings.Overlay.Descriptors }, out var overlay);
        if (overlay is null)
            throw MountException.CanNotOpen("source", source, error);

        var tree = new FuseTree(overlay.Root, TreeOptionsOf(settings.Mount));
        var session = FuseSession.Start(tree, SessionOptionsOf(source, mountpoint, settings), loggers.CreateLogger("StreamActors.Fuse"));
        return new MountedTree(actors, overlay, session);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await _actors.Terminate();
        _overlay.Dispose();
    }

    private static OverlayStreams OverlayStreamsOf(ActorSystem actors, SimulatedStreams streams, StreamActorsSettings settings, ILoggerFactory loggers)
    {
        var addresses = new StreamsAddresses(streams.Regions.Streams, streams.Regions.Topics, streams.Regions.Partitions, streams.Catalog);
        var layout = settings.Layout == Layout.Topics ? StreamLayout.Topics : StreamLayout.Partitions;
        var options = new StreamsOptions(layout, settings.Actors.AskTimeout, settings.Mount.DefaultPermissions);
        return new OverlayStreams(actors, addresses, streams.Known, options, loggers.CreateLogger("StreamActors.Streams"));
    }

    private static SimulatedOptions SimulatedOptionsOf(SimulatedSettings settings) => new()
    {
        MaxBytes = settings.MaxBytes,
        Interval = settings.Released == Released.All ? null : settings.Interval,
        Separator = Encoding.UTF8.GetBytes(settings.Separator),
        CacheBytes = settings.CacheBytes,
    };

    private static EntitySettings EntitySettingsOf(ActorSettings settings) => new() { PassivateAfter = settings.PassivateAfter };

    private static TreeOptions TreeOptionsOf(MountSettings settings) =>
        new(settings.EntryTimeout, settings.AttrTimeout, settings.Uid, settings.Gid, settings.Umask);

    private static FuseSessionOptions SessionOptionsOf(string source, string mountpoint, StreamActorsSettings settings)
    {
        var defaults = new FuseConnectionOptions();
        var isRoot = Syscall.GetEUid() == 0;
        return new FuseSessionOptions
        {
            Mount = new FuseMountOptions
            {
                Mountpoint = mountpoint,
                Source = source,
                FileSystemName = settings.Mount.FsName,
                AllowOther = settings.Mount.AllowOther,
                DefaultPermissions = settings.Mount.DefaultPermissions,
                ReadOnly = settings.Mount.ReadOnly,
                NoSuid = settings.Mount.NoSuid,
                NoDev = settings.Mount.NoDev,
                NonEmpty = settings.Mount.NonEmpty,
            },
            Connection = defaults with
            {
                Threads = settings.Fuse.Threads > 0 ? settings.Fuse.Threads : defaults.Threads,
                MaxWrite = settings.Fuse.MaxWrite,
                MaxBackground = (ushort)settings.Fuse.MaxBackground,
                CongestionThreshold = (ushort)Math.Max(1, settings.Fuse.MaxBackground * 3 / 4),
                Passthrough = isRoot && settings.Fuse.Passthrough == Passthrough.Auto,
                // Only a server that takes on the caller's ids can leave umask and access control lists to SOURCE.
                // With access control lists the kernel checks permissions in any case.
                PosixAcl = isRoot && settings.Mount.DefaultPermissions,
                DontMask = isRoot,
            },
            ShutdownTimeout = settings.Fuse.ShutdownTimeout,
        };
    }
}
