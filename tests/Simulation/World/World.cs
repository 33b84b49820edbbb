using StreamActors.Cluster;
using StreamActors.Etcd;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Simulation.Tests;

/// <summary>
/// Several hosts, their network, their storage and etcd, in one thread and on virtual time. All that happens comes from a
/// seed; after every step the invariants are checked.
/// </summary>
internal sealed class World
{
    public const int Shards = 4;

    public static readonly TimeSpan FastDisk = TimeSpan.FromMilliseconds(10);

    private const int MinHosts = 2;
    private const int MaxHosts = 4;
    private const int MaxSteps = 2_000_000;
    private static readonly TimeSpan FaultsFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PeaceFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan NetworkDelay = TimeSpan.FromMilliseconds(20);

    private readonly Random _random;
    private readonly Host[] _hosts;
    private readonly HashSet<(int From, int To)> _cuts = [];
    private readonly Dictionary<string, int> _hostsByUid = new(StringComparer.Ordinal);
    private readonly ClusterKeys _keys = new(new ClusterNodeSettings { ClusterName = "sim", MemberName = "x", Address = "x" }.KeyPrefix);
    private readonly Faults _faults;
    private readonly HashSet<(Host Host, int Shard)> _reading = [];
    private int _writers;

    public World(int seed, Mutation mutation = Mutation.None, bool isPeaceful = false)
    {
        (Seed, Mutation, IsPeaceful) = (seed, mutation, isPeaceful);
        _random = new Random(seed);
        Etcd = new ModelEtcd(Time, seed) { Committed = CheckEpochs };
        _hosts = [.. Enumerable.Range(0, _random.Next(MinHosts, MaxHosts + 1)).Select(i => new Host(this, i, (_random.NextDouble() - 0.5) / 25))];
        _faults = new Faults(this, _random, _hosts, _cuts);
    }

    public int Seed { get; }

    public Mutation Mutation { get; }

    /// <summary>Whether nothing breaks: members only leave and come back.</summary>
    public bool IsPeaceful { get; }

    public VirtualTime Time { get; } = new();

    public ModelEtcd Etcd { get; }

    public SharedDisk Disk { get; } = new();

    public Checker Checker { get; } = new(Shards);

    public Trace Trace { get; } = new();

    /// <summary>Whether clients are to come to an end.</summary>
    public bool IsEnding { get; private set; }

    public int LossPerMille { get; set; }

    public int DoublePerMille { get; set; }

    /// <summary>Runs it all.</summary>
    /// <exception cref="InvariantException">What must hold does not; the message has the seed.</exception>
    public void Run()
    {
        // Whatever context the test has, continuations run in the step that brings them.
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            foreach (var host in _hosts) StartHost(host);
            Advance(TimeSpan.FromSeconds(2), () => false);
            _faults.Begin(FaultsFor);
            Advance(FaultsFor, () => false);
            _faults.End();
            Advance(TimeSpan.FromSeconds(15), () => false);
            Finish();
        }
        catch (InvariantException broken)
        {
            var text = $"Seed {Seed}: {broken.Message}\n{string.Join('\n', Trace.Last(Seeds.LinesToTell))}\n{Describe()}";
            throw broken is StuckException ? new StuckException(text) : new InvariantException(text);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
            foreach (var host in _hosts) host.Dispose();
        }
    }

    public void StartHost(Host host)
    {
        host.Start();
        // Those of its last start are gone.
        _reading.RemoveWhere(reading => reading.Host == host);
        for (var shard = 0; shard < Shards; shard++)
        {
            // Where nothing breaks also what may not be done twice is never in doubt.
            if (Chance(500))
                new Writer(this, host, shard, $"{host.Name}w{++_writers}", mayRepeat: !IsPeaceful || _writers % 2 == 0).Next();
            if (Chance(500))
            {
                _reading.Add((host, shard));
                new Reader(this, host, shard).Next();
            }
        }
    }

    public void Log(string line) => Trace.Write(TimeSpan.FromTicks(Time.GetTimestamp()), line);

    public bool Chance(int perMille) => _random.Next(1000) < perMille;

    public TimeSpan Delay(TimeSpan most) => TimeSpan.FromTicks(_random.NextInt64(1, most.Ticks + 1));

    public Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    public void After(TimeSpan delay, Action then) => Time.CreateTimer(_ => then(), null, delay, Timeout.InfiniteTimeSpan);

    public void Joined(int host, string uid) => _hostsByUid[uid] = host;

    public int? HostOf(string uid) => _hostsByUid.TryGetValue(uid, out var host) ? host : null;

    public void Send(int from, int to, Message message)
    {
        if (from != to && Chance(LossPerMille)) return;
        var copies = from != to && Chance(DoublePerMille) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            After(from == to ? TimeSpan.Zero : Delay(NetworkDelay), () =>
            {
                if (!_cuts.Contains((from, to))) _hosts[to].Run(() => _hosts[to].Receive(message));
            });
        }
    }

    private void Finish()
    {
        IsEnding = true;
        if (!Advance(PeaceFor, () => _hosts.All(host => host.PendingAsks == 0)))
            throw new StuckException("asks did not end");
        var readers = Enumerable.Range(0, Shards).Select(shard => new LastReader(this, _hosts[shard % _hosts.Length], shard)).ToArray();
        foreach (var reader in readers) reader.Next();
        if (!Advance(PeaceFor, () => readers.All(reader => reader.All is not null)))
            throw new StuckException("a partition can't be read");
        for (var shard = 0; shard < Shards; shard++) Checker.End(shard, readers[shard].All!);
        // Chance may have it that nobody writes, or reads what somebody writes.
        if (Checker.Acknowledged == 0 && _writers > 0) throw new StuckException("nothing was written");
        if (Checker.Delivered == 0 && _reading.Any(reading => readers[reading.Shard].All!.Count > 0)) throw new StuckException("nothing was read");
    }

    private bool Advance(TimeSpan most, Func<bool> until)
    {
        var end = Time.GetTimestamp() + most.Ticks;
        for (var step = 0; step < MaxSteps; step++)
        {
            if (until()) return true;
            if (!Time.FireNext(end)) return until();
            CheckOwners();
        }
        throw new InvariantException($"{MaxSteps} steps were not enough");
    }

    private void CheckOwners()
    {
        for (var shard = 0; shard < Shards; shard++)
        {
            Host? owner = null;
            foreach (var host in _hosts)
            {
                if (!host.OwnsWithEffect(shard)) continue;
                if (owner is not null) throw new InvariantException($"shard {shard} has two owners: {owner.Name} and {host.Name}");
                owner = host;
            }
        }
    }

    private void CheckEpochs(IReadOnlyList<EtcdEvent> events)
    {
        foreach (var (entry, isDelete) in events)
        {
            if (isDelete || !entry.Key.StartsWith(_keys.Owners, StringComparison.Ordinal)) continue;
            var owner = System.Text.Json.Nodes.JsonNode.Parse(entry.Value)!;
            Checker.EpochBegins(int.Parse(entry.Key.AsSpan(_keys.Owners.Length), null), (long)owner["epoch"]!);
            Log($"{entry.Key} = {entry.Value}");
        }
    }

    private string Describe() => string.Join('\n', _hosts.Select(host => $"{host.Name}: {host.Describe()}"));
}
