using System.Globalization;

namespace StreamActors.Sharding;

/// <summary>Where a member is (Akka: <c>Akka.Actor.Address</c>).</summary>
/// <param name="System">The name of the cluster.</param>
/// <param name="Host">The host.</param>
/// <param name="Port">The port.</param>
public sealed record Address(string System, string Host, int Port)
{
    /// <summary>The protocol of all addresses.</summary>
    public const string Protocol = "streamactors";

    /// <summary>By host, then by port.</summary>
    public static IComparer<Address> Ordering { get; } = Comparer<Address>.Create((a, b) =>
        string.CompareOrdinal(a.Host, b.Host) is not 0 and var byHost ? byHost : a.Port.CompareTo(b.Port));

    /// <summary>The address without its protocol, <c>NAME@host:port</c>.</summary>
    public string HostPort => string.Create(CultureInfo.InvariantCulture, $"{System}@{Host}:{Port}");

    /// <summary>Reads <c>host:port</c>; a host of IPv6 stands in brackets.</summary>
    /// <param name="system">The name of the cluster.</param>
    /// <param name="text">The text.</param>
    /// <returns>The address; with port 0 where the text names none.</returns>
    public static Address Of(string system, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.LastIndexOf(':');
        return colon >= 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new Address(system, text[..colon], port)
            : new Address(system, text, 0);
    }

    /// <summary>The address in full, <c>streamactors://NAME@host:port</c>.</summary>
    public override string ToString() => $"{Protocol}://{HostPort}";
}

/// <summary>One incarnation of a member (Akka: <c>Akka.Cluster.UniqueAddress</c>).</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Uid">Unlike that of any other incarnation.</param>
public sealed record UniqueAddress(Address Address, long Uid);
