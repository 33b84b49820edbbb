using StreamActors.Cluster;
using StreamActors.Etcd;
using StreamActors.Fuse.Kernel;
using StreamActors.Logs.Tests;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>
/// Several hosts that mount the same tree: the real front-end, actors, engine, log and data plane, with a model of etcd, of the
/// network and of the disk that they share; in one thread, on virtual time, from a seed.
/// </summary>
internal sealed class MountWorld : IDisposable
{
    public const int Shards = 4;
    public const int Partitions = 2;
    public const int MessageMaxBytes = 4000;
    public const string Directory = "/shared";

    public static readonly TimeSpan FastDisk = TimeSpan.FromMilliseconds(2);

    private const int MinHosts = 2;
    private const int MaxHosts = 4;
    private const int MaxSteps = 3_000_000;
    private const string Topic = "s/t";
    private const string GoneNames = "/names/gone/";
    private static readonly TimeSpan FaultsFor = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan SettlesIn = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan EndsIn = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan IdleIn = 3 * MountHost.PassivateAfter;

    private readonly Random _random;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly MountHost[] _hosts;
    private readonly ClusterKeys _keys = new(MountHost.Settings("x").KeyPrefix);
    private readonly MountFaults _faults;
    private readonly List<Program> _programs = [];
    private readonly SortedDictionary<string, bool?> _names = new(StringComparer.Ordinal);
    private readonly long[] _epochs = new long[Shards];
    private Exception? _failure;
    private int _writers;

    public MountWorld(int seed, Plant plant = Plant.None, bool isPeaceful = false)
    {
        (Seed, Plant, IsPeaceful) = (seed, plant, isPeaceful);
        _random = new Random(seed);
        Dispatcher = new SimulationDispatcher(seed);
        Etcd = new ModelEtcd(Time, seed) { Committed = CheckEpochs };
        Disk = new SimulatedDisk(seed) { CanSyncFileSystem = Chance(500), CanReserve = Chance(500) };
        Network = new Network(this);
        _hosts = [.. Enumerable.Range(0, _random.Next(MinHosts, MaxHosts + 1)).Select(i => new MountHost(this, i, (_random.NextDouble() - 0.5) / 25))];
        _faults = new MountFaults(this, _random, _hosts);
        Truths = [.. Enumerable.Range(0, Partitions).Select(i => new Truth($"{Topic}/{i}"))];
        Cursors = [.. Truths.Select(truth => new CursorTruth(truth))];
    }

    public int Seed { get; }

    public Plant Plant { get; }

    /// <summary>Whether nothing breaks: members only leave and come back.</summary>
    public bool IsPeaceful { get; }

    public VirtualTime Time { get; } = new();

    public SimulationDispatcher Dispatcher { get; }

    public ModelEtcd Etcd { get; }

    public SimulatedDisk Disk { get; }

    public Network Network { get; }

    public Trace Trace { get; } = new();

    public IReadOnlyList<Truth> Truths { get; }

    public IReadOnlyList<CursorTruth> Cursors { get; }

    /// <summary>Whether whatever takes room on the disk fails.</summary>
    public bool IsDiskFull { get; set; }

    /// <summary>Whether nothing is broken, so that whatever is asked is done.</summary>
    public bool IsHealthy { get; private set; }

    /// <summary>Whether programs are to come to an end, but for those that wait.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>Whether all programs are to come to an end.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Runs it all.</summary>
    /// <exception cref="InvariantException">What must hold does not; the message has the seed.</exception>
    public void Run()
    {
        // Whatever context the test has, continuations run in the step that brings them.
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            RunAll();
            Log($"over: {Network.Arrived} messages, {Disk.Calls} calls of the disk");
        }
        catch (Exception broken)
        {
            var text = $"Seed {Seed}: {broken.Message}\n{string.Join('\n', Trace.Last(Seeds.LinesToTell))}\n{Describe()}";
            throw broken is StuckException ? new StuckException(text) : new InvariantException($"{text}\n{broken}");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    public void Dispose()
    {
        foreach (var host in _hosts) host.Dispose();
    }

    /// <summary>Starts a host's process, and programs on it.</summary>
    public void StartHost(MountHost host)
    {
        host.Start();
        if (host.IsRunning) BeginPrograms(host);
    }

    /// <summary>Something is broken that must hold; the run ends with it.</summary>
    public void Fail(Exception broken) => _failure ??= broken;

    /// <summary>Everything is done by one thread: what another one did would not come again with the same seed.</summary>
    public void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            Fail(new InvariantException($"another thread is at work: {Environment.StackTrace}"));
    }

