namespace StreamActors.Messages;

/// <summary>An incarnation of a stream: a name that is deleted and made again is another one.</summary>
/// <param name="Value">Its id, e.g. <c>5</c>; without a dot.</param>
public readonly record struct StreamId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An incarnation of a topic.</summary>
/// <param name="Value">The stream's id and the topic's number in it, e.g. <c>5.2</c>.</param>
public readonly record struct TopicId(string Value)
{
    /// <summary>Makes the id of a topic.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="number">Its number, never used again in that stream.</param>
    public TopicId(StreamId stream, int number)
        : this(string.Create(null, $"{stream.Value}.{number}"))
    {
    }

    /// <summary>The stream that the topic is of.</summary>
    public StreamId Stream => new(Value[..Value.LastIndexOf('.')]);

    /// <summary>The topic's number in its stream.</summary>
    public int Number => int.Parse(Value.AsSpan(Value.LastIndexOf('.') + 1), null);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An incarnation of a partition.</summary>
/// <param name="Value">The topic's id and the partition's index in it, e.g. <c>5.2.0</c>.</param>
public readonly record struct PartitionId(string Value)
{
    /// <summary>Makes the id of a partition.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="index">Its index, from 0.</param>
    public PartitionId(TopicId topic, int index)
        : this(string.Create(null, $"{topic.Value}.{index}"))
    {
    }

    /// <summary>The topic that the partition is of.</summary>
    public TopicId Topic => new(Value[..Value.LastIndexOf('.')]);

    /// <summary>The partition's index in its topic.</summary>
    public int Index => int.Parse(Value.AsSpan(Value.LastIndexOf('.') + 1), null);

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
