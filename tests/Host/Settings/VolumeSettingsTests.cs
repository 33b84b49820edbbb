using StreamActors.Host.Settings;
using StreamActors.Logs;
using Xunit;
using static StreamActors.Host.Tests.Settings.SettingsTestExtensions;

namespace StreamActors.Host.Tests.Settings;

/// <summary>What the settings say about volumes, and how they are refused.</summary>
public sealed class VolumeSettingsTests
{
    [Fact]
    public void Volume_WithItsSourceAlone_HasTheDefaultsOfItsType()
    {
        var volume = Assert.IsType<LogVolumeSettings>(Assert.Single(LoadText("""volumes { "/s" { type = log, dir = /var/lib/s } }""").Volumes));

        Assert.Equal(("/s", "/var/lib/s", 1, true), (volume.Path, volume.Directory, volume.Partitions, volume.MayDelete));
        Assert.Equal((Durability.OnFsync, TimeSpan.FromSeconds(1), 16 << 20), (volume.Durability, volume.SyncInterval, volume.MessageMaxBytes));
        Assert.Equal(new RetentionOptions { Policy = new RetentionPolicy(null, null, 1 << 20), Interval = TimeSpan.FromMinutes(1) }, volume.Retention);
    }

    [Fact]
    public void Volume_WithSettingsOfItsOwn_HasThoseAndTheGroupsForTheRest()
    {
        var volumes = LoadText("""
            log-volume { partitions = 3, retention.max-age = 7d }
            volumes {
              "/t" { type = log, dir = t, delete = deny, durability = always, message.max-bytes = 1k, retention { max-age = null, max-bytes = 1GiB } }
              "/a/b" { type = overlay, source = /srv }
              "/s" { type = log, dir = s, partitions = 2 }
            }
            """).Volumes;

        Assert.Equal(["/a/b", "/s", "/t"], volumes.Select(volume => volume.Path));
        Assert.Equal("/srv", Assert.IsType<OverlayVolumeSettings>(volumes[0]).Source);
        var (s, t) = (Assert.IsType<LogVolumeSettings>(volumes[1]), Assert.IsType<LogVolumeSettings>(volumes[2]));
        Assert.Equal((2, TimeSpan.FromDays(7), null), (s.Partitions, s.Retention.Policy.MaxAge, s.Retention.Policy.MaxBytes));
        Assert.Equal((3, null, 1L << 30), (t.Partitions, t.Retention.Policy.MaxAge, t.Retention.Policy.MaxBytes));
        Assert.Equal((false, Durability.Always, 1024), (t.MayDelete, t.Durability, t.MessageMaxBytes));
    }

    [Theory]
    [InlineData("/srv/data", "/srv/data")]
    [InlineData("data", "data")]
    [InlineData("overlay:log:x", "log:x")]
    [InlineData("other:x", "other:x")]
    public void Source_OfTheCommandLine_IsAnOverlayAtTheRoot(string source, string directory)
    {
        var volume = Assert.IsType<OverlayVolumeSettings>(Assert.Single(LoadSource(source).Volumes));

        Assert.Equal(("/", directory), (volume.Path, volume.Source));
    }

    [Fact]
    public void Source_WithTheTypeLog_IsALogVolumeWithTheSettingsOfAll()
    {
        var volume = Assert.IsType<LogVolumeSettings>(Assert.Single(LoadSource("log:/var/lib/s", options: ["log-volume.partitions=5"]).Volumes));

        Assert.Equal(("/", "/var/lib/s", 5), (volume.Path, volume.Directory, volume.Partitions));
    }

    [Fact]
    public void Source_WithoutAPlace_IsRefused() =>
        Assert.Equal("SOURCE: expected the path of a directory, found \"\"", Assert.Throws<SettingsException>(() => LoadSource("log:")).Message);

