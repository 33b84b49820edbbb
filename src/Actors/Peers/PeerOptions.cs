using System.Net;
using StreamActors.Cluster;

namespace StreamActors.Peers;

/// <summary>How a host speaks to other members, and the bounds of that.</summary>
public sealed record PeerOptions
{
    /// <summary>The name of the cluster.</summary>
    public required string ClusterName { get; init; }

    /// <summary>Where to listen; port 0 for one that is free.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>What all members of the cluster know; null where only certificates say who is one.</summary>
    public PeerSecret? Secret { get; init; }

    /// <summary>The certificates of mutual TLS; null for none.</summary>
    public PeerTls? Tls { get; init; }

    /// <summary>The oldest version of the protocol that is spoken.</summary>
    public int OldestProtocol { get; init; } = ClusterNodeSettings.OldestProtocol;

    /// <summary>The newest one.</summary>
    public int NewestProtocol { get; init; } = ClusterNodeSettings.NewestProtocol;

    /// <summary>The longest frame, in bytes. A message that is longer is answered with an error.</summary>
    public int MaxFrameBytes { get; init; } = 72 << 20;

    /// <summary>How many messages may wait to be sent to one member. Further ones are lost, and sent again later.</summary>
    public int MaxQueued { get; init; } = 1 << 16;

    /// <summary>How many members may be about to say who they are at a time.</summary>
    public int MaxHandshakes { get; init; } = 64;

    /// <summary>How many streams of bytes one connection may have at a time.</summary>
    public int MaxStreams { get; init; } = 4096;

    /// <summary>How many connections there may be at a time.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>Within which two members must have agreed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a connection may be silent before it is asked whether it lives; it has as long to answer.</summary>
    public TimeSpan ProbeAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The first pause before a member that could not be reached is tried again; it doubles.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest such pause.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Throws where members could not know each other.</summary>
    /// <exception cref="ArgumentException">They could not.</exception>
    public void Validate()
    {
        if (Secret is null && Tls is null)
            throw new ArgumentException("Members know each other by a secret, by certificates, or by both; there is neither.");
        if (OldestProtocol < 1 || NewestProtocol < OldestProtocol)
            throw new ArgumentException($"There are no versions from {OldestProtocol} to {NewestProtocol}.");
    }
}
