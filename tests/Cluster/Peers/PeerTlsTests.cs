using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamActors.Peers;

namespace StreamActors.Cluster.Tests.Peers;

/// <summary>Members that know each other by certificates.</summary>
public sealed class PeerTlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("streamactors-peer-tls-").FullName;
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Certificates_OfTheAuthority_AreEnough()
    {
        using var authority = Authority("authority");
        Write(authority, "a");
        Write(authority, "b");
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        PeerHost.Join(a, b);
        await a.ReachAsync(b);
        await b.ReachAsync(a);
        Assert.True(a.Network.HasMet && b.Network.HasMet);
        b.Serve = async (_, _, answer, cancellationToken) => await answer.WriteAsync(new byte[3], cancellationToken);
        using var stream = await a.Network.OpenAsync(b.Record.Uid, default, CancellationToken.None);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        Assert.Equal(3, read.Length);
    }

    [Fact]
    public async Task Secret_BesideCertificates_MustBeRightToo()
    {
        using var authority = Authority("authority");
        Write(authority, "a");
        Write(authority, "b");
        await using var a = await StartAsync("a", secret: "one secret of sixteen bytes");
        await using var b = await StartAsync("b", secret: "two secrets of sixteen bytes");
        PeerHost.Join(a, b);
        await a.LoggedAsync("it does not have the same secret");
    }

    [Theory]
    [InlineData("foreign")]
    [InlineData("expired")]
    [InlineData("of another address")]
    public async Task Certificate_ThatDoesNotCount_NobodyIsReached(string wrong)
    {
        using var authority = Authority("authority");
        using var foreign = Authority("foreign");
        Write(authority, "a");
        Write(
            wrong == "foreign" ? foreign : authority, "b", wrong == "expired" ? _now.AddMinutes(-1) : _now.AddHours(1),
            wrong == "of another address" ? "127.9.9.9" : "127.0.0.1");
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        PeerHost.Join(a, b);
        await a.LoggedAsync("Member b at 127.0.0.1");
        Assert.DoesNotContain(a.Lines, line => line.Contains("is reached", StringComparison.Ordinal));
        Assert.Equal(["b-1"], a.Network.Unreachable);
        Assert.False(a.Network.HasMet || b.Network.HasMet);
        if (wrong == "of another address") return;
        await b.LoggedAsync("Member a at 127.0.0.1");
        Assert.DoesNotContain(b.Lines, line => line.Contains("is reached", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Host_WithoutTls_DoesNotReachOneWithIt()
    {
        using var authority = Authority("authority");
        Write(authority, "a");
        await using var a = await StartAsync("a", secret: PeerHost.Secret);
        await using var b = await PeerHost.StartAsync("b");
        PeerHost.Join(a, b);
        await a.LoggedAsync("can't be reached");
        await b.LoggedAsync("can't be reached");
    }

    [Fact]
    public void Files_MissingOrEmpty_AreToldAtOnce()
    {
        using var authority = Authority("authority");
        Write(authority, "a");
        Assert.Contains("none.pem", Assert.Throws<IOException>(() => PeerTls.Read(File("none.pem"), File("a.pem"), File("a.key"))).Message, StringComparison.Ordinal);
        System.IO.File.WriteAllText(File("empty.pem"), "");
        Assert.Throws<IOException>(() => PeerTls.Read(File("empty.pem"), File("a.pem"), File("a.key")));
        Assert.Throws<IOException>(() => PeerTls.Read(File("authority.pem"), File("empty.pem"), File("a.key")));
        Assert.Throws<IOException>(() => PeerTls.Read(File("authority.pem"), File("a.pem"), File("authority.pem")));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<PeerHost> StartAsync(string name, string? secret = null) => PeerHost.StartAsync(name, options => options with
    {
        Secret = secret is null ? null : new PeerSecret(secret),
        Tls = PeerTls.Read(File("authority.pem"), File($"{name}.pem"), File($"{name}.key")),
    });

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

    private void Write(X509Certificate2 authority, string name, DateTimeOffset? until = null, string address = "127.0.0.1")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, _now.AddHours(-1), until ?? _now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        System.IO.File.WriteAllText(File($"{name}.pem"), certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(File($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
