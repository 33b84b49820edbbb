using Microsoft.Extensions.Logging;
using StreamActors.Cli;
using StreamActors.Fuse;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;
using StreamActors.Host.Cluster;
using StreamActors.Host.Settings;
using StreamActors.Host.Volumes;

namespace StreamActors.Host;

/// <summary>What a mount is made of, put together: volumes, tree, FUSE session.</summary>
internal sealed class MountedTree : IAsyncDisposable
{
    private readonly IReadOnlyList<(VolumeSettings Settings, IOpenVolume Volume)> _volumes;
    private readonly ClusterHost? _cluster;
    private readonly Func<EndWatch> _watchEnd;

    private MountedTree(
        IReadOnlyList<(VolumeSettings Settings, IOpenVolume Volume)> volumes, ClusterHost? cluster, FuseSession session, Func<EndWatch> watchEnd)
    {
        (_volumes, _cluster, _watchEnd) = (volumes, cluster, watchEnd);
        Session = session;
    }

    /// <summary>The mount.</summary>
    public FuseSession Session { get; }

    /// <summary>Ends when another member, or an operator, asks this host to leave its cluster; never without one.</summary>
    public Task LeaveAsked => _cluster?.LeaveAsked ?? new TaskCompletionSource().Task;

    /// <summary>Opens the volumes, and mounts them.</summary>
    /// <param name="mountpoint">Where to show them.</param>
    /// <param name="settings">Which, and how.</param>
    /// <param name="loggers">Where everyone logs.</param>
    /// <exception cref="MountException">It can't be mounted; the message is one line for the user.</exception>
    public static async Task<MountedTree> StartAsync(string mountpoint, StreamActorsSettings settings, ILoggerFactory loggers)
    {
        VolumeSources.Check(settings.Volumes);
        var mount = SessionOptionsOf(mountpoint, settings);
        // Before a volume is opened, so that nothing is made or recovered for a mount that can't be.
        FuseMount.Check(mount.Mount with { Sources = VolumeSources.ThatAreThere(settings.Volumes) });
        VolumeSources.CheckNew(settings.Volumes, mountpoint);
        EndWatch WatchEnd() => new(settings.Mount.EndTimeout, TimeProvider.System, loggers.CreateLogger("StreamActors.Host"), () => EndProcess(loggers));
        var host = new VolumeHost(settings, loggers, mountpoint);
        var volumes = new List<(VolumeSettings Settings, IOpenVolume Volume)>();
        if (settings.Cluster is { } member)
            host = host with { Cluster = await ClusterHost.StartAsync(host, member) };
        try
        {
            foreach (var volume in settings.Volumes)
                volumes.Add((volume, await VolumeOpener.OpenAsync(host, volume)));
            host.Cluster?.Complete();
            var tree = VolumeTree.Of(volumes, TreeOptionsOf(settings.Mount), TimeProvider.System.GetUtcNow());
            var session = FuseSession.Start(tree, mount, loggers.CreateLogger("StreamActors.Fuse"));
            return new MountedTree(volumes, host.Cluster, session, WatchEnd);
        }
        catch
        {
            using var watch = WatchEnd();
            await CloseAsync(watch, volumes, host.Cluster);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var watch = _watchEnd();
        watch.Next("the device of the mount");
        await Session.DisposeAsync();
        foreach (var (settings, volume) in _volumes)
        {
            watch.Next($"the last closes in volume {settings.Path}");
            await volume.CompleteAsync();
        }
        await CloseAsync(watch, _volumes, _cluster);
    }

    // What a host has it hands over while its sources are still there.
    private static async Task CloseAsync(EndWatch watch, IEnumerable<(VolumeSettings Settings, IOpenVolume Volume)> volumes, ClusterHost? cluster)
    {
        if (cluster is not null)
            await cluster.StopAsync(watch);
        foreach (var (settings, volume) in volumes)
        {
            watch.Next($"volume {settings.Path} to be closed");
            await volume.DisposeAsync();
        }
        if (cluster is not null)
            await cluster.DisposeAsync();
    }

    private static void EndProcess(ILoggerFactory loggers)
    {
        // What is logged goes out first.
        loggers.Dispose();
        Environment.Exit(ExitCode.Failure);
    }

    private static TreeOptions TreeOptionsOf(MountSettings settings) =>
        new(settings.EntryTimeout, settings.AttrTimeout, settings.Uid, settings.Gid, settings.Umask);

    private static FuseSessionOptions SessionOptionsOf(string mountpoint, StreamActorsSettings settings)
    {
        var defaults = new FuseConnectionOptions();
        var isRoot = Syscall.GetEUid() == 0;
        return new FuseSessionOptions
        {
            Mount = new FuseMountOptions
            {
                Mountpoint = mountpoint,
                Sources = VolumeSources.Of(settings.Volumes),
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
