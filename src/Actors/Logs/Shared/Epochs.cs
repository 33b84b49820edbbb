namespace StreamActors.Logs;

/// <summary>
/// What is known of the epochs of a shared log directory: up to where each of the former ones counts, and which partitions
/// there are. What a directory has besides was written by a host that no longer had it.
/// </summary>
/// <param name="own">The epoch under which it is open.</param>
internal sealed class Epochs(long own)
{
    /// <summary>From so many former epochs on, whose files partitions still have, all partitions are written anew.</summary>
    public const int MaxFormer = 100;

    private readonly SortedDictionary<long, long> _ends = [];

    public long Own => own;

    /// <summary>The former epochs whose files may be needed, with the LSNs at which they end.</summary>
    public IReadOnlyDictionary<long, long> Ends => _ends;

    /// <summary>The partitions that are there.</summary>
    public SortedSet<IncarnationId> Partitions { get; } = [];

    public void Add(long epoch, long end) => _ends[epoch] = end;

    /// <summary>No file of a former epoch is needed any more.</summary>
    public void ForgetFormer() => _ends.Clear();

    /// <summary>Whether a file counts: it tells of nothing that its epoch wrote after it was over.</summary>
    public bool Counts(EpochFile file) => file.Epoch == own || (_ends.TryGetValue(file.Epoch, out var end) && file.Lsn <= end);

    /// <summary>The last file of a kind that counts; null where there is none.</summary>
    public EpochFile? Newest(string what, IEnumerable<string> names)
    {
        EpochFile? newest = null;
        foreach (var file in EpochFile.Of(what, names))
            if (Counts(file) && (newest is not { } known || (file.Lsn, file.Epoch).CompareTo((known.Lsn, known.Epoch)) > 0))
                newest = file;
        return newest;
    }
}
