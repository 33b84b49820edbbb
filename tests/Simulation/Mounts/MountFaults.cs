using StreamActors.Cluster;
using StreamActors.Etcd;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>What goes wrong, when, and for how long.</summary>
internal sealed class MountFaults(MountWorld world, Random random, MountHost[] hosts)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestFault = TimeSpan.FromSeconds(14);
    private static readonly TimeSpan SlowDisk = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SlowEtcd = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FastEtcd = TimeSpan.FromMilliseconds(5);

    private readonly ClusterKeys _keys = new(MountHost.Settings("x").KeyPrefix);
    private long _end;

    public void Begin(TimeSpan duration)
    {
        _end = world.Time.GetTimestamp() + duration.Ticks;
        if (!world.IsPeaceful)
        {
            if (world.Chance(500)) world.Network.LossPerMille = random.Next(200);
            if (world.Chance(500)) world.Network.DoublePerMille = random.Next(200);
            if (world.Chance(500)) world.Network.BreaksPerMille = random.Next(200);
            if (world.Chance(300)) world.Etcd.LossPerMille = random.Next(100);
        }
        Next();
    }

    /// <summary>All is mended.</summary>
    public void End()
    {
        (world.Network.LossPerMille, world.Network.DoublePerMille, world.Network.BreaksPerMille, world.Etcd.LossPerMille) = (0, 0, 0, 0);
        (world.Etcd.IsAway, world.Etcd.IsFull, world.IsDiskFull) = (false, false, false);
        world.Etcd.MaxDelay = FastEtcd;
        world.Network.Cuts.Clear();
        foreach (var host in hosts)
        {
            (host.MaxDiskDelay, host.DiskErrorsPerMille) = (MountWorld.FastDisk, 0);
            host.IsCutFromEtcd = false;
            host.Process!.Thaw();
            if (!host.IsRunning || host.IsLeaving) Restart(host);
            host.SurviveDiskCalls();
        }
        world.Log("all is mended");
    }

    private bool IsOver => world.Time.GetTimestamp() >= _end;

    private void Next() => world.After(world.Delay(Between), () =>
    {
        if (IsOver) return;
        var host = hosts[random.Next(hosts.Length)];
        if (world.IsPeaceful) LeaveFor(host);
        else Strike(host);
        Next();
    });

    private void Strike(MountHost host)
    {
        if (world.Plant == Plant.DontWaitForLease && world.Chance(500))
        {
            // It shows where an owner's key goes while its lease lives.
            Intervene(host);
            return;
        }
        switch (random.Next(18))
        {
            case 0:
                KillFor(host, powerLoss: false);
                break;
            case 1:
                KillFor(host, powerLoss: true);
                break;
            case 2:
                host.KillInDiskCall();
                RestartLater(host);
                break;
            case 3 or 4:
                var process = host.Process!;
                For(process.Freeze, process.Thaw, $"{host.Name} freezes");
                break;
            case 5 or 6:
                For(() => host.IsCutFromEtcd = true, () => host.IsCutFromEtcd = false, $"{host.Name} is cut from etcd");
                break;
            case 7 or 8:
                var other = random.Next(hosts.Length);
                For(() => world.Network.Cuts.Add((host.Index, other)), () => world.Network.Cuts.Remove((host.Index, other)), $"{host.Name} no longer reaches h{other}");
                break;
            case 9:
                For(() => world.Etcd.IsAway = true, () => world.Etcd.IsAway = false, "etcd is away");
                break;
            case 10:
                world.Log("etcd elects a leader");
                world.Etcd.ElectLeader();
                break;
            case 11:
                world.Log("etcd compacts");
                world.Etcd.Compact(world.Etcd.Revision);
                break;
            case 12:
                For(() => world.Etcd.MaxDelay = SlowEtcd, () => world.Etcd.MaxDelay = FastEtcd, "etcd is slow");
                break;
            case 13:
                For(() => host.MaxDiskDelay = SlowDisk, () => host.MaxDiskDelay = MountWorld.FastDisk, $"the disk of {host.Name} is slow");
                break;
            case 14:
                For(() => host.DiskErrorsPerMille = 20, () => host.DiskErrorsPerMille = 0, $"the disk of {host.Name} fails at times");
                break;
            case 15:
                For(() => world.IsDiskFull = true, () => world.IsDiskFull = false, "the disk is full");
                break;
            case 16:
                Intervene(host);
                break;
            case 17:
                LeaveFor(host);
                break;
        }
    }

    private void KillFor(MountHost host, bool powerLoss)
    {
        host.Kill();
        if (powerLoss)
        {
            world.Log($"{host.Name} loses its power");
            world.Disk.LosePower(host.Index);
        }
        RestartLater(host);
    }

    private void RestartLater(MountHost host) => world.After(world.Delay(LongestFault), () =>
    {
        if (!IsOver && !host.IsRunning) world.StartHost(host);
    });

    private void LeaveFor(MountHost host)
    {
        if (!host.IsRunning || host.IsLeaving) return;
        // Somebody must stay to take the shards.
        if (world.IsPeaceful && hosts.Count(other => other.Self is not null) < 2) return;
        host.Leave();
        world.After(world.Delay(LongestFault), () =>
        {
            if (!IsOver && host.HasLeft) Restart(host);
        });
    }

    /// <summary>An operator deletes a key by hand, or sets a host's clock back by an hour.</summary>
    private void Intervene(MountHost host)
    {
        if (world.Chance(300))
        {
            world.Log($"the clock of {host.Name} is set back");
            host.SetClock(-TimeSpan.FromHours(1));
            return;
        }
        var key = world.Chance(700) ? _keys.Owner(random.Next(MountWorld.Shards)) : _keys.Member(host.Name);
        world.Log($"{key} is deleted by hand");
        world.Etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Delete(key)));
    }

    private void Restart(MountHost host)
    {
        host.Kill();
        world.StartHost(host);
    }

    private void For(Action begin, Action end, string log)
    {
        world.Log(log);
        begin();
        world.After(world.Delay(LongestFault), end);
    }
}
