using StreamActors.Host.Settings;
using Xunit;
using static StreamActors.Host.Tests.Settings.SettingsTestExtensions;

namespace StreamActors.Host.Tests.Settings;

public sealed class MountOptionsTests
{
    [Fact]
    public void Options_ThatUsersKnow_AreRead()
    {
        var mount = Load(["allow_other,ro,uid=1000,gid=100,umask=022", "fsname=x", "attr_timeout=0.5,entry_timeout=60,suid,dev,nonempty,no_default_permissions"]).Mount;

        var expected = new MountSettings(
            AllowOther: true,
            DefaultPermissions: false,
            ReadOnly: true,
            Uid: 1000,
            Gid: 100,
            Umask: 18,
            FsName: "x",
            AttrTimeout: TimeSpan.FromMilliseconds(500),
            EntryTimeout: TimeSpan.FromMinutes(1),
            NoSuid: false,
            NoDev: false,
            NonEmpty: true,
            EndTimeout: TimeSpan.FromMinutes(2));
        Assert.Equal(expected, mount);
    }

    [Fact]
    public void Options_ThatContradict_AreReadInOrder()
    {
        Assert.False(Load(["ro,rw"]).Mount.ReadOnly);
        Assert.True(Load(["rw", "ro"]).Mount.ReadOnly);
        Assert.True(Load(["suid,nosuid"]).Mount.NoSuid);
        Assert.True(Load(["no_default_permissions,default_permissions"]).Mount.DefaultPermissions);
    }

    [Fact]
    public void Option_OfAnySetting_IsReadByItsPath()
    {
        var settings = Load(["simulated.interval=100ms,layout=topics,mount.allow-other,mount.nosuid=false,fuse.max-write=64K"]);

        Assert.Equal(TimeSpan.FromMilliseconds(100), settings.Simulated.Interval);
        Assert.Equal(Layout.Topics, settings.Layout);
        Assert.True(settings.Mount.AllowOther);
        Assert.False(settings.Mount.NoSuid);
        Assert.Equal(64 << 10, settings.Fuse.MaxWrite);
    }

    [Fact]
    public void Option_OfATimeout_MayHaveAUnit() =>
        Assert.Equal(TimeSpan.FromMilliseconds(200), Load(["attr_timeout=200ms"]).Mount.AttrTimeout);

    [Fact]
    public void Option_OfAFlag_MayHaveAValue() => Assert.False(Load(["default_permissions=false"]).Mount.DefaultPermissions);

    [Theory]
    [InlineData("fsname=a\\,b,ro", "a,b")]
    [InlineData("fsname=a\\\\b", "a\\b")]
    [InlineData("fsname=a\\b", "a\\b")]
    [InlineData("fsname=a=b", "a=b")]
    [InlineData("fsname=\"a,b\"", "a,b")]
    [InlineData("fsname=\"a\\\"b\\\\c\"", "a\"b\\c")]
    [InlineData("fsname=a\"b,ro", "a\"b")]
    [InlineData(",,fsname=@x,,", "@x")]
    public void Option_WithSpecialCharacters_KeepsThem(string option, string fsName) =>
        Assert.Equal(fsName, Load([option]).Mount.FsName);

    [Theory]
    [InlineData("simulated.separator=\"\\n--\\n\"", "\n--\n")]
    [InlineData("simulated.separator=\",\"", ",")]
    [InlineData("simulated.separator=\\,", ",")]
    [InlineData("simulated.separator=", "")]
    public void Option_OfASeparator_IsRead(string option, string separator) =>
        Assert.Equal(separator, Load([option]).Simulated.Separator);

    [Theory]
    [InlineData("simulated.intervall=1s", "-o simulated.intervall: unknown setting \"simulated.intervall\"; did you mean \"simulated.interval\"?")]
    [InlineData("allow_othr", "-o allow_othr: unknown setting \"allow_othr\"; did you mean \"allow_other\"?")]
    [InlineData("=x", "-o : unknown setting \"\"")]
    [InlineData("mount", "-o mount: unknown setting \"mount\"")]
    [InlineData("a\nb", "-o a\\nb: unknown setting \"a\\nb\"")]
    [InlineData("uid", "-o uid: expected a value, as in uid=VALUE")]
    [InlineData("uid=x", "-o uid: expected a user id from 0 to 4294967294, or null, found \"x\"")]
    [InlineData("simulated.interval", "-o simulated.interval: expected a value, as in simulated.interval=VALUE")]
    [InlineData("simulated.interval=abc", "-o simulated.interval: expected a duration such as 1s, found \"abc\"")]
    [InlineData("rw=1", "-o rw: expected no value, found \"1\"")]
    [InlineData("ro=2", "-o ro: expected true or false, found \"2\"")]
    [InlineData("attr_timeout=abc", "-o attr_timeout: expected a duration such as 1s, found \"abc\"")]
    [InlineData("attr_timeout=-1", "-o attr_timeout: expected a duration from 0s to 365d, found \"-1s\"")]
    [InlineData("fsname=\"a", "-o fsname: expected the closing '\"' of this string, found the end")]
    [InlineData("fsname=\"a\"b = 1", "-o fsname: expected nothing after the closing quote, found 'b'")]
    [InlineData("fsname=\"a\"=", "-o fsname: expected nothing after the closing quote, found '='")]
    public void Option_ThatIsWrong_IsRefused(string option, string message) => Assert.StartsWith(message, Refused([option]));

    [Theory]
    [InlineData("password=hunter2")]
    [InlineData("kafka.sasl.jaas=hunter2")]
    [InlineData("kafka.ssl.key.pem=hunter2")]
    [InlineData("kafka.sslKeyPassword=hunter2")]
    [InlineData("http.api-key=hunter2")]
    [InlineData("http.TOKEN=hunter2")]
    [InlineData("client_secret=hunter2")]
    [InlineData("password")]
    public void Option_OfACredential_IsRefusedWithoutShowingIt(string option)
    {
        var message = Refused([option]);

        Assert.Contains("credentials are refused in -o", message);
        Assert.DoesNotContain("hunter2", message);
    }

    [Fact]
    public void Setting_OfTheReference_IsNoCredentialByItsNameUnlessItIsOne() =>
        Assert.Equal(["cluster.etcd.password"], new SettingNames(SettingsLoader.ReadReference()).Paths.Where(Credentials.IsNamedBy));

    [Fact]
    public void Options_OfRandomText_ThrowNothingButSettingsException()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] tokens = ["fsname", "ro", "=", ",", "\\", "\"", "uid", "1", "\n", "${x}", "simulated.separator", ".", "null", "\ud800"];
        for (var round = 0; round < 5_000; round++)
        {
            var option = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => tokens[random.Next(tokens.Length)]));
            try
            {
                Load([option]);
            }
            catch (SettingsException refused)
            {
                Assert.DoesNotContain('\n', refused.Message);
            }
            catch (Exception unexpected)
            {
                Assert.Fail($"seed {seed}, round {round}, -o {option}: {unexpected}");
            }
        }
    }
}
