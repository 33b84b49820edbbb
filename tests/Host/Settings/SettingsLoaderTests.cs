using Microsoft.Extensions.Logging;
using StreamActors.Host.Settings;
using Xunit;
using static StreamActors.Host.Tests.Settings.SettingsTestExtensions;

namespace StreamActors.Host.Tests.Settings;

public sealed class SettingsLoaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Settings_WithoutSources_AreThoseOfTheReference()
    {
        var expected = new StreamActorsSettings(
            Layout.Partitions,
            new MountSettings(
                AllowOther: false,
                DefaultPermissions: true,
                ReadOnly: false,
                Uid: null,
                Gid: null,
                Umask: null,
                FsName: "streamactors",
                AttrTimeout: TimeSpan.FromSeconds(1),
                EntryTimeout: TimeSpan.FromSeconds(1),
                NoSuid: true,
                NoDev: true,
                NonEmpty: false,
                EndTimeout: TimeSpan.FromMinutes(2)),
            new FuseSettings(Threads: 0, MaxWrite: 1 << 20, MaxBackground: 64, Passthrough.Auto, ShutdownTimeout: TimeSpan.FromSeconds(5)),
            new SimulatedSettings(Interval: TimeSpan.FromSeconds(1), Released.Clock, MaxBytes: 64 << 20, CacheBytes: 128 << 20, Separator: "\n"),
            new ActorSettings(
                AskTimeout: TimeSpan.FromSeconds(10),
                MailboxCapacity: 10_000,
                PassivateAfter: TimeSpan.FromMinutes(2),
                RestartMinBackoff: TimeSpan.FromMilliseconds(200),
                RestartMaxBackoff: TimeSpan.FromSeconds(10),
                Throughput: 50),
            new OverlaySettings(Descriptors: 1024),
            new LogSettings(LogLevel.Information, File: ""),
            Cluster: null,
            Volumes: []);

        var settings = Load();

        Assert.Empty(settings.Volumes);
        Assert.Equal(expected, settings with { Volumes = expected.Volumes });
    }

    [Fact]
    public void Settings_OfAFile_AreBound()
    {
        var settings = LoadText("""
            layout = topics
            mount { allow-other = yes, ro = on, uid = 1000, gid = 100, umask = 022, fsname = demo, attr-timeout = 0, nosuid = off }
            fuse { threads = 4, max-write = 128K, passthrough = off, max-background = 12 }
            simulated { interval = 100 ms, released = all, max-bytes = 1MB, cache-bytes = 2MB, separator = "" }
            actors.restart-min-backoff = 1s
            actors.restart-max-backoff = 1s
            overlay.descriptors = 16
            log { level = debug, file = /var/log/streamactors.log }
            """);

        Assert.Equal(Layout.Topics, settings.Layout);
        Assert.Equal((true, true, 1000u, 100u, 18u), (settings.Mount.AllowOther, settings.Mount.ReadOnly, settings.Mount.Uid, settings.Mount.Gid, settings.Mount.Umask));
        Assert.Equal(("demo", TimeSpan.Zero, false), (settings.Mount.FsName, settings.Mount.AttrTimeout, settings.Mount.NoSuid));
        Assert.Equal(new FuseSettings(4, 128 << 10, 12, Passthrough.Off, TimeSpan.FromSeconds(5)), settings.Fuse);
        Assert.Equal(new SimulatedSettings(TimeSpan.FromMilliseconds(100), Released.All, 1_000_000, 2_000_000, ""), settings.Simulated);
        Assert.Equal(TimeSpan.FromSeconds(1), settings.Actors.RestartMaxBackoff);
        Assert.Equal(16, settings.Overlay.Descriptors);
        Assert.Equal(new LogSettings(LogLevel.Debug, "/var/log/streamactors.log"), settings.Log);
    }

    [Fact]
    public void Sources_OfOneSetting_OverrideOneAnotherInOrder()
    {
        var config = _directory.Write("my.conf", "simulated.interval = 2s");
        var environment = ("STREAMACTORS_SIMULATED_INTERVAL", "3s");

        Assert.Equal(1, Load().Simulated.Interval.TotalSeconds);
        Assert.Equal(2, Load(config: config).Simulated.Interval.TotalSeconds);
        Assert.Equal(3, Load(config: config, environment: environment).Simulated.Interval.TotalSeconds);
        Assert.Equal(4, Load(["simulated.interval=4s"], config, environment: environment).Simulated.Interval.TotalSeconds);
        Assert.Equal(5, Load(["simulated.interval=4s", "simulated.interval=5s"], config, environment: environment).Simulated.Interval.TotalSeconds);
    }

    [Fact]
    public void Layout_OfItsOwnOption_OverridesAllOthers() =>
        Assert.Equal(Layout.Topics, Load(["layout=partitions"], layout: "topics").Layout);

    [Fact]
    public void File_MayRefer_ToDefaultsAndTheEnvironment()
    {
        var config = _directory.Write("my.conf", "actors.restart-max-backoff = ${actors.restart-min-backoff}\nmount.fsname = ${?NAME}");

        var settings = Load(config: config, environment: ("NAME", "from the environment"));

        Assert.Equal(TimeSpan.FromMilliseconds(200), settings.Actors.RestartMaxBackoff);
        Assert.Equal("from the environment", settings.Mount.FsName);
    }

    [Fact]
    public void File_ThatSetsNull_ReturnsToTheMounter() =>
        Assert.Null(Load(["uid=null"], _directory.Write("my.conf", "mount.uid = 5")).Mount.Uid);

    [Theory]
    [InlineData("x = 1", "my.conf:1:1: unknown setting \"x\"")]
    [InlineData("\n  simulated.intervall = 1s", "my.conf:2:3: unknown setting \"simulated.intervall\"; did you mean \"simulated.interval\"?")]
    [InlineData("simulated {\n  intervall = 1s\n}", "my.conf:2:3: unknown setting \"simulated.intervall\"; did you mean \"simulated.interval\"?")]
    [InlineData("interval = 1s", "my.conf:1:1: unknown setting \"interval\"; did you mean \"simulated.interval\"?")]
    [InlineData("mount = 1", "my.conf:1:9: mount: expected an object of settings, found \"1\"")]
    [InlineData("a = ", "my.conf:1:5: expected a value, found the end")]
    public void File_WithWhatIsNoSetting_IsRefusedWithItsPlace(string text, string message) => Assert.Equal(message, RefusedText(text));

    [Theory]
    [InlineData("simulated.interval = abc", "my.conf:1:22: simulated.interval: expected a duration such as 1s, found \"abc\"")]
    [InlineData("simulated.interval = 5", "my.conf:1:22: simulated.interval: expected a duration such as 1s, found \"5\"")]
    [InlineData("simulated.interval = 0", "my.conf:1:22: simulated.interval: expected a duration from 1ms to 365d, found \"0\"")]
    [InlineData("simulated.interval = -1s", "my.conf:1:22: simulated.interval: expected a duration from 1ms to 365d, found \"-1s\"")]
    [InlineData("simulated.interval = null", "my.conf:1:22: simulated.interval: expected a duration such as 1s, found null")]
    [InlineData("simulated.interval = [1s]", "my.conf:1:22: simulated.interval: expected a duration such as 1s, found an array")]
    [InlineData("simulated.interval { x = 1 }", "my.conf:1:20: simulated.interval: expected a duration such as 1s, found an object")]
    [InlineData("simulated.max-bytes = much", "my.conf:1:23: simulated.max-bytes: expected a size such as 64MiB, found \"much\"")]
    [InlineData("simulated.max-bytes = 2GiB", "my.conf:1:23: simulated.max-bytes: expected a size from 1 to 1073741824 bytes, found \"2GiB\"")]
    [InlineData("simulated.released = some", "my.conf:1:22: simulated.released: expected clock or all, found \"some\"")]
    [InlineData("simulated.separator = \"\\ud800\"", "my.conf:1:23: simulated.separator: expected text of at most 1024 bytes of UTF-8, found \"\\ud800\"")]
    [InlineData("layout = Topics", "my.conf:1:10: layout: expected partitions or topics, found \"Topics\"")]
    [InlineData("mount.ro = maybe", "my.conf:1:12: mount.ro: expected true or false, found \"maybe\"")]
    [InlineData("mount.uid = root", "my.conf:1:13: mount.uid: expected a user id from 0 to 4294967294, or null, found \"root\"")]
    [InlineData("mount.uid = 4294967295", "my.conf:1:13: mount.uid: expected a user id from 0 to 4294967294, or null, found \"4294967295\"")]
    [InlineData("mount.gid = -1", "my.conf:1:13: mount.gid: expected a group id from 0 to 4294967294, or null, found \"-1\"")]
    [InlineData("mount.umask = 089", "my.conf:1:15: mount.umask: expected octal digits from 000 to 777, or null, found \"089\"")]
    [InlineData("mount.umask = 1000", "my.conf:1:15: mount.umask: expected octal digits from 000 to 777, or null, found \"1000\"")]
    [InlineData("mount.umask = \"\"", "my.conf:1:15: mount.umask: expected octal digits from 000 to 777, or null, found \"\"")]
    [InlineData("mount.fsname = \"\"", "my.conf:1:16: mount.fsname: expected a name without control characters, found \"\"")]
    [InlineData("mount.fsname = \"a\\nb\"", "my.conf:1:16: mount.fsname: expected a name without control characters, found \"a\\nb\"")]
    [InlineData("fuse.threads = many", "my.conf:1:16: fuse.threads: expected a whole number from 0 to 64, found \"many\"")]
    [InlineData("fuse.threads = 1.5", "my.conf:1:16: fuse.threads: expected a whole number from 0 to 64, found \"1.5\"")]
    [InlineData("fuse.threads = 65", "my.conf:1:16: fuse.threads: expected a whole number from 0 to 64, found \"65\"")]
    [InlineData("fuse.max-write = 5000", "my.conf:1:18: fuse.max-write: expected a multiple of 4KiB, found \"5000\"")]
    [InlineData("fuse.max-background = 0", "my.conf:1:23: fuse.max-background: expected a whole number from 1 to 65535, found \"0\"")]
    [InlineData("log.level = loud", "my.conf:1:13: log.level: expected one of trace, debug, info, warning, error, critical, none, found \"loud\"")]
    [InlineData("log.file = \"a\\u0000b\"", "my.conf:1:12: log.file: expected the path of a file, found \"a\\u0000b\"")]
    [InlineData("actors { restart-min-backoff = 20s }", "my.conf:1:32: actors.restart-min-backoff: expected at most actors.restart-max-backoff, found \"20s\" beside \"10s\"")]
    [InlineData("actors { restart-min-backoff = 2s, restart-max-backoff = 1s }", "my.conf:1:58: actors.restart-max-backoff: expected at least actors.restart-min-backoff, found \"1s\" beside \"2s\"")]
    public void Value_ThatIsWrong_IsRefusedWithPlaceAndExpectation(string text, string message) =>
        Assert.StartsWith(message, RefusedText(text));

    [Fact]
    public void Environment_WithAnUnknownName_IsRefused() => Assert.Equal(
        "environment STREAMACTORS_SIMULATED_INTERVALL: unknown setting \"STREAMACTORS_SIMULATED_INTERVALL\"; did you mean \"STREAMACTORS_SIMULATED_INTERVAL\"?",
        Assert.Throws<SettingsException>(() => Load(environment: ("STREAMACTORS_SIMULATED_INTERVALL", "1s"))).Message);

    [Fact]
    public void Environment_WithAWrongValue_IsRefused() => Assert.Equal(
        "environment STREAMACTORS_SIMULATED_INTERVAL: expected a duration such as 1s, found \"\"",
        Assert.Throws<SettingsException>(() => Load(environment: ("STREAMACTORS_SIMULATED_INTERVAL", ""))).Message);

    [Fact]
    public void Environment_OfEverySetting_HasANameOfItsOwn()
    {
        var paths = new SettingNames(SettingsLoader.ReadReference()).Paths;

        Assert.Equal(paths.Count, paths.Select(EnvironmentVariables.NameOf).Distinct().Count());
        Assert.Equal("STREAMACTORS_SIMULATED_MAX_BYTES", EnvironmentVariables.NameOf("simulated.max-bytes"));
    }

    [Fact]
    public void Layout_WithAWrongValue_IsRefused() => Assert.Equal(
        "--layout: expected partitions or topics, found \"files\"",
        Assert.Throws<SettingsException>(() => Load(layout: "files")).Message);

    [Fact]
    public void File_ThatIsMissing_IsRefused() => Assert.Equal(
        $"{_directory.Path}/none.conf: cannot read the file: there is none of this name",
        Assert.Throws<SettingsException>(() => Load(config: $"{_directory.Path}/none.conf")).Message);
}