    [Theory]
    [InlineData("volumes { s { type = log, dir = x } }", "my.conf:1:11: volumes.\"s\": expected a path such as /s or /a/b, without . and .. in it and without a slash at its end")]
    [InlineData("volumes { \"/s/\" { type = log, dir = x } }", "my.conf:1:11: volumes.\"/s/\": expected a path such as /s or /a/b")]
    [InlineData("volumes { \"/s/../t\" { type = log, dir = x } }", "my.conf:1:11: volumes.\"/s/../t\": expected a path such as /s or /a/b")]
    [InlineData("volumes { \"/a//b\" { type = log, dir = x } }", "my.conf:1:11: volumes.\"/a//b\": expected a path such as /s or /a/b")]
    [InlineData("volumes { \"/s\" = x }", "my.conf:1:18: volumes.\"/s\": expected an object of settings, found \"x\"")]
    [InlineData("volumes = x", "my.conf:1:11: volumes: expected an object of settings, found \"x\"")]
    [InlineData("volumes { \"/s\" { dir = x } }", "my.conf:1:11: volumes.\"/s\": expected type, one of overlay, log")]
    [InlineData("volumes { \"/s\" { type = tape, dir = x } }", "my.conf:1:25: volumes.\"/s\".type: expected ")]
    [InlineData("volumes { \"/s\" { type = log } }", "my.conf:1:11: volumes.\"/s\": expected dir, which says where it is")]
    [InlineData("volumes { \"/s\" { type = log, dir = \"\" } }", "my.conf:1:36: volumes.\"/s\".dir: expected the path of a directory, found \"\"")]
    [InlineData("volumes { \"/s\" { type = log, dir = x, partitons = 1 } }", "my.conf:1:39: unknown setting \"partitons\"; did you mean \"partitions\"?")]
    [InlineData("volumes { \"/s\" { type = overlay, source = x, partitions = 1 } }", "my.conf:1:46: unknown setting \"partitions\"")]
    [InlineData("volumes { \"/s\" { type = log, dir = x, retention.max-byte = 1 } }", "my.conf:1:39: unknown setting \"retention.max-byte\"; did you mean \"retention.max-bytes\"?")]
    [InlineData("volumes { \"/s\" { type = log, dir = x, partitions = 0 } }", "my.conf:1:52: volumes.\"/s\".partitions: expected a whole number from 1 to 10000, found \"0\"")]
    [InlineData("volumes { \"/s\" { type = log, dir = x, delete = yes } }", "my.conf:1:48: volumes.\"/s\".delete: expected allow or deny, found \"yes\"")]
    [InlineData("volumes { \"/s\" { type = log, dir = x, retention.max-age = 7 } }", "my.conf:1:59: volumes.\"/s\".retention.max-age: expected a duration such as 1s, found \"7\"")]
    [InlineData("volumes { \"/s\" { type = log, dir = x, shared = true, host = a } }", "my.conf:1:61: volumes.\"/s\".host: expected null beside shared = true: what all members have is on no member's own disk, found \"a\"")]
    [InlineData("volumes { \"/s\" { type = log, dir = x, host = a } }", "my.conf:1:11: volume /s: its directory is one member's or all members' of a cluster, and there are no settings of one")]
    [InlineData("volumes { \"/\" { type = overlay, source = x, shared = true } }", "my.conf:1:11: volume /: its directory is one member's or all members' of a cluster, and there are no settings of one")]
    [InlineData("log-volume.durability = never", "my.conf:1:25: log-volume.durability: expected one of on-fsync, always, interval, found \"never\"")]
    [InlineData("log-volume.dir = x", "my.conf:1:1: unknown setting \"log-volume.dir\"")]
    [InlineData(
        "volumes { \"/s\" { type = log, dir = x }, \"/s/t\" { type = overlay, source = y } }",
        "my.conf:1:41: volumes.\"/s/t\": everything below /s belongs to the volume there; only in an overlay there can be others")]
    public void Volume_ThatIsWrong_IsRefusedWithPlaceAndExpectation(string text, string message) =>
        Assert.StartsWith(message, RefusedText(text));

    [Fact]
    public void Root_GivenTwice_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        var config = directory.Write("my.conf", "volumes {\n  \"/\" { type = log, dir = x }\n}");

        var refused = Assert.Throws<SettingsException>(() => LoadSource("/srv", config));

        Assert.Equal($"{config}:2:3: volumes.\"/\": a path has one owner, and SOURCE of the command line is at / already", refused.Message);
    }

    [Fact]
    public void Volume_BelowALogVolumeOfTheCommandLine_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        var config = directory.Write("my.conf", "volumes.\"/t\" { type = overlay, source = x }");

        var refused = Assert.Throws<SettingsException>(() => LoadSource("log:/var/lib/s", config));

        Assert.StartsWith($"{config}:1:1: volumes.\"/t\": everything below / belongs to the volume there", refused.Message, StringComparison.Ordinal);
    }

    private static StreamActorsSettings LoadSource(string source, string? config = null, string[]? options = null) =>
        SettingsLoader.Load(new SettingsSources(config, new Dictionary<string, string>(), options ?? [], null, source));
}
