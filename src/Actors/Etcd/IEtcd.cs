namespace StreamActors.Etcd;

/// <summary>What a cluster needs of etcd. Keys and values are UTF-8 text. Every call ends within the client's deadline, and
/// its failures are values: none of these methods throws for what etcd or the network does.</summary>
public interface IEtcd
{
    /// <summary>Reads all keys that begin with <paramref name="prefix"/>, at one revision, linearizably.</summary>
    /// <param name="prefix">The beginning; at least one character.</param>
    /// <returns>The entries in the order of their keys' bytes.</returns>
    Task<EtcdResult<EtcdRange>> ListAsync(string prefix);

    /// <summary>Carries out one branch of a transaction, as one revision.</summary>
    /// <param name="transaction">Conditions and both branches.</param>
    /// <returns>Which branch it was, and what its reads found. <see cref="EtcdError.TimedOut"/>: it is unknown whether
    /// anything was done.</returns>
    Task<EtcdResult<EtcdCommit>> CommitAsync(EtcdTransaction transaction);

    /// <summary>Makes a lease, counted from some moment within this call.</summary>
    /// <param name="timeToLive">At least one second, in whole seconds; etcd may grant more.</param>
    Task<EtcdResult<EtcdLease>> GrantAsync(TimeSpan timeToLive);

    /// <summary>Begins the time of a lease anew, at some moment within this call.</summary>
    /// <param name="lease">Its id.</param>
    /// <returns>The time it has from that moment; <see cref="EtcdError.LeaseNotFound"/> when it has ended.</returns>
    Task<EtcdResult<EtcdLease>> KeepAliveAsync(long lease);

    /// <summary>Ends a lease now; its keys are deleted with it.</summary>
    /// <param name="lease">Its id.</param>
    /// <returns>A success also when there is no such lease (any more), with a time of zero.</returns>
    Task<EtcdResult<EtcdLease>> RevokeAsync(long lease);

    /// <summary>Tells how long a lease has still to live, in whole seconds, rounded down.</summary>
    /// <param name="lease">Its id.</param>
    /// <returns><see cref="EtcdError.LeaseNotFound"/> when it has ended.</returns>
    Task<EtcdResult<EtcdLease>> TimeToLiveAsync(long lease);

    /// <summary>Tells each change of the keys that begin with <paramref name="prefix"/>, in order, from a revision on.</summary>
    /// <param name="prefix">The beginning; at least one character.</param>
    /// <param name="fromRevision">The first revision whose changes are told; at least 1.</param>
    /// <param name="watcher">Who is told, never by two threads at once, and possibly before this method returns.</param>
    /// <returns>Ends the watch when it is disposed of. A change may still be told that was on its way.</returns>
    IDisposable Watch(string prefix, long fromRevision, IEtcdWatcher watcher);
}

/// <summary>Is told what happens to keys. Its methods must not block: the watch reads on when they return.</summary>
public interface IEtcdWatcher
{
    /// <summary>Keys have changed.</summary>
    /// <param name="events">All that happened at one or more revisions, in order; not empty, no revision is cut in two.</param>
    void OnEvents(IReadOnlyList<EtcdEvent> events);

    /// <summary>The watch has ended, and will tell no more.</summary>
    /// <param name="fault">Why. <see cref="EtcdError.Compacted"/>: changes were missed, list again.</param>
    void OnEnded(EtcdFault fault);
}
