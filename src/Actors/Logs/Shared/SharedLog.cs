namespace StreamActors.Logs;

/// <summary>
/// A log directory on storage that several hosts share. One of them has it at a time, in an epoch that is greater than every
/// earlier one. A host that had it before may still write: what an epoch writes has its number in its name, and counts up to
/// where the journal of that epoch was sealed.
/// </summary>
public sealed record SharedLog
{
    /// <summary>The epoch under which the directory is opened.</summary>
    public required long Epoch { get; init; }

    /// <summary>The journals of former epochs that are needed, oldest first. Nothing beyond their ends exists.</summary>
    public IReadOnlyList<SealedJournal> Journals { get; init; } = [];

    /// <summary>
    /// From which epoch on it is known of each whether it has left something that counts: what such a one has left that is not among
    /// <see cref="Journals"/> came too late. What earlier ones have left, of which nothing is known any more, is not taken for nothing.
    /// </summary>
    public long Since { get; init; } = long.MaxValue;

    /// <summary>Whether what is synced may be told to anyone. It is asked after each sync, by any thread; a false may turn true again.</summary>
    public required Func<bool> MayAnswer { get; init; }

    /// <summary>Told once, by any thread, when nothing can be written any more until the directory is opened anew. It does not block.</summary>
    public Action? Failed { get; init; }

    /// <summary>Told when a checkpoint holds all that journals of epochs before this one do, so that they need not be known any more.</summary>
    public Action<long>? Checkpointed { get; init; }
}

/// <summary>The journal of an epoch that is over.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="End">The LSN at which it ends, or <see cref="Nothing"/>.</param>
public readonly record struct SealedJournal(long Epoch, long End)
{
    /// <summary>
    /// The end of a journal that is there, and of which nothing counts, before any message: no other one ends here. A directory with
    /// such a journal is known, and what it may hold besides was never safe.
    /// </summary>
    public const long Nothing = 1;
}
