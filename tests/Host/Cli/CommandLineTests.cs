using System.Globalization;
using StreamActors.Cli;
using StreamActors.Host.Tests.Settings;
using Xunit;

namespace StreamActors.Host.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly RecordingCommands _commands = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Mount_WithBothDirectories_CallsTheHost()
    {
        var status = await RunAsync("mount", "data", "mnt");

        Assert.Equal(RecordingCommands.Status, status);
        Assert.Equal(("data", "mnt", null, null, false), Without(_commands.Mount));
        Assert.Empty(_commands.Mount!.Options);
        Assert.Equal("", _output.ToString() + _error);
    }

    [Fact]
    public async Task Mount_WithEveryOption_PassesThem()
    {
        await RunAsync("mount", "-o", "a=b,c", "data", "--config", "my.conf", "mnt", "--layout", "topics", "-o", "d", "--daemon");

        Assert.Equal(("data", "mnt", "my.conf", "topics", true), Without(_commands.Mount));
        Assert.Equal(["a=b,c", "d"], _commands.Mount!.Options);
    }

    [Fact]
    public async Task Mount_AsAMember_PassesWhatItSaysOfTheCluster()
    {
        await RunAsync(
            "mount", "data", "mnt", "--cluster", "films@http://a:1,http://b:2", "--listen", "127.0.0.1:3", "--admin", "127.0.0.1:4", "--data", "/d");

        Assert.Equal(new ClusterOptions("films@http://a:1,http://b:2", "127.0.0.1:3", "127.0.0.1:4", "/d"), _commands.Mount!.Cluster);

        await RunAsync("mount", "data", "mnt");

        Assert.Equal(new ClusterOptions(), _commands.Mount!.Cluster);
    }

    [Fact]
    public async Task Mountpoint_AloneWithASettingsFile_LeavesTheSourceToTheFile()
    {
        await RunAsync("mount", "mnt", "--config", "my.conf");

        Assert.Equal((null, "mnt", "my.conf"), (_commands.Mount?.Source, _commands.Mount?.Mountpoint, _commands.Mount?.ConfigFile));
    }

    [Theory]
    [InlineData("allow_other", "-oallow_other")]
    [InlineData("ro,uid=0", "-oro,uid=0")]
    [InlineData("overlay.descriptors=5", "-ooverlay.descriptors=5")]
    [InlineData("x", "-o=x")]
    [InlineData("@file", "-o", "@file")]
    [InlineData("@file", "-o@file")]
    [InlineData("=x", "-o", "=x")]
    [InlineData("a=b:c", "-o", "a=b:c")]
    [InlineData("mount", "-o", "mount")]
    [InlineData("fsname=-x", "-o", "fsname=-x")]
    [InlineData("fsname=\"a b\"", "-o", "fsname=\"a b\"")]
    [InlineData("daemon", "-odaemon")]
    [InlineData("help", "-ohelp")]
    public async Task MountOption_OfEachForm_IsPassedAsItIs(string expected, params string[] args)
    {
        await RunAsync(["mount", "data", "mnt", .. args]);

        Assert.Equal([expected], _commands.Mount?.Options);
        Assert.Equal("", _error.ToString());
    }

    [Theory]
    [InlineData("@data", "@mnt")]
    [InlineData("mount", "umount")]
    [InlineData("[data]", "a:b=c")]
    [InlineData("a b", "é")]
    public async Task Directory_WithASpecialName_IsPassedAsItIs(string source, string mountpoint)
    {
        await RunAsync("mount", source, mountpoint);

        Assert.Equal((source, mountpoint, null, null, false), Without(_commands.Mount));
    }

    [Fact]
    public async Task Directory_AfterTwoDashes_MayStartWithADash()
    {
        await RunAsync("mount", "--", "-oro", "--daemon");

        Assert.Equal(("-oro", "--daemon", null, null, false), Without(_commands.Mount));
    }

    [Fact]
    public async Task Umount_WithADirectory_CallsTheHost()
    {
        Assert.Equal(RecordingCommands.Status, await RunAsync("umount", "mnt"));
        Assert.Equal(new UmountCommand("mnt"), _commands.Umount);
    }

    [Theory]
    [InlineData("expected a command: mount or umount (see streamactors --help)")]
    [InlineData("unexpected argument 'munt' (see streamactors --help)", "munt", "a", "b")]
    [InlineData("mount: expected SOURCE and MOUNTPOINT (see streamactors mount --help)", "mount")]
    [InlineData("mount: expected SOURCE and MOUNTPOINT (see streamactors mount --help)", "mount", "a")]
    [InlineData("mount: expected SOURCE and MOUNTPOINT (see streamactors mount --help)", "mount", "a", "")]
    [InlineData("mount: expected SOURCE and MOUNTPOINT (see streamactors mount --help)", "mount", "a", "", "--config", "my.conf")]
    [InlineData("mount: expected SOURCE and MOUNTPOINT (see streamactors mount --help)", "mount", "--config", "my.conf")]
    [InlineData("unexpected argument 'c' (see streamactors mount --help)", "mount", "a", "b", "c")]
    [InlineData("unexpected argument '--deamon' (see streamactors mount --help)", "mount", "a", "b", "--deamon")]
    [InlineData("unexpected argument 'x?y' (see streamactors mount --help)", "mount", "a", "b", "x\ny")]
    [InlineData("required argument missing for option: '-o' (see streamactors mount --help)", "mount", "a", "b", "-o")]
    [InlineData("required argument missing for option: '--config' (see streamactors mount --help)", "mount", "a", "b", "--config")]
    [InlineData("mount: expected a file after --config (see streamactors mount --help)", "mount", "a", "b", "--config", "")]
    [InlineData("umount: expected MOUNTPOINT (see streamactors umount --help)", "umount")]
    [InlineData("unexpected argument 'b' (see streamactors umount --help)", "umount", "a", "b")]
    public async Task Usage_ThatIsWrong_IsOneLineAndStatus2(string message, params string[] args)
    {
        var status = await RunAsync(args);

        Assert.Equal(ExitCode.Usage, status);
        Assert.Equal($"streamactors: {message}{Environment.NewLine}", _error.ToString());
        Assert.Equal("", _output.ToString());
        Assert.Null(_commands.Mount);
        Assert.Null(_commands.Umount);
    }

    [Theory]
    [InlineData("usage:", "--help")]
    [InlineData("usage:", "-h")]
    [InlineData("usage: streamactors mount", "mount", "--help")]
    [InlineData("usage: streamactors mount", "mount", "a", "--help")]
    [InlineData("usage: streamactors umount", "umount", "-h")]
    public async Task Help_OfEachCommand_GoesToOutput(string usage, params string[] args)
    {
        Assert.Equal(ExitCode.Success, await RunAsync(args));
        Assert.Contains(usage, _output.ToString());
        Assert.Contains("example", _output.ToString());
        Assert.All(_output.ToString().Split('\n'), line => Assert.True(line.Length <= 90, line));
        Assert.Equal("", _error.ToString());
        Assert.Null(_commands.Mount);
    }

    [Theory]
    [InlineData("-o key=value")]
    [InlineData("--config FILE")]
    [InlineData("--layout LAYOUT")]
    [InlineData("--daemon")]
    [InlineData("allow_other")]
    [InlineData("default_permissions")]
    [InlineData("no_default_permissions")]
    [InlineData("ro, rw")]
    [InlineData("uid=N, gid=N")]
    [InlineData("umask=OCTAL")]
    [InlineData("fsname=NAME")]
    [InlineData("attr_timeout=SECONDS")]
    [InlineData("entry_timeout=SECONDS")]
    [InlineData("nosuid, suid")]
    [InlineData("nodev, dev")]
    [InlineData("nonempty")]
    public async Task Help_OfMount_NamesEveryOption(string option)
    {
        await RunAsync("mount", "--help");

        Assert.Contains(option, _output.ToString());
    }

    [Fact]
    public async Task Help_OfMount_TellsTheDefaultsOfTheReference()
    {
        var defaults = SettingsTestExtensions.Load();

        await RunAsync("mount", "--help");

        var help = _output.ToString();
        Assert.Contains($"{defaults.Layout.ToString().ToLowerInvariant()}: a topic is a directory of partitions (default)", help);
        Assert.Matches(defaults.Mount.ReadOnly ? @"ro, rw .*\(ro\)" : @"ro, rw .*\(rw\)", help);
        Assert.Matches($@"default_permissions .*\({(defaults.Mount.DefaultPermissions ? "on" : "off")}\);", help);
        Assert.Matches($@"fsname=NAME .*\({defaults.Mount.FsName}\)", help);
        Assert.Matches(string.Create(CultureInfo.InvariantCulture, $@"attr_timeout=SECONDS .*\({defaults.Mount.AttrTimeout.TotalSeconds:0.0}\)"), help);
        Assert.Matches(string.Create(CultureInfo.InvariantCulture, $@"entry_timeout=SECONDS .*\({defaults.Mount.EntryTimeout.TotalSeconds:0.0}\)"), help);
        Assert.Matches($@"nosuid, suid .*\({(defaults.Mount.NoSuid ? "nosuid" : "suid")}\)", help);
        Assert.Matches($@"nodev, dev .*\({(defaults.Mount.NoDev ? "nodev" : "dev")}\)", help);
    }

    [Fact]
    public async Task Version_IsOneLine()
    {
        Assert.Equal(ExitCode.Success, await RunAsync("--version"));
        Assert.Matches(@"^streamactors \d+\.\d+\.\d+\n$", _output.ToString());
    }

    private Task<int> RunAsync(params string[] args) => CommandLine.RunAsync(args, _commands, _output, _error);

    private static (string? Source, string Mountpoint, string? ConfigFile, string? Layout, bool Daemon) Without(MountCommand? command) =>
        (command!.Source, command.Mountpoint, command.ConfigFile, command.Layout, command.Daemon);

    private sealed class RecordingCommands : IHostCommands
    {
        public const int Status = 42;

        public MountCommand? Mount { get; private set; }

        public UmountCommand? Umount { get; private set; }

        public Task<int> MountAsync(MountCommand command, CancellationToken cancellationToken)
        {
            Mount = command;
            return Task.FromResult(Status);
        }

        public Task<int> UmountAsync(UmountCommand command, CancellationToken cancellationToken)
        {
            Umount = command;
            return Task.FromResult(Status);
        }
    }
}
