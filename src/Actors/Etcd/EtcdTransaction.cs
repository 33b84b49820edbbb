namespace StreamActors.Etcd;

/// <summary>Conditions, what is done when all hold, and what is done when one does not.</summary>
/// <param name="Conditions">All must hold; without any, they hold.</param>
/// <param name="Then">Done when they hold. Writes no key twice.</param>
/// <param name="Otherwise">Done when they do not. Writes no key twice.</param>
public sealed record EtcdTransaction(
    IReadOnlyList<EtcdCondition> Conditions, IReadOnlyList<EtcdOperation> Then, IReadOnlyList<EtcdOperation> Otherwise)
{
    /// <summary>Does something without a condition.</summary>
    /// <param name="operations">What is done.</param>
    public static EtcdTransaction Of(params EtcdOperation[] operations) => new([], operations, []);

    /// <summary>The beginning of a transaction with conditions.</summary>
    /// <param name="conditions">All must hold.</param>
    public static EtcdTransaction If(params EtcdCondition[] conditions) => new(conditions, [], []);

    /// <summary>The same, with what is done when the conditions hold.</summary>
    /// <param name="operations">What is done.</param>
    public EtcdTransaction Do(params EtcdOperation[] operations) => this with { Then = operations };

    /// <summary>The same, with what is done when they do not.</summary>
    /// <param name="operations">What is done.</param>
    public EtcdTransaction Else(params EtcdOperation[] operations) => this with { Otherwise = operations };
}

/// <summary>What must be so of a key; a closed set.</summary>
/// <param name="Key">The key.</param>
public abstract record EtcdCondition(string Key)
{
    /// <summary>There is no such key.</summary>
    /// <param name="Key">The key.</param>
    public sealed record Absent(string Key) : EtcdCondition(Key);

    /// <summary>The key was made by a revision, and not deleted since.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Revision">The revision.</param>
    public sealed record CreatedAt(string Key, long Revision) : EtcdCondition(Key);

    /// <summary>The key was changed last by a revision.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Revision">The revision; 0 where the key is to be absent.</param>
    public sealed record ModifiedAt(string Key, long Revision) : EtcdCondition(Key);

    /// <summary>The key is there and has a value.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Value">The value.</param>
    public sealed record ValueIs(string Key, string Value) : EtcdCondition(Key);
}

/// <summary>What is done to a key; a closed set.</summary>
/// <param name="Key">The key.</param>
public abstract record EtcdOperation(string Key)
{
    /// <summary>Makes or changes a key.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Value">Its value.</param>
    /// <param name="Lease">The lease that it ends with; 0 for none.</param>
    public sealed record Put(string Key, string Value, long Lease = 0) : EtcdOperation(Key);

    /// <summary>Deletes a key; nothing where it is absent.</summary>
    /// <param name="Key">The key.</param>
    public sealed record Delete(string Key) : EtcdOperation(Key);

    /// <summary>Reads a key.</summary>
    /// <param name="Key">The key.</param>
    public sealed record Get(string Key) : EtcdOperation(Key);
}
