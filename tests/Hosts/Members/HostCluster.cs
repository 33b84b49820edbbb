using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StreamActors.Hosts.Load;
using StreamActors.Hosts.Network;
using StreamActors.Kafka.Tests;

namespace StreamActors.Hosts.Members;

/// <summary>
/// Seven hosts on one wire: three with an etcd each, four of which three are members of one cluster. Messages are in a directory
/// that all see, and in a mock of Kafka that each host finds on its own loopback. All tests share it; each has topics of its own.
/// </summary>
public sealed class HostCluster : IAsyncLifetime
{
    private const int Partitions = 4;
    private const string Memory = "/dev/shm";
    private const long RoomBytes = 1L << 30;

    private readonly string _home = Directory.CreateDirectory(Path.Combine(
        HasMemory ? Memory : Path.GetTempPath(), $"streamactors-hosts-{Environment.ProcessId}")).FullName;
    private readonly List<Relay> _toKafka = [];
    private readonly List<EtcdServer> _etcd = [];
    private Wire? _wire;
    private MockCluster? _kafka;
    private Certificates? _certificates;
    private string? _notPossible;
    private bool _isBroken;

    /// <summary>The hosts that are members unless a test says otherwise.</summary>
    internal IReadOnlyList<MemberServer> Members { get; private set; } = [];

    /// <summary>A host that is none.</summary>
    internal MemberServer Fourth { get; private set; } = null!;

    /// <summary>The servers of etcd.</summary>
    internal IReadOnlyList<EtcdServer> Etcd => _etcd;

    /// <summary>The ways of the hosts to Kafka.</summary>
    internal IReadOnlyList<Relay> ToKafka => _toKafka;

    /// <summary>What all hosts are on.</summary>
    internal Wire Wire => _wire!;

    /// <summary>Runs a test while readers and writers are at work on all members, and makes sure that what they saw is right.</summary>
    /// <param name="topic">A name for the topics of this test.</param>
    /// <param name="test">What happens meanwhile.</param>
    /// <param name="cursors">What the topics begin with that are followed by cursors, too.</param>
    internal async Task RunAsync(string topic, Func<ClusterLoad, Task> test, string cursors = "")
    {
        Assert.SkipUnless(_notPossible is null, _notPossible ?? "");
        var watch = Stopwatch.StartNew();
        await SettleAsync();
        _kafka!.With(topic, Partitions);
        await Members[0].Host.RunAsync($"mkdir -p {Members[0].Root}/logs/load/{topic}");
        try
        {
            await using var load = new ClusterLoad(Path.Combine(_home, topic), Partitions, cursors, $"{ClusterLoad.Kafka}kafka/{topic}", $"{ClusterLoad.Logs}load/{topic}");
            foreach (var member in Members)
                load.Add(member);
            await load.ProgressAsync(Members);
            var begun = watch.Elapsed;
            await test(load);
            var done = watch.Elapsed;
            await load.FinishAsync(Members);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"begun in {begun.TotalSeconds:0.0} s, done in {(done - begun).TotalSeconds:0.0} s, looked through in {(watch.Elapsed - done).TotalSeconds:0.0} s");
        }
        catch (Exception cause)
        {
            _isBroken = true;
            var logs = string.Join('\n', Members.Append(Fourth).Select(member => $"-- {member.Name}\n{member.Log}"));
            throw new InvalidOperationException($"{cause.Message}\n{logs}", cause);
        }
        finally
        {
            await Wire.HealAsync();
            if (Fourth.IsRunning)
                await Fourth.StopAsync();
        }
    }

    /// <summary>Waits until members know exactly certain others.</summary>
    /// <param name="members">All that are to be members.</param>
    internal static async Task KnowEachOtherAsync(IReadOnlyList<MemberServer> members)
    {
        var all = string.Join(' ', members.Select(member => $"{member.Host.Address}").Order(StringComparer.Ordinal));
        foreach (var member in members)
            await Until.TrueAsync($"{member.Name} knows {all}", async () => await member.MembersAsync() == all, () => member.Log);
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(EtcdServer.Program))
        {
            _notPossible = "etcd is not installed (Debian: etcd-server)";
            return;
        }
        try
        {
            _wire = await Wire.StartAsync();
        }
        catch (Exception cause) when (cause is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            _notPossible = $"no hosts can be made here (root, and Debian's iproute2, nftables and util-linux): {cause.Message}";
            return;
        }
        await StartEtcdAsync();
        _kafka = new MockCluster();
        _certificates = new Certificates(_home);
        Directory.CreateDirectory(Path.Combine(_home, "shared"));
        var hosts = await Task.WhenAll(new[] { "a", "b", "c", "d" }.Select(Wire.AddAsync));
        MemberServer[] members = [.. hosts.Select(MakeMember)];
        (Members, Fourth) = (members[..^1], members[^1]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
            await member.DisposeAsync();
        if (_wire is not null)
            await _wire.DisposeAsync();
        foreach (var relay in _toKafka)
            relay.Dispose();
        _kafka?.Dispose();
        _certificates?.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    // In memory where that can be: how fast a disk syncs is not what is tested.
    private static bool HasMemory => Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= RoomBytes;

    // What a test before this one left: whoever is not there is started, and anew where it failed.
    private async Task SettleAsync()
    {
        if (_isBroken)
            await Task.WhenAll(Members.Where(member => member.IsRunning).Select(member => member.KillAsync()));
        await Task.WhenAll(_etcd.Where(server => !server.IsRunning).Select(server => server.StartAsync()));
        await Task.WhenAll(Members.Where(member => !member.IsRunning).Select(member => member.StartAsync()));
        await KnowEachOtherAsync(Members);
        _isBroken = false;
    }

    private async Task StartEtcdAsync()
    {
        var hosts = await Task.WhenAll(new[] { "etcd1", "etcd2", "etcd3" }.Select(Wire.AddAsync));
        var all = string.Join(',', hosts.Select(EtcdServer.PeerOf));
        _etcd.AddRange(hosts.Select(host => new EtcdServer(host, _home, all)));
        await Task.WhenAll(_etcd.Select(server => server.StartAsync()));
    }

    private MemberServer MakeMember(NetworkHost host)
    {
        foreach (var broker in _kafka!.BootstrapServers.Split(',').Select(IPEndPoint.Parse))
            _toKafka.Add(new Relay(host.NewSocket(), broker, () => new Socket(SocketType.Stream, ProtocolType.Tcp), broker, TimeSpan.Zero));
        return new MemberServer(host, Path.Combine(_home, host.Name), SettingsOf);
    }

    private string SettingsOf(MemberServer member) =>
        $$"""
        cluster {
          // Longer than a busy machine holds a member up; and whoever is lost is replaced before what waits for it ends, after ten seconds.
          name = films, member = {{member.Name}}, shards = 16, lease-ttl = 6s
          etcd.endpoints = [{{string.Join(", ", _etcd.Select(server => $"\"{server.Endpoint}\""))}}]
          listen = "{{member.Host.Address}}:{{MemberServer.Port}}", data = {{member.Data}}
          {{_certificates!.SettingsOf(member.Name, member.Host.Address)}}
        }
        // Tails stay open over a restart.
        fuse.shutdown-timeout = 1s
        volumes {
          "/logs" { type = log, dir = {{Path.Combine(_home, "shared")}}, shared = true, partitions = {{Partitions}} }
          "/kafka" { type = kafka, bootstrap-servers = "{{_kafka!.BootstrapServers}}", cache-dir = {{member.Cache}} }
        }
        """;
}
