namespace StreamActors.Etcd;

/// <summary>Every way in which a call of etcd can fail: the closed set that callers choose by.</summary>
public enum EtcdError
{
    /// <summary>No endpoint could be reached, or none has a leader. Nothing was done.</summary>
    Unavailable,

    /// <summary>No answer came, or the connection broke. Whether it was done is unknown.</summary>
    TimedOut,

    /// <summary>The revision that was asked for is no longer kept.</summary>
    Compacted,

    /// <summary>etcd's database is full (alarm NOSPACE). Nothing was done.</summary>
    NoSpace,

    /// <summary>etcd has more requests than it takes. Nothing was done.</summary>
    Busy,

    /// <summary>User, password or certificate are not accepted, or don't allow it. Nothing was done.</summary>
    Denied,

    /// <summary>The lease has ended. Nothing was done.</summary>
    LeaseNotFound,

    /// <summary>etcd refuses the request as such: it is too large, or makes no sense. Nothing was done.</summary>
    Invalid,

    /// <summary>What came is no answer of etcd. Whether it was done is unknown.</summary>
    Malformed,

    /// <summary>The client was disposed of. Whether it was done is unknown.</summary>
    Closed,
}

/// <summary>A failure as a value.</summary>
/// <param name="Error">The kind, from the closed set.</param>
/// <param name="Detail">What happened, with the endpoint; a sentence without a full stop.</param>
/// <param name="Cause">What was thrown, if anything was.</param>
public sealed record EtcdFault(EtcdError Error, string Detail, Exception? Cause = null)
{
    /// <summary>Whether it is unknown if the call was carried out.</summary>
    public bool IsUnknown => Error is EtcdError.TimedOut or EtcdError.Malformed or EtcdError.Closed;

    /// <inheritdoc/>
    public override string ToString() => $"{Error}: {Detail}";
}
