using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Overlay;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Host.Settings;
using StreamActors.Sources.Simulated;
using StreamActors.Streams;

namespace StreamActors.Host.Volumes;

/// <summary>Opens overlays, with the simulated streams in them.</summary>
internal static class OverlayOpener
{
    /// <summary>Opens an overlay.</summary>
    /// <param name="host">What all volumes are opened with.</param>
    /// <param name="settings">The overlay.</param>
    /// <exception cref="MountException">Its source can't be opened.</exception>
    public static async Task<IOpenVolume> OpenAsync(VolumeHost host, OverlayVolumeSettings settings)
    {
        var (logger, simulated) = (host.Loggers.CreateLogger("StreamActors.Streams"), OptionsOf(host.Settings.Simulated));
        var members = settings.IsShared ? host.Cluster : null;
        var sharing = members is null ? null : new OverlaySharing(members, settings.Path, simulated);
        var actors = members?.Actors ?? host.CreateActors();
        var streams = members is null
            ? SimulatedStreams.Start(actors, simulated, host.Entities, logger)
            : SimulatedStreams.Start(actors, simulated, host.Entities, logger, sharing!.Simulated, source =>
            {
                members.Add(settings.Path, source);
                return (members.Regions, members.NextNames());
            });
        var addresses = VolumeHost.AddressesOf(streams.Regions, streams.Catalog);
        var shown = new OverlayStreams(actors, addresses, streams.Known, host.Streams, logger);
        var options = new OverlayOptions { MaxDirectories = host.Settings.Overlay.Descriptors, NumberSalt = SaltOf(settings.Path) };
        var error = OverlayVolume.Open(settings.Source, shown, options, out var overlay);
        if (overlay is not null)
        {
            if (sharing is not null)
                sharing.Overlay = overlay;
            return new OpenOverlay(sharing is null ? actors : null, overlay, sharing, settings.Source);
        }
        sharing?.Dispose();
        if (members is null)
            await actors.Terminate();
        throw MountException.CanNotOpen("source", settings.Source, error);
    }

    /// <summary>The overlay at the root shows the numbers of its source; FNV-1a of the path is as good as any other for those of others.</summary>
    private static ulong SaltOf(string path)
    {
        var hash = 0xCBF29CE484222325ul;
        foreach (var value in Encoding.UTF8.GetBytes(path))
            hash = unchecked((hash ^ value) * 0x100000001B3ul);
        return path == "/" ? 0 : hash;
    }

    private static SimulatedOptions OptionsOf(SimulatedSettings settings) => new()
    {
        MaxBytes = settings.MaxBytes,
        Interval = settings.Released == Released.All ? null : settings.Interval,
        Separator = Encoding.UTF8.GetBytes(settings.Separator),
        CacheBytes = settings.CacheBytes,
    };

    private sealed class OpenOverlay(ActorSystem? actors, OverlayVolume overlay, OverlaySharing? sharing, string source) : IOpenVolume
    {
        /// <inheritdoc/>
        public Inode Root => overlay.Root;

        /// <inheritdoc/>
        public Inode Find(IReadOnlyList<string> names, string path)
        {
            var error = overlay.Hold(names, out var directory);
            return directory ?? throw MountException.CanNotOpen("directory", $"{source}/{string.Join('/', names)}, where volume {path} is to be,", error);
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (actors is not null)
                await actors.Terminate();
            sharing?.Dispose();
            overlay.Dispose();
        }
    }
}
