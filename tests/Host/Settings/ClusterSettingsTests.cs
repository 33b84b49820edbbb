using System.Net;
using StreamActors.Cli;
using StreamActors.Host.Settings;
using Xunit;
using static StreamActors.Host.Tests.Settings.SettingsTestExtensions;

namespace StreamActors.Host.Tests.Settings;

/// <summary>What the settings and the command line say about a cluster, and how they are refused.</summary>
public sealed class ClusterSettingsTests
{
    private const string Least = """cluster { name = films, etcd.endpoints = ["http://e:2379"], secret-file = /s }""";

    [Fact]
    public void Cluster_WithoutAName_IsNone() =>
        Assert.Null(LoadText("""cluster { listen = "10.0.0.1:1", etcd.endpoints = "http://e:2379" }""").Cluster);

    [Fact]
    public void Cluster_WithTheLeast_HasTheDefaults()
    {
        var cluster = LoadText(Least).Cluster!;
        Assert.Equal(("films", "127.0.0.1:8557", "127.0.0.1:8557", "/s"), (cluster.Name, cluster.Listen.ToString(), cluster.Advertise.ToString(), cluster.SecretFile));
        Assert.Equal((256, 1, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)), (cluster.Shards, cluster.Weight, cluster.LeaseTimeToLive, cluster.LeaseMargin));
        Assert.Equal(("127.0.0.1:8558", true, null), (cluster.Admin!.Listen.ToString(), cluster.Admin.IsReadOnly, cluster.Admin.TokenFile));
        Assert.Equal((new Uri("http://e:2379"), "/streamactors/", null), (Assert.Single(cluster.Etcd.Endpoints), cluster.Etcd.Prefix, cluster.Etcd.User));
        Assert.EndsWith("-8557", cluster.Member, StringComparison.Ordinal);
        Assert.Empty(cluster.Roles);
    }

    [Fact]
    public void Cluster_WithAll_HasThem()
    {
        var cluster = LoadText("""
            cluster {
              name = films, member = a.1, listen = "*:99", advertise = "a.example:99", data = /d, shards = 8, roles = [store, edge], shard-role = store, weight = 3
              tls { ca-file = ca, cert-file = c, key-file = k }
              etcd { endpoints = "http://e:2379, https://f:2379", prefix = /p/, user = u, password = correct-horse, ca-file = eca, timeout = 1s }
              admin { listen = null }
            }
            """).Cluster!;
        Assert.Equal(("a.1", "*:99", "a.example:99", "/d", 8, 3), (cluster.Member, cluster.Listen.ToString(), cluster.Advertise.ToString(), cluster.Data, cluster.Shards, cluster.Weight));
        Assert.Equal(["store", "edge"], cluster.Roles);
        Assert.Equal(new TlsFiles("ca", "c", "k"), cluster.Tls);
        Assert.Equal([new Uri("http://e:2379"), new Uri("https://f:2379")], cluster.Etcd.Endpoints);
        Assert.Equal(("u", "correct-horse", "eca"), (cluster.Etcd.User, cluster.Etcd.Password, cluster.Etcd.AuthorityFile));
        Assert.DoesNotContain("correct-horse", cluster.ToString(), StringComparison.Ordinal);
        Assert.Null(cluster.Admin);
    }

    [Theory]
    [InlineData("etcd.endpoints = []", "cluster.etcd.endpoints: expected at least one address such as http://host:2379")]
    [InlineData("etcd.endpoints = [e]", "expected addresses such as http://host:2379")]
    [InlineData("etcd.endpoints = \"ftp://e\"", "expected addresses such as http://host:2379")]
    [InlineData("etcd.endpoints = \"http://e:2379/path\"", "expected addresses such as http://host:2379")]
    [InlineData("etcd.endpoints = \"http://u:correct-horse@e\"", "credentials are refused here")]
    [InlineData("etcd.prefix = p", "expected a text that ends with a slash")]
    [InlineData("etcd.user = u", "expected user and password, or neither")]
    [InlineData("etcd.cert-file = c", "expected a certificate beside its key")]
    [InlineData("name = \"a b\"", "expected letters, digits")]
    [InlineData("member = \"a/b\"", "expected letters, digits")]
    [InlineData("listen = \"h\"", "expected HOST:PORT")]
    [InlineData("listen = \"h:0\"", "expected HOST:PORT")]
    [InlineData("listen = \"h:65536\"", "expected HOST:PORT")]
    [InlineData("listen = \"::1:5\"", "expected HOST:PORT")]
    [InlineData("listen = \"10.0.0.1:5\"", "expected an address of loopback, cluster.tls, or cluster.insecure = true")]
    [InlineData("listen = \"*:5\"", "expected cluster.advertise beside it")]
    [InlineData("listen = \"0.0.0.0:5\", insecure = true", "expected cluster.advertise beside it")]
    [InlineData("advertise = \"0.0.0.0:5\"", "expected the address by which others reach this host")]
    [InlineData("secret-file = null", "expected cluster.secret-file, cluster.tls or both")]
    [InlineData("tls.ca-file = ca", "cluster.tls.cert-file: expected a file")]
    [InlineData("shards = 0", "expected a whole number from 1 to 4096")]
    [InlineData("lease-ttl = 1s", "expected a duration from 2s")]
    [InlineData("lease-ttl = 4s, lease-margin = 3s", "expected a duration from 10ms to 2s")]
    [InlineData("admin.listen = \"10.0.0.1:5\"", "expected an address of loopback, or cluster.admin.token-file")]
    [InlineData("roles = [[a]]", "expected a list of names")]
    [InlineData("no-such = 1", "unknown setting")]
    public void Cluster_ThatCanNotWork_IsRefused(string wrong, string message)
    {
        var refused = RefusedText($"{Least}\ncluster {{ {wrong} }}");
        Assert.Contains(message, refused, StringComparison.Ordinal);
        Assert.DoesNotContain("correct-horse", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:5")]
    [InlineData("[::1]:5")]
    [InlineData("localhost:5")]
    public void Listen_OnLoopback_NeedsNoTls(string listen) =>
        Assert.Equal(listen, LoadText($"{Least}\ncluster.listen = \"{listen}\"").Cluster!.Listen.ToString());

    [Theory]
    [InlineData("127.0.0.1:5", "127.0.0.1:5")]
    [InlineData("[::1]:5", "[::1]:5")]
    [InlineData("*:5", "[::]:5")]
    [InlineData("localhost:5", "127.0.0.1:5")]
    public void Listen_Resolved_IsAnAddress(string listen, string address) =>
        Assert.Equal(IPEndPoint.Parse(address), ListenAddress.TryParse(listen)!.Resolve());

    [Fact]
    public void CommandLine_OverridesTheFile()
    {
        using var directory = new TemporaryDirectory();
        var settings = SettingsLoader.Load(new SettingsSources(directory.Write("my.conf", Least), new Dictionary<string, string>(), [], null)
        {
            Cluster = new ClusterOptions("books@http://x:1,http://y:2", "127.0.0.1:7", "127.0.0.1:8", "/data"),
        });
        var cluster = settings.Cluster!;
        Assert.Equal(("books", "127.0.0.1:7", "127.0.0.1:8", "/data"), (cluster.Name, cluster.Listen.ToString(), cluster.Admin!.Listen.ToString(), cluster.Data));
        Assert.Equal([new Uri("http://x:1"), new Uri("http://y:2")], cluster.Etcd.Endpoints);
    }

    [Theory]
    [InlineData("books", "--cluster: expected NAME@http://host:2379, found \"books\"")]
    [InlineData("@http://e", "--cluster: expected NAME@http://host:2379")]
    [InlineData("books@", "--cluster: expected NAME@http://host:2379")]
    [InlineData("books@e", "--cluster: expected addresses such as http://host:2379")]
    [InlineData("books@http://u:correct-horse@e", "--cluster: credentials are refused here")]
    public void CommandLine_ThatMakesNoSense_IsRefused(string cluster, string message)
    {
        var refused = Assert.Throws<SettingsException>(() => SettingsLoader.Load(
            new SettingsSources(null, new Dictionary<string, string>(), [], null) { Cluster = new ClusterOptions(cluster) })).Message;
        Assert.StartsWith(message, refused, StringComparison.Ordinal);
        Assert.DoesNotContain("correct-horse", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Password_OnTheCommandLine_IsRefused() =>
        Assert.Contains("credentials are refused in -o", Refused(["cluster.etcd.password=x"]), StringComparison.Ordinal);
}
