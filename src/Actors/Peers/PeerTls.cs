using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamActors.Peers;

/// <summary>The certificates of mutual TLS between members.</summary>
public sealed class PeerTls : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly X509Certificate2Collection _authorities;

    private PeerTls(X509Certificate2 certificate, X509Certificate2Collection authorities) =>
        (Certificate, _authorities) = (certificate, authorities);

    /// <summary>What this host shows, with its key.</summary>
    internal X509Certificate2 Certificate { get; }

    /// <summary>Reads the certificates.</summary>
    /// <param name="authorityFile">Those that members' certificates must come from, in PEM form.</param>
    /// <param name="certificateFile">The one that this host shows.</param>
    /// <param name="keyFile">Its private key.</param>
    /// <exception cref="IOException">A file can't be read, or holds none. The message is for the user.</exception>
    public static PeerTls Read(string authorityFile, string certificateFile, string keyFile)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(authorityFile);
            if (authorities.Count == 0) throw new IOException($"{authorityFile} holds no certificate");
            return new PeerTls(X509Certificate2.CreateFromPemFile(certificateFile, keyFile), authorities);
        }
        catch (Exception refused) when (refused is CryptographicException or UnauthorizedAccessException or IOException)
        {
            foreach (var authority in authorities) authority.Dispose();
            throw new IOException($"certificates {authorityFile}, {certificateFile}: {refused.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var authority in _authorities) authority.Dispose();
    }

    /// <summary>How this host looks at a member that it connects to: its certificate must name the address, too.</summary>
    internal SslClientAuthenticationOptions ForClient() => new()
    {
        ClientCertificates = [Certificate],
        LocalCertificateSelectionCallback = (_, _, _, _, _) => Certificate,
        CertificateChainPolicy = Policy(ServerAuthentication),
    };

    /// <summary>Whether a member that connects to this host shows a certificate that counts.</summary>
    internal bool Accepts(X509Certificate2 certificate)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(ClientAuthentication) };
        return chain.Build(certificate);
    }

    private X509ChainPolicy Policy(string purpose)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        policy.ApplicationPolicy.Add(new Oid(purpose));
        return policy;
    }
}