    public void Log(string line) => Trace.Write(TimeSpan.FromTicks(Time.GetTimestamp()), line);

    public bool Chance(int perMille) => perMille > 0 && _random.Next(1000) < perMille;

    public int Below(int limit) => _random.Next(limit);

    public int NextSeed() => _random.Next();

    public TimeSpan Delay(TimeSpan most) => TimeSpan.FromTicks(_random.NextInt64(1, most.Ticks + 1));

    public void After(TimeSpan delay, Action then)
    {
        CheckThread();
        Time.CreateTimer(_ => then(), null, delay, Timeout.InfiniteTimeSpan);
    }

    private void RunAll()
    {
        foreach (var host in _hosts) host.Start();
        Advance(TimeSpan.FromSeconds(3));
        Complete(MakeTopicAsync(), "the topic can't be made");
        foreach (var host in _hosts) BeginPrograms(host);
        _faults.Begin(FaultsFor);
        Advance(FaultsFor);
        _faults.End();
        Advance(SettlesIn);
        (IsHealthy, IsEnding) = (true, true);
        Until(() => Living.All(program => program.IsOver || program is Follower) && _hosts.All(host => host.Kernel!.Unanswered == 0), "asks did not end");
        WriteLast();
        IsOver = true;
        foreach (var host in _hosts) host.Kernel!.InterruptAll();
        Until(() => Living.All(program => program.IsOver) && _hosts.All(host => host.Kernel!.Waiting + host.Kernel.Unanswered == 0), "waits did not end");
        if (!IsPeaceful && Chance(300)) RestartAll();
        foreach (var host in _hosts) Complete(CheckAsync(host), $"{host.Name} can't read");
        foreach (var host in _hosts) Complete(CheckCursorsAsync(host), $"{host.Name} can't read by cursors");
        Until(() => _hosts.All(host => host.Readers!.Count == 0), "bytes are served of files that nobody has open");
        Advance(IdleIn);
        foreach (var host in _hosts) Complete(CheckIdleAsync(host), $"{host.Name} does not tell what it has");
        foreach (var truth in Truths) truth.Check();
        foreach (var cursor in Cursors) cursor.Check();
        if (!Advance(EndsIn, () => Etcd.Peek(GoneNames).Count == 0))
            throw new StuckException($"what was deleted is not gone: {string.Join(' ', Etcd.Peek(GoneNames).Select(entry => $"{entry.Key} {entry.Value}"))}");
    }

    private IEnumerable<Program> Living => _programs.Where(program => !program.IsDead);

    private void BeginPrograms(MountHost host)
    {
        foreach (var (truth, cursor) in Truths.Zip(Cursors))
        {
            if (Chance(600)) Begin(new Appender(this, host, truth, $"w{++_writers}"));
            if (Chance(600)) Begin(new Follower(this, host, truth));
            if (Chance(400)) Begin(new CursorReader(this, host, cursor));
        }
        if (Chance(500)) Begin(new Looker(this, host, Truths));
        if (Chance(500)) Begin(new Namer(this, host, $"n{++_writers}", _names));
    }

    private void Begin(Program program)
    {
        _programs.Add(program);
        program.Start();
    }

    /// <summary>Everyone writes once more, and every follower gets that.</summary>
    private void WriteLast()
    {
        foreach (var host in _hosts)
            foreach (var truth in Truths) Begin(new Appender(this, host, truth, $"w{++_writers}", messages: 1));
        Until(() => Living.All(program => program.IsOver || program is Follower), "messages can't be written");
        foreach (var host in _hosts) Complete(CheckAsync(host), $"{host.Name} can't read");
        Until(() => Living.OfType<Follower>().All(follower => follower.Position == follower.Truth.Known), "a follower does not get all");
    }

