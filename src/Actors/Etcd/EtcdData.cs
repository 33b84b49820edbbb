namespace StreamActors.Etcd;

/// <summary>A key and what stands under it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="CreateRevision">The revision that made the key; 0 of a key that was deleted.</param>
/// <param name="ModRevision">The revision that changed it last.</param>
/// <param name="Lease">The lease that it ends with; 0 for none.</param>
public sealed record EtcdEntry(string Key, string Value, long CreateRevision, long ModRevision, long Lease);

/// <summary>What a list found.</summary>
/// <param name="Entries">In the order of their keys' bytes.</param>
/// <param name="Revision">The revision at which this was so.</param>
public sealed record EtcdRange(IReadOnlyList<EtcdEntry> Entries, long Revision);

/// <summary>What a transaction did.</summary>
/// <param name="Succeeded">Whether its conditions held, so that the first branch was carried out.</param>
/// <param name="Revision">The store's revision after it; where it wrote, its own.</param>
/// <param name="Found">What the reads of the branch found, in their order; a key that is absent is left out.</param>
public sealed record EtcdCommit(bool Succeeded, long Revision, IReadOnlyList<EtcdEntry> Found);

/// <summary>A lease.</summary>
/// <param name="Id">Its id.</param>
/// <param name="TimeToLive">How long it lives from the call on.</param>
public sealed record EtcdLease(long Id, TimeSpan TimeToLive);

/// <summary>A change of a key.</summary>
/// <param name="Entry">The entry as it is now; of a key that was deleted only the key and the revision of its deletion.</param>
/// <param name="IsDelete">Whether the key was deleted.</param>
public sealed record EtcdEvent(EtcdEntry Entry, bool IsDelete);
