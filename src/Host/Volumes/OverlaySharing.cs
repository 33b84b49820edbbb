using StreamActors.Etcd;
using StreamActors.Fuse.Overlay;
using StreamActors.Host.Cluster;
using StreamActors.Sources.Simulated;

namespace StreamActors.Host.Volumes;

/// <summary>What an overlay whose directory all members have has in common with those of the others.</summary>
internal sealed class OverlaySharing : IDisposable
{
    private readonly EtcdTable _streams;
    private readonly EtcdTable? _release;
    private readonly SharedReleaseClock? _clock;

    /// <summary>Makes it.</summary>
    /// <param name="members">The cluster.</param>
    /// <param name="path">The overlay's path.</param>
    /// <param name="options">How its streams behave.</param>
    public OverlaySharing(ClusterHost members, string path, SimulatedOptions options)
    {
        var actors = members.Actors;
        _streams = members.TableOf("simulated", path);
        IReleaseClock clock;
        if (options.Interval is { } interval)
        {
            _release = members.TableOf("release", path);
            clock = _clock = new SharedReleaseClock(_release, actors.TimeProvider, interval);
        }
        else
        {
            clock = new ReleaseClock(actors.TimeProvider, null);
        }
        var table = new SharedStreamTable(_streams, ClusterSources.PrefixOf(path), options.Separator, actors.NewGuid);
        Simulated = new SimulatedSharing(table, clock, file => Overlay?.Find(file));
    }

    /// <summary>What its streams need.</summary>
    public SimulatedSharing Simulated { get; }

    /// <summary>The overlay, once it is open: other members tell paths in it.</summary>
    public OverlayVolume? Overlay { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _clock?.Dispose();
        _release?.Dispose();
        _streams.Dispose();
    }
}
