using System.Collections.Concurrent;
using System.Net;
using StreamActors.Mounted;

namespace StreamActors.Hosts.Network;

/// <summary>What hosts are on: a bridge in a host of its own, in which what goes from one to another can be dropped.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private const int FirstAddress = 11;

    private readonly NetworkHost _hub;
    private readonly ConcurrentBag<NetworkHost> _hosts = [];
    private readonly List<Relay> _relays = [];
    private int _lastAddress = FirstAddress - 1;

    private Wire(NetworkHost hub) => _hub = hub;

    /// <summary>Makes one without hosts.</summary>
    /// <exception cref="InvalidOperationException">This machine can't; the message says why.</exception>
    public static async Task<Wire> StartAsync()
    {
        var hub = await NetworkHost.StartAsync("hub", AddressOf(1));
        try
        {
            await hub.RunAsync(
                $$"""
                set -e
                ip link add wire type bridge
                ip addr add {{hub.Address}}/24 dev wire
                ip link set wire up
                nft add table bridge cuts
                nft add chain bridge cuts forward '{ type filter hook forward priority 0; }'
                # What hosts need later: whether it can be had shows here.
                nft add table ip probe
                nft add chain ip probe lead '{ type nat hook output priority -100; }'
                nft add rule ip probe lead tcp dport 1 redirect to :2
                nft add chain ip probe break '{ type filter hook output priority 0; }'
                nft add rule ip probe break tcp dport 1 reject with tcp reset
                nft delete table ip probe
                """);
            return new Wire(hub);
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a host.</summary>
    /// <param name="name">Its name, at most ten letters.</param>
    public async Task<NetworkHost> AddAsync(string name)
    {
        var host = await NetworkHost.StartAsync(name, AddressOf(Interlocked.Increment(ref _lastAddress)));
        _hosts.Add(host);
        await RunInHubNetworkAsync(
            $"set -e; ip link add to-{name} type veth peer name eth0 netns {host.Holder}; ip link set to-{name} master wire; ip link set to-{name} up");
        await host.RunAsync($"set -e; ip addr add {host.Address}/24 dev eth0; ip link set eth0 up");
        return host;
    }

    /// <summary>Drops all that goes from one host to others.</summary>
    /// <param name="from">The one.</param>
    /// <param name="to">The others.</param>
    public Task CutOneWayAsync(NetworkHost from, params IEnumerable<NetworkHost> to) => _hub.RunAsync(
        "set -e; " + string.Join("; ", to.Select(other => $"nft add rule bridge cuts forward ip saddr {from.Address} ip daddr {other.Address} drop")));

    /// <summary>Drops all that goes between a host and others.</summary>
    /// <param name="host">The host.</param>
    /// <param name="others">The others.</param>
    public async Task CutAsync(NetworkHost host, params IEnumerable<NetworkHost> others)
    {
        foreach (var other in others)
        {
            await CutOneWayAsync(host, other);
            await CutOneWayAsync(other, host);
        }
    }

    /// <summary>
    /// Makes what goes between two hosts take longer: connections to a port are led through a relay, those that exist are broken.
    /// </summary>
    /// <param name="from">Who connects.</param>
    /// <param name="to">To whom.</param>
    /// <param name="port">The port.</param>
    /// <param name="delay">How long each byte is under way, each way.</param>
    public async Task DelayAsync(NetworkHost from, NetworkHost to, int port, TimeSpan delay)
    {
        var relay = new Relay(from.NewSocket(), new IPEndPoint(IPAddress.Loopback, 0), _hub.NewSocket, new IPEndPoint(to.Address, port), delay);
        _relays.Add(relay);
        await from.RunAsync(
            $$"""
            set -e
            nft add table ip slow
            nft add chain ip slow lead '{ type nat hook output priority -100; }'
            nft add chain ip slow break '{ type filter hook output priority 0; }'
            nft add rule ip slow lead ip daddr {{to.Address}} tcp dport {{port}} redirect to :{{relay.Port}}
            nft add rule ip slow break ip daddr {{to.Address}} tcp dport {{port}} reject with tcp reset
            """);
    }

    /// <summary>Everything goes through again.</summary>
    public async Task HealAsync()
    {
        await _hub.RunAsync("nft flush chain bridge cuts forward");
        if (_relays.Count == 0)
            return;
        foreach (var host in _hosts)
            await host.RunAsync("nft flush ruleset");
        foreach (var relay in _relays)
            relay.Dispose();
        _relays.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var relay in _relays)
            relay.Dispose();
        foreach (var host in _hosts)
            await host.DisposeAsync();
        await _hub.DisposeAsync();
    }

    // In the hub's network but not among its processes: the other host's holder is known by its number outside.
    private async Task RunInHubNetworkAsync(string script) =>
        _ = (await Shell.RunProgram("nsenter", [$"--net=/proc/{_hub.Holder}/ns/net", "sh", "-c", script])).Succeeded;

    private static IPAddress AddressOf(int last) => IPAddress.Parse($"10.77.0.{last}");
}
