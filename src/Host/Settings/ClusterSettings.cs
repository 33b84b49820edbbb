namespace StreamActors.Host.Settings;

/// <summary>The settings under <c>cluster</c>: what this host is in a cluster.</summary>
/// <param name="Name">The name of the cluster.</param>
/// <param name="Member">The name of this host in it.</param>
/// <param name="Listen">Where other members are heard.</param>
/// <param name="Advertise">Where other members reach this host.</param>
/// <param name="Data">A directory of this host's own; null for none.</param>
/// <param name="SecretFile">What all members know; null where only certificates count.</param>
/// <param name="Tls">The certificates between members; null for none.</param>
/// <param name="Etcd">Where the cluster is kept.</param>
/// <param name="Shards">How many shards there are.</param>
/// <param name="Roles">What this host is for.</param>
/// <param name="ShardRole">The role whose members take shards; null for all.</param>
/// <param name="Weight">How many shards it takes in proportion to others.</param>
/// <param name="LeaseTimeToLive">How long a silent member stays one.</param>
/// <param name="LeaseMargin">How long before that it stops to answer.</param>
/// <param name="Protocol">The newest version of the protocol that it speaks.</param>
/// <param name="HandOvers">Shards that are handed over at a time.</param>
/// <param name="LeaveTimeout">How long leaving may take.</param>
/// <param name="MessageMaxBytes">The longest message between members, in bytes.</param>
/// <param name="MaxAsks">Requests that may wait for other members.</param>
/// <param name="CacheBytes">What is kept of other members' bytes, in bytes.</param>
/// <param name="ReadAheadBytes">How far ahead of a reader they are asked for, in bytes.</param>
/// <param name="Admin">The HTTP API; null for none.</param>
public sealed record ClusterSettings(
    string Name,
    string Member,
    ListenAddress Listen,
    ListenAddress Advertise,
    string? Data,
    string? SecretFile,
    TlsFiles? Tls,
    EtcdSettings Etcd,
    int Shards,
    IReadOnlyList<string> Roles,
    string? ShardRole,
    int Weight,
    TimeSpan LeaseTimeToLive,
    TimeSpan LeaseMargin,
    int Protocol,
    int HandOvers,
    TimeSpan LeaveTimeout,
    int MessageMaxBytes,
    int MaxAsks,
    long CacheBytes,
    int ReadAheadBytes,
    ClusterAdminSettings? Admin);

/// <summary>The settings under <c>cluster.etcd</c>. It may hold a password: it is never printed.</summary>
/// <param name="Endpoints">Where etcd is; at least one.</param>
/// <param name="Prefix">The beginning of all keys.</param>
/// <param name="User">Who logs in; null for nobody.</param>
/// <param name="Password">His password.</param>
/// <param name="AuthorityFile">Whom to trust; null for whom the operating system does.</param>
/// <param name="CertificateFile">What is shown; null for nothing.</param>
/// <param name="KeyFile">Its key.</param>
/// <param name="Timeout">How long a call may take.</param>
public sealed record EtcdSettings(
    IReadOnlyList<Uri> Endpoints,
    string Prefix,
    string? User,
    string? Password,
    string? AuthorityFile,
    string? CertificateFile,
    string? KeyFile,
    TimeSpan Timeout)
{
    /// <inheritdoc/>
    public override string ToString() => $"etcd at {string.Join(", ", Endpoints)}";
}

/// <summary>The settings under <c>cluster.admin</c>.</summary>
/// <param name="Listen">Where it answers.</param>
/// <param name="IsReadOnly">Whether nothing may be changed.</param>
/// <param name="TokenFile">What requests must carry; null for nothing.</param>
public sealed record ClusterAdminSettings(ListenAddress Listen, bool IsReadOnly, string? TokenFile);

/// <summary>Files of certificates, in PEM form.</summary>
/// <param name="AuthorityFile">Whom to trust.</param>
/// <param name="CertificateFile">What is shown.</param>
/// <param name="KeyFile">Its key.</param>
public sealed record TlsFiles(string AuthorityFile, string CertificateFile, string KeyFile);
