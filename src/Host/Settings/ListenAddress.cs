using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace StreamActors.Host.Settings;

/// <summary>A place on the network, as <c>HOST:PORT</c>.</summary>
/// <param name="Host">An address or a name; <c>*</c> for all addresses of this host. One of IPv6 stands in brackets.</param>
/// <param name="Port">The port.</param>
public sealed record ListenAddress(string Host, int Port)
{
    /// <summary>What stands for all addresses.</summary>
    public const string All = "*";

    private const int MaxHostLength = 255;

    /// <summary>Whether only this host can reach it.</summary>
    public bool IsLoopback => Host == "localhost" || (Address is { } address && IPAddress.IsLoopback(address));

    /// <summary>Whether it names no one address, so that nobody can be told it.</summary>
    public bool IsAll => Host == All || (Address is { } address && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    private IPAddress? Address => IPAddress.TryParse(Host.Trim('[', ']'), out var address) ? address : null;

    /// <summary>Reads one; null where the text is none.</summary>
    public static ListenAddress? TryParse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            return null;
        var host = text[..colon];
        var isAddress = host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out _);
        var isName = host.Length <= MaxHostLength && host.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-');
        return isAddress || isName || host == All ? new ListenAddress(host, port) : null;
    }

    /// <summary>Where to listen.</summary>
    /// <exception cref="IOException">The name has no address.</exception>
    public IPEndPoint Resolve()
    {
        if (Host == All)
            return new IPEndPoint(IPAddress.IPv6Any, Port);
        if (Address is { } address)
            return new IPEndPoint(address, Port);
        try
        {
            return new IPEndPoint(Dns.GetHostAddresses(Host).OrderBy(found => found.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First(), Port);
        }
        catch (Exception unknown) when (unknown is SocketException or InvalidOperationException)
        {
            throw new IOException($"{Host}: the name has no address");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
