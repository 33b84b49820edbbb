using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamActors.Etcd;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>An etcd that speaks TLS and wants to see a certificate.</summary>
public sealed class EtcdTlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("streamactors-tls-").FullName;
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Tls_CertificatesOfTheAuthority_AreTakenAndOthersDenied()
    {
        using var authority = Authority("authority");
        using var foreign = Authority("foreign");
        Write(authority, "server");
        Write(authority, "client");
        Write(foreign, "stranger");
        await using var etcd = await RealEtcd.StartAsync(
            "https", "--cert-file", File("server.pem"), "--key-file", File("server.key"),
            "--trusted-ca-file", File("authority.pem"), "--client-cert-auth");

        Assert.Null(await FaultAsync(etcd, new EtcdTls(File("authority.pem"), File("client.pem"), File("client.key"))));
        Assert.Equal(EtcdError.Denied, await FaultAsync(etcd, new EtcdTls(File("foreign.pem"), File("client.pem"), File("client.key"))));
        Assert.Equal(EtcdError.Denied, await FaultAsync(etcd, null));
        // TLS 1.3 tells a client that its certificate is refused when the connection is made already.
        Assert.NotNull(await FaultAsync(etcd, new EtcdTls(File("authority.pem"))));
        Assert.NotNull(await FaultAsync(etcd, new EtcdTls(File("authority.pem"), File("stranger.pem"), File("stranger.key"))));
    }

    [Fact]
    public void Tls_FileMissingOrEmpty_IsToldAtOnce()
    {
        Assert.ThrowsAny<Exception>(() => Make(new Uri("https://127.0.0.1:1"), new EtcdTls(File("none.pem"))));
        System.IO.File.WriteAllText(File("empty.pem"), "");
        Assert.ThrowsAny<CryptographicException>(() =>
            Make(new Uri("https://127.0.0.1:1"), new EtcdTls(null, File("empty.pem"), File("empty.pem"))));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<EtcdError?> FaultAsync(RealEtcd etcd, EtcdTls? tls)
    {
        using var client = Make(etcd.Endpoint, tls);
        return (await client.ListAsync("/").WaitAsync(TestKitBase.Deadline)).Fault?.Error;
    }

    private static EtcdClient Make(Uri endpoint, EtcdTls? tls) =>
        new(new EtcdOptions { Endpoints = [endpoint], Tls = tls, CallTimeout = TestKitBase.Deadline }, TimeProvider.System);

    private string File(string name) => Path.Combine(_directory, name);

    private X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var certificate = request.CreateSelfSigned(_now.AddDays(-1), _now.AddDays(1));
        System.IO.File.WriteAllText(File($"{name}.pem"), certificate.ExportCertificatePem());
        return certificate;
    }

    private void Write(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, _now.AddHours(-1), _now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        System.IO.File.WriteAllText(File($"{name}.pem"), certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(File($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
