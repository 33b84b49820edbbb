using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <summary>
/// Whether a log of an earlier run is the cluster's: the last message of the log is fetched once more, and compared. The
/// owner guards it against use by several threads.
/// </summary>
internal sealed class MirrorProof
{
    private readonly TaskCompletionSource<bool> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins to wait for a proof.</summary>
    /// <param name="last">The log's last message; null where it has none, and nothing is to be proven.</param>
    public MirrorProof(IndexEntry? last)
    {
        Last = last;
        if (last is null)
            _outcome.SetResult(true);
    }

    /// <summary>The message that is to be compared; null once that is done.</summary>
    public IndexEntry? Last { get; private set; }

    /// <summary>Whether the log is the cluster's, once that is known.</summary>
    public Task<bool> Outcome => _outcome.Task;

    /// <summary>Looks at the first message that was fetched.</summary>
    /// <returns>False where it is another than the log's: the log is another's, and who waits begins anew.</returns>
    public bool Accepts(in FetchedMessage first)
    {
        if (Last is { } mine && first.Offset == mine.Offset && !IsSame(mine, first.Message))
            _outcome.TrySetResult(false);
        Succeed();
        return Last is null;
    }

    /// <summary>Nothing speaks against the log.</summary>
    public void Succeed()
    {
        if (_outcome.Task is { IsCompletedSuccessfully: true, Result: false })
            return;
        Last = null;
        _outcome.TrySetResult(true);
    }

    // The bytes of the log's may be evicted; their checksum is not.
    private static bool IsSame(in IndexEntry mine, in LogMessage theirs) =>
        mine.Timestamp == theirs.Timestamp && mine.Length == (theirs.Value?.Length ?? -1) &&
        mine.Crc == Crc32C.Compute(theirs.Value.GetValueOrDefault().Span);
}
