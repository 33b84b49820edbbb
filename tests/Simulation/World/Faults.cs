using StreamActors.Cluster;
using StreamActors.Etcd;

namespace StreamActors.Simulation.Tests;

/// <summary>What goes wrong, when, and for how long.</summary>
internal sealed class Faults(World world, Random random, Host[] hosts, HashSet<(int From, int To)> cuts)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestFault = TimeSpan.FromSeconds(14);
    private static readonly TimeSpan SlowDisk = TimeSpan.FromSeconds(6);

    private readonly ClusterKeys _keys = new(new ClusterNodeSettings { ClusterName = "sim", MemberName = "x", Address = "x" }.KeyPrefix);
    private long _end;

    public void Begin(TimeSpan duration)
    {
        _end = world.Time.GetTimestamp() + duration.Ticks;
        if (!world.IsPeaceful)
        {
            if (world.Chance(500)) world.LossPerMille = random.Next(200);
            if (world.Chance(500)) world.DoublePerMille = random.Next(200);
            if (world.Chance(300)) world.Etcd.LossPerMille = random.Next(100);
        }
        Next();
    }

    /// <summary>All is mended.</summary>
    public void End()
    {
        (world.LossPerMille, world.DoublePerMille, world.Etcd.LossPerMille) = (0, 0, 0);
        (world.Etcd.IsAway, world.Etcd.IsFull) = (false, false);
        world.Etcd.MaxDelay = TimeSpan.FromMilliseconds(5);
        cuts.Clear();
        foreach (var host in hosts)
        {
            host.MaxDiskDelay = World.FastDisk;
            host.IsCutFromEtcd = false;
            host.Thaw();
            if (!host.IsRunning || host.HasLeft) Restart(host);
        }
        world.Log("all is mended");
    }

    private void Next() => world.After(world.Delay(Between), () =>
    {
        if (world.Time.GetTimestamp() >= _end) return;
        var host = hosts[random.Next(hosts.Length)];
        if (world.IsPeaceful) LeaveFor(host);
        else Strike(host);
        Next();
    });

    private void Strike(Host host)
    {
        switch (random.Next(13))
        {
            case 0:
                KillFor(host, powerLoss: false);
                break;
            case 1:
                KillFor(host, powerLoss: true);
                break;
            case 2 or 3:
                For(() => host.Freeze(), host.Thaw);
                break;
            case 4 or 5:
                For(() => host.IsCutFromEtcd = true, () => host.IsCutFromEtcd = false, $"{host.Name} is cut from etcd");
                break;
            case 6:
                var other = random.Next(hosts.Length);
                For(() => cuts.Add((host.Index, other)), () => cuts.Remove((host.Index, other)), $"{host.Name} no longer reaches h{other}");
                break;
            case 7:
                For(() => world.Etcd.IsAway = true, () => world.Etcd.IsAway = false, "etcd is away");
                break;
            case 8:
                world.Log("etcd elects a leader");
                world.Etcd.ElectLeader();
                break;
            case 9:
                world.Etcd.Compact(world.Etcd.Revision);
                break;
            case 10:
                For(() => host.MaxDiskDelay = SlowDisk, () => host.MaxDiskDelay = World.FastDisk, $"the disk of {host.Name} is slow");
                break;
            case 11:
                Intervene(random.Next(World.Shards));
                break;
            case 12:
                LeaveFor(host);
                break;
        }
    }

    private void KillFor(Host host, bool powerLoss) => For(
        () =>
        {
            host.Kill();
            if (!powerLoss) return;
            world.Log($"{host.Name} loses its power");
            world.Disk.LosePower(host.Index);
        },
        () =>
        {
            if (!host.IsRunning) world.StartHost(host);
        });

    private void LeaveFor(Host host)
    {
        if (!host.IsRunning || host.HasLeft) return;
        // Somebody must stay to take the shards.
        if (world.IsPeaceful && hosts.Count(other => other.IsMember) < 2) return;
        host.Leave();
        world.After(world.Delay(LongestFault), () =>
        {
            if (host.HasLeft) Restart(host);
        });
    }

    /// <summary>An operator deletes a key by hand: of an owner or of a member.</summary>
    private void Intervene(int shard)
    {
        var key = world.Chance(700) ? _keys.Owner(shard) : _keys.Member(hosts[random.Next(hosts.Length)].Name);
        world.Log($"{key} is deleted by hand");
        world.Etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Delete(key)));
    }

    private void Restart(Host host)
    {
        host.Kill();
        world.StartHost(host);
    }

    private void For(Action begin, Action end, string? log = null)
    {
        if (log is not null) world.Log(log);
        begin();
        world.After(world.Delay(LongestFault), end);
    }
}