    /// <summary>All hosts lose their power at once.</summary>
    private void RestartAll()
    {
        Log("all hosts lose their power");
        foreach (var host in _hosts)
        {
            host.Kill();
            Disk.LosePower(host.Index);
        }
        foreach (var host in _hosts) host.Start();
        Advance(SettlesIn);
    }

    private async Task MakeTopicAsync()
    {
        var files = new MountFiles(_hosts[0].Kernel!);
        foreach (var path in new[] { "s", Topic })
        {
            if (await files.MakeDirectoryAsync(path) is var error && error != Errno.None)
                throw new StuckException($"{path} can't be made: {error}");
        }
    }

    private async Task CheckAsync(MountHost host)
    {
        var files = new MountFiles(host.Kernel!);
        foreach (var truth in Truths)
        {
            if (await Looker.CatAsync(this, files, truth).ConfigureAwait(false) is var error && error != Errno.None)
                throw new StuckException($"cat of {truth.Path} on {host.Name}: {error}");
        }
        await Namer.CheckAsync(files, _names).ConfigureAwait(false);
    }

    /// <summary>Nobody reads by a cursor any more.</summary>
    private async Task CheckCursorsAsync(MountHost host)
    {
        foreach (var cursor in Cursors)
            if (await CursorReader.TryAsync(new MountFiles(host.Kernel!), cursor).ConfigureAwait(false) is var error && error != Errno.None)
                throw new StuckException($"a cursor of {cursor.Partition.Path} on {host.Name}: {error}");
    }

    /// <summary>An entity stays while it has a handle, or something under way: there is nothing of either.</summary>
    private static async Task CheckIdleAsync(MountHost host)
    {
        if (await host.RunningAsync().ConfigureAwait(false) is { Count: > 0 } running)
            throw new StuckException($"{host.Name} has entities that nobody uses: {string.Join(' ', running)}");
    }

    private void Complete(Task task, string otherwise)
    {
        Until(() => task.IsCompleted, otherwise);
        task.GetAwaiter().GetResult();
    }

    private void Until(Func<bool> condition, string otherwise)
    {
        if (!Advance(EndsIn, condition)) throw new StuckException(otherwise);
    }

    private bool Advance(TimeSpan most, Func<bool>? until = null)
    {
        var end = Time.GetTimestamp() + most.Ticks;
        Settle();
        for (var step = 0; step < MaxSteps; step++)
        {
            if (until?.Invoke() == true) return true;
            if (!Time.FireNext(end)) return until?.Invoke() == true;
            Settle();
        }
        throw new InvariantException($"{MaxSteps} steps were not enough");
    }

    /// <summary>Does all that is to be done at this moment, and looks at what must hold.</summary>
    private void Settle()
    {
        Dispatcher.RunUntilIdle();
        for (var shard = 0; shard < Shards; shard++)
        {
            MountHost? owner = null;
            foreach (var host in _hosts)
            {
                if (!host.OwnsWithEffect(shard)) continue;
                if (owner is not null) Fail(new InvariantException($"shard {shard} has two owners: {owner.Name} and {host.Name}"));
                owner = host;
            }
        }
        if (_failure is { } failure) throw failure;
    }

    private void CheckEpochs(IReadOnlyList<EtcdEvent> events)
    {
        foreach (var (entry, isDelete) in events)
        {
            if (isDelete || !entry.Key.StartsWith(_keys.Owners, StringComparison.Ordinal)) continue;
            var shard = int.Parse(entry.Key.AsSpan(_keys.Owners.Length), null);
            var epoch = (long)System.Text.Json.Nodes.JsonNode.Parse(entry.Value)!["epoch"]!;
            if (epoch <= _epochs[shard]) Fail(new InvariantException($"shard {shard}: epoch {epoch} comes after {_epochs[shard]}"));
            _epochs[shard] = epoch;
            Log($"{entry.Key} = {entry.Value}");
        }
    }

    private string Describe() => string.Join('\n', [
        .. _hosts.Select(host => $"{host.Name}: {host.Describe()}"),
        .. Etcd.Peek(new ClusterKeys(MountHost.Settings("").KeyPrefix).Prefix).Select(entry => $"{entry.Key} ({entry.ModRevision}): {entry.Value}")]);
}
