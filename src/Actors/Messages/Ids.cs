namespace StreamActors.Messages;

/// <summary>
/// An incarnation of a stream: a name that is deleted and made again is another one. Only replies give ids, and only
/// their source can read them; one is like another of the same mount only where it is the same incarnation.
/// </summary>
/// <param name="Value">Its id, visible ASCII.</param>
public readonly record struct StreamId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An incarnation of a topic; it keeps its id when it moves to another stream.</summary>
/// <param name="Value">Its id, visible ASCII.</param>
public readonly record struct TopicId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An incarnation of a partition.</summary>
/// <param name="Value">Its id, visible ASCII.</param>
public readonly record struct PartitionId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An open file of a partition. The one who opens chooses it, so that it can be closed whatever became of the open.</summary>
/// <param name="Owner">Who opens: a front-end, by an id that no other has.</param>
/// <param name="Number">Unique among the handles of the owner.</param>
public readonly record struct HandleId(Guid Owner, long Number);

/// <summary>A tail waiter, as the one who waits names it.</summary>
/// <param name="Value">Unique among the waiters of one handle.</param>
public readonly record struct WaiterId(long Value);
