using System.Diagnostics;
using StreamActors.Hosts.Members;
using StreamActors.Mounted;

namespace StreamActors.Hosts.Load;

/// <summary>The users of all mounts. What may fail for them, and when, the test says; everything else is checked.</summary>
/// <param name="home">A directory for what they get.</param>
/// <param name="partitions">How many each topic has.</param>
/// <param name="cursors">What the topics begin with that are followed by cursors, too.</param>
/// <param name="topics">The topics that they use, from the mountpoint on.</param>
internal sealed class ClusterLoad(string home, int partitions, string cursors, params IReadOnlyList<string> topics) : IAsyncDisposable
{
    /// <summary>What the names of files begin with that are in the shared log volume.</summary>
    public const string Logs = "logs/";

    /// <summary>What the names of files begin with that are in Kafka.</summary>
    public const string Kafka = "kafka/";

    private const int ShownRecords = 20;

    private readonly Lock _gate = new();
    private readonly List<LoadRecord> _records = [];
    private readonly List<MountLoad> _mounts = [];
    private readonly List<Disturbance> _disturbances = [];
    private TaskCompletionSource _changed = NewPromise();

    /// <summary>Lets users of a member's mount begin.</summary>
    /// <param name="member">The member.</param>
    public void Add(MemberServer member) => _mounts.Add(new MountLoad(member, Path.Combine(home, member.Name), cursors, topics, Take));

    /// <summary>From now on users of some members may be told errors, until the result is disposed of.</summary>
    /// <param name="members">The members.</param>
    public IDisposable Disturbed(params IReadOnlyList<MemberServer> members)
    {
        var names = members.Select(member => member.Name).ToHashSet();
        return Disturb(record => names.Contains(record.Member));
    }

    /// <summary>From now on it may be unknown on any mount whether a message is in Kafka, until the result is disposed of: an owner may
    /// be lost with its answer, and what it handed to Kafka is not sent twice.</summary>
    public IDisposable KafkaUnknown() => Disturb(
        record => record.Kind == Operations.Write && record.Partition.StartsWith(Kafka, StringComparison.Ordinal) && (record.Result is "EIO" or "ETIMEDOUT"));

    /// <summary>
    /// From now on nothing may be had of Kafka on any mount, until the result is disposed of. What a client sends again, because its
    /// connection broke before the answer came, a broker knows by the producer's sequence; the mock keeps none.
    /// </summary>
    public IDisposable KafkaAway() => Disturb(record => record.Partition.StartsWith(Kafka, StringComparison.Ordinal), mayDouble: true);

    /// <summary>Waits until an operation of a member's users, which begins now or later, is told an error.</summary>
    /// <param name="member">The member.</param>
    /// <param name="error">The error's name.</param>
    public Task FailureAsync(MemberServer member, string error)
    {
        var since = Disturbance.Now;
        return UntilAsync(
            record => record.Member == member.Name && record.Result == error && record.Began >= since, () => $"nobody on {member.Name} was told {error}");
    }

    /// <summary>
    /// Waits until on each of some mounts and in each partition a message was written, a tail got one, and a file was read, anew
    /// and by a handle that stays open, all of which began now or later.
    /// </summary>
    /// <param name="members">The members.</param>
    /// <param name="files">What the names of the partitions begin with.</param>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> ProgressAsync(IReadOnlyList<MemberServer> members, string files = "")
    {
        var (watch, since) = (Stopwatch.StartNew(), Disturbance.Now);
        var missing = (
            from member in members
            from partition in Partitions()
            where partition.StartsWith(files, StringComparison.Ordinal)
            from kind in new[] { Operations.Write, Operations.Tail, Operations.Read, Operations.Poll }
            select (member.Name, partition, kind)).ToHashSet();
        var polled = new Dictionary<(string, string), int>();
        await UntilAsync(
            record =>
            {
                // A tail waits from before. A handle that stays open has to see that the file grows.
                if (record.IsOk && (record.Kind == Operations.Tail ? record.Ended : record.Began) >= since
                    && (record.Kind != Operations.Poll || (!polled.TryAdd((record.Member, record.Partition), record.Number) && record.Number > polled[(record.Member, record.Partition)])))
                    missing.Remove((record.Member, record.Partition, record.Kind));
                return missing.Count == 0;
            },
            () => $"no progress: {string.Join(", ", missing)}\n{LastOf(missing)}");
        return watch.Elapsed;
    }

