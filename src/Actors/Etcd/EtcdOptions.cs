namespace StreamActors.Etcd;

/// <summary>How etcd is reached, and the client's bounds.</summary>
public sealed record EtcdOptions
{
    /// <summary>Addresses of the gateway, <c>http://host:port</c> or <c>https://host:port</c>; at least one. The first that
    /// works is kept to until it fails.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>Within which every call ends, over all endpoints that are tried.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How large one answer, or one message of a watch, may be, in bytes.</summary>
    public int AnswerMaxBytes { get; init; } = 64 << 20;

    /// <summary>How many connections one endpoint gets, watches not counted.</summary>
    public int MaxConnections { get; init; } = 32;

    /// <summary>Who logs in; null where etcd has no authentication.</summary>
    public EtcdUser? User { get; init; }

    /// <summary>What is trusted and shown over TLS; null for what the operating system trusts.</summary>
    public EtcdTls? Tls { get; init; }
}

/// <summary>A user of etcd.</summary>
/// <param name="Name">The name.</param>
/// <param name="Password">The password.</param>
public sealed record EtcdUser(string Name, string Password)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Files in PEM form.</summary>
/// <param name="AuthorityFile">The certificates that etcd's must come from; null for those that the operating system trusts.</param>
/// <param name="CertificateFile">The certificate that is shown to etcd; null for none.</param>
/// <param name="KeyFile">Its private key.</param>
public sealed record EtcdTls(string? AuthorityFile, string? CertificateFile = null, string? KeyFile = null);
