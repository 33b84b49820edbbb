namespace StreamActors.Cluster;

/// <summary>The bounds of the messages between members.</summary>
public sealed record ClusterEngineSettings
{
    /// <summary>How many asks of one kind of entities may wait for other members, and how often they are sent again.</summary>
    public AskSettings Asks { get; init; } = new();

    /// <summary>How many asks of other members one kind of entities works on at a time. More are sent again later.</summary>
    public int MaxInbound { get; init; } = 1 << 16;

    /// <summary>How long a message may wait for its answer. Messages that wait for what may never come can have days.</summary>
    public Func<object, TimeSpan> PatienceOf { get; init; } = _ => TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a message may be carried out twice, where the answer to it was lost: reads may, and what its receiver knows
    /// again. Others are not sent to the next owner, and fail as what may have been done.
    /// </summary>
    public Func<object, bool> MayRepeat { get; init; } = _ => true;

    /// <summary>
    /// Whether an answer says that a message that may be carried out twice was not, though it could be later. Whoever asked then believes
    /// that it never will be: a copy of it that comes late is not.
    /// </summary>
    public Func<object, object, bool> IsRefusal { get; init; } = (_, _) => false;

    /// <summary>
    /// The name of the member that an entity stays with, by its id; null for those that move. The same on all hosts. Null where all
    /// entities move.
    /// </summary>
    public Func<string, string?>? PinnedTo { get; init; }

    /// <summary>
    /// The answer to a message that nobody waits for, but that must arrive; null for others. It is sent like an ask, and again however
    /// long it takes, and the other member answers so when it has it.
    /// </summary>
    public Func<object, object?>? ReceiptFor { get; init; }

    /// <summary>Told the lease of this host when it has become a member, and 0 when it is none any more; in a step of the node.</summary>
    public Action<long>? LeaseChanged { get; init; }
}
