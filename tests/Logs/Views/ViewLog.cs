namespace StreamActors.Logs.Tests;

/// <summary>Partitions on a simulated disk, and beside them the list of all messages that they ever had.</summary>
internal sealed class ViewLog : IDisposable
{
    private readonly List<PartitionReader> _readers = [];
    private readonly long[] _epochs;

    public ViewLog(int partitions, Framing framing)
    {
        Log = Workload.Open(Disk, Clock, Workload.Options with { JournalMaxBytes = 1 << 30, MessageMaxBytes = 1 << 24 });
        Framing = framing;
        Messages = [.. Enumerable.Range(0, partitions).Select(_ => new List<ModelMessage>())];
        Removed = new int[partitions];
        _epochs = new long[partitions];
        for (var i = 0; i < partitions; i++)
            Assert.Null(Log.Create(IdOf(i), framing));
    }

    public SimulatedDisk Disk { get; } = new(1);

    public TestClock Clock { get; } = new();

    public LogDirectory Log { get; }

    public Framing Framing { get; }

    public List<ModelMessage>[] Messages { get; }

    public int[] Removed { get; }

    public static IncarnationId IdOf(int partition) => new((ulong)partition + 1);

    public void Append(int partition, params LogMessage[] messages) => Append(partition, messages, new int[messages.Length]);

    public void Append(int partition, LogMessage[] messages, int[] gaps)
    {
        if (messages.Length == 0)
            return;
        var batch = new Batch { ShardEpoch = _epochs[partition] };
        var all = Messages[partition];
        for (var i = 0; i < messages.Length; i++)
        {
            Assert.Null(batch.Add(messages[i], gaps[i]));
            all.Add(new ModelMessage((all.Count == 0 ? 0 : all[^1].Offset + 1) + gaps[i], messages[i]));
        }
        Assert.Null(Log.Append(IdOf(partition), batch).Fault);
    }

    /// <summary>The next append goes into a new segment.</summary>
    public void Roll(int partition) => _epochs[partition]++;

    public void Retain(int partition, int ordinal)
    {
        Removed[partition] = Math.Max(Removed[partition], Math.Min(ordinal, Messages[partition].Count));
        Assert.Null(Log.RemoveBefore(IdOf(partition), ordinal));
    }

    public PartitionReader Open(int partition)
    {
        _readers.Add(Log.OpenReader(IdOf(partition)).Value);
        return _readers[^1];
    }

    public PartitionView View(int partition, ViewKind kind, ViewStart? start = null) => PartitionView.Open(Open(partition), kind, start).Value;

    public byte[] Render(ViewKind kind, int partition, int from = 0) => SlowView.Render(kind, Framing, Messages[partition].Skip(from));

    public void Dispose()
    {
        _readers.ForEach(reader => reader.Dispose());
        Log.Dispose();
    }
}
