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
        var actors = host.CreateActors();
        var streams = SimulatedStreams.Start(
            actors, OptionsOf(host.Settings.Simulated), host.Entities, host.Loggers.CreateLogger("StreamActors.Streams"));
        var addresses = new StreamsAddresses(streams.Regions.Streams, streams.Regions.Topics, streams.Regions.Partitions, streams.Catalog);
        var shown = new OverlayStreams(actors, addresses, streams.Known, host.Streams, host.Loggers.CreateLogger("StreamActors.Streams"));
        var options = new OverlayOptions { MaxDirectories = host.Settings.Overlay.Descriptors, NumberSalt = SaltOf(settings.Path) };
        var error = OverlayVolume.Open(settings.Source, shown, options, out var overlay);
        if (overlay is not null)
            return new OpenOverlay(actors, overlay, settings.Source);
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

    private sealed class OpenOverlay(ActorSystem actors, OverlayVolume overlay, string source) : IOpenVolume
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
            await actors.Terminate();
            overlay.Dispose();
        }
    }
}
