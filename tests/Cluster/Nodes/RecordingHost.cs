namespace StreamActors.Cluster.Tests.Nodes;

/// <summary>A host whose shards hold nothing: it does at once what it is told, and keeps what happened.</summary>
internal sealed class RecordingHost : IShardHost
{
    private readonly SortedDictionary<int, long> _open = [];

    public IReadOnlyDictionary<int, long> Open => _open;

    public List<ClusterEffect> Happenings { get; } = [];

    /// <summary>The journals that shards were opened with last.</summary>
    public SortedDictionary<int, IReadOnlyList<JournalRecord>> Journals { get; } = [];

    /// <summary>How long journals are, in bytes; null where they can't be read.</summary>
    public long? Length { get; set; } = 100;

    /// <summary>Whether the storage of shards is opened at once; else <see cref="Opened"/> has what says that it is.</summary>
    public bool Opens { get; set; } = true;

    /// <summary>What says that the storage of a shard is open.</summary>
    public SortedDictionary<int, Action> Opened { get; } = [];

    /// <summary>Gets what is to be called when others have heard that this host goes.</summary>
    public Action<Action> Hears { get; set; } = heard => heard();

    /// <summary>Told after each change, where somebody waits.</summary>
    public Action? Changed { get; set; }

    public string? Refusal => Happenings.OfType<ClusterEffect.Refused>().FirstOrDefault()?.Reason;

    public void Measure(int shard, long epoch, Action<long?> measured) => measured(Length);

    void IShardHost.Open(int shard, long epoch, IReadOnlyList<JournalRecord> journals, Action opened)
    {
        _open[shard] = epoch;
        Journals[shard] = journals;
        Opened[shard] = opened;
        if (Opens) opened();
        Changed?.Invoke();
    }

    public void Close(int shard, long epoch, Action<long> closed)
    {
        _open.Remove(shard);
        closed(Length ?? 0);
        Changed?.Invoke();
    }

    public void Abandon(int shard, long epoch)
    {
        _open.Remove(shard);
        Changed?.Invoke();
    }

    public void Farewell(IReadOnlyList<string> members, Action heard) => Hears(heard);

    public void Happened(ClusterEffect effect)
    {
        Happenings.Add(effect);
        Changed?.Invoke();
    }
}
