using Xunit;

namespace StreamActors.Mounted.Options;

/// <summary>Settings by file, environment and option: which wins, and what a wrong one is told.</summary>
public sealed class SettingTests
{
    [Fact]
    public Task Sources_InOrder_TheLaterWins() => Sandbox.Run(
        """
        stream
        messages() { up "$@"; is "$(wc -l <mnt/data.dir/t/0)" "$expected"; streamactors umount mnt; }
        echo 'simulated { released = all, interval = 1h }, mount.fsname = from-file' >conf
        expected=2 messages streamactors mount src mnt --config conf
        expected=0 STREAMACTORS_SIMULATED_RELEASED=clock messages streamactors mount src mnt --config conf
        expected=2 STREAMACTORS_SIMULATED_RELEASED=clock messages streamactors mount src mnt --config conf -o simulated.released=all
        export STREAMACTORS_MOUNT_FSNAME=from-environment
        up streamactors mount src mnt --config conf; is "$(findmnt -no SOURCE mnt)" from-environment; streamactors umount mnt
        up streamactors mount src mnt --config conf -o fsname=from-option; is "$(findmnt -no SOURCE mnt)" from-option
        """);

    [Fact]
    public Task File_WithAWrongSetting_IsToldWithItsPlace() => Sandbox.Run(
        """
        wrong() { printf "$1" >conf; refused 2 "streamactors: conf:$2" streamactors mount src mnt --config conf; }
        wrong 'simulated {\n  intervall = 3s\n}\n' '2:3: unknown setting "simulated.intervall"; did you mean "simulated.interval"?'
        wrong 'simulated {\n  interval = true\n}\n' '2:14: simulated.interval: expected a duration such as 1s, found "true"'
        wrong 'simulated.interval = 0s' '1:22: simulated.interval: expected a duration from 1ms'
        wrong 'mount { uid = nobody }' '1:15: mount.uid: expected a user id'
        wrong 'mount = yes' '1:9: mount: expected an object of settings'
        wrong 'layout = files' '1:10: layout: expected partitions or topics'
        wrong 'fuse { threads = 9999 }' '1:18: fuse.threads: expected a whole number'
        wrong 'log {\n  level = [\n' '2:11: expected'
        wrong '\000' '1:1: '
        """);

    [Fact]
    public Task File_ThatCanNotBeRead_IsTold() => Sandbox.Run(
        """
        refused 2 'nofile: cannot read the file' streamactors mount src mnt --config nofile
        refused 2 'src: cannot read the file' streamactors mount src mnt --config src
        touch conf; chmod 600 conf; for_nobody
        refused 2 'conf: cannot read the file' $nobody streamactors mount src mnt --config conf
        refused 1 "log.file: no such file or directory" streamactors mount src mnt -o log.file=nowhere/log.file
        """);

    [Theory]
    [InlineData("no_such", "-o no_such: unknown setting")]
    [InlineData("simulated.intervall=1s", "-o simulated.intervall: unknown setting \"simulated.intervall\"; did you mean \"simulated.interval\"?")]
    [InlineData("attr_timeout=soon", "-o attr_timeout: expected a duration such as 1s")]
    [InlineData("attr_timeout", "-o attr_timeout: expected a value")]
    [InlineData("entry_timeout=-1", "-o entry_timeout: expected a duration from 0s")]
    [InlineData("uid=4294967295", "-o uid: expected a user id")]
    [InlineData("umask=0888", "-o umask: expected octal digits")]
    [InlineData("nosuid=maybe", "-o nosuid: expected true or false")]
    [InlineData("suid=true", "-o suid: expected no value")]
    [InlineData("fsname=", "-o fsname: expected a name")]
    [InlineData("=", "unknown setting")]
    [InlineData("fuse.max-write=5000", "-o fuse.max-write: expected")]
    public Task Option_Wrong_IsTold(string option, string text) => Sandbox.Run(
        $"""
        refused 2 '{text}' streamactors mount src mnt -o '{option}'
        """);

    [Fact]
    public Task Variable_Wrong_IsTold() => Sandbox.Run(
        """
        refused 2 'environment STREAMACTORS_SIMULATED_INTERVALL: unknown setting' env STREAMACTORS_SIMULATED_INTERVALL=1s streamactors mount src mnt
        refused 2 'environment STREAMACTORS_MOUNT_RO: expected true or false, found "2"' env STREAMACTORS_MOUNT_RO=2 streamactors mount src mnt --daemon
        """);

    [Fact]
    public Task Credential_AsAnOption_IsRefusedAndNotRepeated() => Sandbox.Run(
        """
        for name in password kafka.sasl.password token api-key ssl.key.pem; do
          refused 2 'credentials are refused in -o' streamactors mount src mnt -o ro,$name=hunter2,allow_other
          not grep -q hunter2 err
        done
        """);
}