    /// <summary>Ends the users, and makes sure that what they saw is right.</summary>
    /// <param name="members">The members whose mounts are there.</param>
    public async Task FinishAsync(IReadOnlyList<MemberServer> members)
    {
        await Task.WhenAll(_mounts.Select(mount => mount.StopAsync()));
        var shown = await Task.WhenAll(members.Select(ContentsAsync));
        var contents = shown[0];
        foreach (var partition in Partitions())
        {
            for (var other = 1; other < members.Count; other++)
                Assert.True(AreSame(contents[partition], shown[other][partition]), $"{members[other].Name} shows another {partition} than {members[0].Name}");
            foreach (var mount in _mounts)
                await TailHasAllAsync(mount, partition, contents[partition]);
        }
        lock (_gate)
            Invariants.Check(_records, _disturbances, contents);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var mount in _mounts)
            await mount.DisposeAsync();
    }

    private Disturbance Disturb(Func<LoadRecord, bool> mayFail, bool mayDouble = false)
    {
        var disturbance = new Disturbance(mayFail, mayDouble);
        _disturbances.Add(disturbance);
        return disturbance;
    }

    /// <summary>Looks at each operation that ends, from now on, until one is what is waited for.</summary>
    private async Task UntilAsync(Func<LoadRecord, bool> isLast, Func<string> otherwise)
    {
        var watch = Stopwatch.StartNew();
        var seen = -1;
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (seen < 0)
                    seen = _records.Count;
                for (; seen < _records.Count; seen++)
                    if (isLast(_records[seen]))
                        return;
                changed = _changed.Task;
            }
            try
            {
                await changed.WaitAsync(Shell.Deadline - watch.Elapsed is { Ticks: > 0 } left ? left : TimeSpan.Zero);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException(otherwise());
            }
        }
    }

    private IEnumerable<string> Partitions() => topics.SelectMany(topic => Enumerable.Range(0, partitions).Select(number => $"{topic}/{number}"));

    // By a process of the host: a thread of the test must not wait for the mount, which is seen there only.
    private async Task<Dictionary<string, byte[]>> ContentsAsync(MemberServer member)
    {
        var copies = Directory.CreateDirectory(Path.Combine(home, $"{member.Name}-shows")).FullName;
        await member.Host.RunAsync(
            "set -e\n" + string.Join('\n', Partitions().Select(partition => $"cat '{member.Root}/{partition}' >'{copies}/{NameOf(partition)}'")));
        var contents = new Dictionary<string, byte[]>();
        foreach (var partition in Partitions())
            contents[partition] = await File.ReadAllBytesAsync(Path.Combine(copies, NameOf(partition)));
        return contents;
    }

    private static string NameOf(string partition) => partition.Replace('/', '-');

    private async Task TailHasAllAsync(MountLoad mount, string partition, byte[] content)
    {
        var file = Path.Combine(mount.Tails, NameOf(partition));
        await Until.TrueAsync(
            $"the tail of {mount.Member.Name} has all of {partition}", () => Task.FromResult(new FileInfo(file).Length >= content.Length),
            () => $"{new FileInfo(file).Length} of {content.Length}\n{LastOf([(mount.Member.Name, partition, Operations.Tail)])}");
        Assert.True(AreSame(content, await File.ReadAllBytesAsync(file)), $"the tail of {mount.Member.Name} got another {partition}");
    }

    private static bool AreSame(byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other);

    private string LastOf(HashSet<(string Member, string Partition, string Kind)> kinds)
    {
        lock (_gate)
            return string.Join('\n', _records.Where(record => kinds.Contains((record.Member, record.Partition, record.Kind))).TakeLast(ShownRecords));
    }

    private void Take(LoadRecord record)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _records.Add(record);
            (changed, _changed) = (_changed, NewPromise());
        }
        changed.SetResult();
    }

    private static TaskCompletionSource NewPromise() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
