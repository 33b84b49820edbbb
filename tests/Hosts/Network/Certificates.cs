using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamActors.Hosts.Network;

/// <summary>An authority, and the certificates that it gives, as PEM files in a directory.</summary>
internal sealed class Certificates : IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    private readonly string _directory;
    private readonly X509Certificate2 _authority;
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    /// <summary>Makes the authority.</summary>
    /// <param name="directory">Where files are made.</param>
    public Certificates(string directory)
    {
        _directory = directory;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(_now - Life, _now + Life);
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
    }

    /// <summary>Whom to trust.</summary>
    public string AuthorityFile => Path.Combine(_directory, "authority.pem");

    /// <summary>The group <c>tls</c> of the settings of a host, whose certificate is made.</summary>
    /// <param name="name">The host.</param>
    /// <param name="address">Its address.</param>
    /// <param name="until">When the certificate ends; null: later than any test.</param>
    public string SettingsOf(string name, IPAddress address, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, _now.AddHours(-1), until ?? _now + (Life / 2), RandomNumberGenerator.GetBytes(8));
        var (shown, secret) = (Path.Combine(_directory, $"{name}.pem"), Path.Combine(_directory, $"{name}.key"));
        File.WriteAllText(shown, certificate.ExportCertificatePem());
        File.WriteAllText(secret, key.ExportPkcs8PrivateKeyPem());
        return $"tls {{ ca-file = {AuthorityFile}, cert-file = {shown}, key-file = {secret} }}";
    }

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();
}
