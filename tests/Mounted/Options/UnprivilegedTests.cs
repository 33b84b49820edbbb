using Xunit;

namespace StreamActors.Mounted.Options;

/// <summary>The server of a user without privilege, which <c>fusermount3</c> mounts.</summary>
public sealed class UnprivilegedTests
{
    [Fact]
    public Task User_Mounts_ReadsAndWritesAsIfUnmounted() => Sandbox.Run(
        """
        for_nobody; stream; echo text >src/f; chmod 666 src/f
        up $nobody streamactors mount src mnt -o simulated.released=all
        is "$(cat out)" 'mounted src on mnt'
        grep -q "^streamactors $HOME/mnt fuse.streamactors rw,nosuid,nodev,relatime,user_id=65534,group_id=65534,default_permissions 0 0" /proc/mounts
        $nobody sh -ec 'umask 027; cd mnt; test "$(cat f)" = text; echo more >>f; mkdir d; echo x >d/new; ln d/new hard; ln -s f soft; mkfifo pipe
          mv d/new d/moved; chmod 600 hard; touch -d @1.5 hard; rm soft; setfattr -n user.k -v v f; test "$(cat data.dir/t/0 | wc -l)" = 2'
        is "$(cat src/f)" "$(printf 'text\nmore')"
        is "$(stat -c '%u:%g %a' src/d src/hard src/d/moved src/pipe | tr '\n' ,)" '65534:65534 750,65534:65534 600,65534:65534 600,65534:65534 640,'
        is "$(stat -c %.1Y src/d/moved)" 1.5; is "$(getfattr --only-values -n user.k src/f)" v
        echo root >src/root; chmod 600 src/root
        fails 'Permission denied' $nobody cat mnt/root
        fails 'Operation not permitted' $nobody chown 0 mnt/f
        fails 'Permission denied' $stranger ls mnt
        fails 'Permission denied' ls mnt
        $nobody streamactors umount mnt
        not mounted mnt
        """);

    [Fact]
    public Task User_Follows_GetsMessagesAsTheyCome() => Sandbox.Run(
        """
        for_nobody; stream
        up $nobody streamactors mount src mnt -o simulated.interval=100ms
        is "$($nobody head -n 2 mnt/data.dir/t/.follow/0 | tr '\n' ,)" one,two,
        $nobody fusermount3 -u mnt
        """);

    [Fact]
    public Task Server_UnmountedOrSignalled_EndsWithZero() => Sandbox.Run(
        """
        for_nobody
        serve $nobody streamactors mount src mnt; $nobody streamactors umount mnt; ended 0
        serve $nobody streamactors mount src mnt; $nobody fusermount3 -u mnt; ended 0
        serve $nobody streamactors mount src mnt; streamactors umount mnt; ended 0
        serve $nobody streamactors mount src mnt; kill $server; ended 0
        is "$(cat log)" ''
        not mounted mnt
        """);

    [Fact]
    public Task Server_SignalledWhileAReadWaits_AnswersItAndUnmounts() => Sandbox.Run(
        """
        for_nobody; stream
        serve $nobody streamactors mount src mnt -o simulated.interval=1h
        $nobody cat mnt/data.dir/t/.follow/0 >out 2>err & reader=$!
        awaits $reader
        kill $server
        ended 0
        not wait $reader
        grep -q 'No such device' err
        not mounted mnt
        """);

    [Fact]
    public Task Umount_WhileBusy_IsRefusedInOneLine() => Sandbox.Run(
        """
        for_nobody; echo text >src/f
        up $nobody streamactors mount src mnt
        holds mnt/f $nobody
        fails 'busy' $nobody streamactors umount mnt
        is "$(wc -l <err)" 1
        lets_go
        $nobody streamactors umount mnt
        """);

    [Fact]
    public Task Umount_ByAnotherUser_IsRefused() => Sandbox.Run(
        """
        for_nobody
        up $nobody streamactors mount src mnt
        fails 'streamactors: ' $stranger streamactors umount mnt
        is "$(wc -l <err)" 1
        mounted mnt
        """);

    [Fact]
    public Task Mount_AfterItsServerWasKilled_IsClearedByTheUser() => Sandbox.Run(
        """
        for_nobody; echo text >src/f
        serve $nobody streamactors mount src mnt
        kill -KILL $server; ended 137
        fails 'not connected' $nobody ls mnt
        up $nobody streamactors mount src mnt
        is "$($nobody cat mnt/f)" text
        is "$(grep -c " $HOME/mnt " /proc/self/mountinfo)" 1
        """);

    [Fact]
    public Task AllowOther_NotAllowedByTheAdministrator_IsFusermountsOwnRefusal() => Sandbox.Run(
        """
        for_nobody
        touch conf; mount --bind conf /etc/fuse.conf
        refused 1 "option allow_other only allowed if 'user_allow_other' is set in /etc/fuse.conf" $nobody streamactors mount src mnt -o allow_other
        refused 1 "option allow_other only allowed if 'user_allow_other' is set in /etc/fuse.conf" $nobody streamactors mount src mnt -o allow_other --daemon
        echo user_allow_other >conf
        echo text >src/f
        up $nobody streamactors mount src mnt -o allow_other
        is "$($stranger cat mnt/f)" text
        fails 'Permission denied' $stranger touch mnt/new
        """);

    [Theory]
    [InlineData("suid")]
    [InlineData("dev")]
    public Task Option_OfRootAlone_IsRefused(string option) => Sandbox.Run(
        $"""
        for_nobody
        refused 1 'only root can mount with suid or dev' $nobody streamactors mount src mnt -o {option}
        """);

    [Fact]
    public Task Fusermount_Missing_IsNamedWithItsPackage() => Sandbox.Run(
        """
        for_nobody
        touch nothing; mount --bind nothing /usr/bin/fusermount3
        refused 1 'fusermount3 is not installed' $nobody streamactors mount src mnt
        refused 1 'Debian package fuse3' $nobody streamactors mount src mnt --daemon
        up streamactors mount src mnt
        """);

    [Fact]
    public Task Fusermount_InTheWorkingDirectory_IsNotRun() => Sandbox.Run(
        """
        for_nobody
        printf '#!/bin/sh\ntouch %s/src/hacked\n' "$HOME" >fusermount3; chmod 755 fusermount3
        PATH=.:$PATH:: up $nobody streamactors mount src mnt
        PATH=.:$PATH:: $nobody streamactors umount mnt
        [ ! -e src/hacked ]
        """);

    [Fact]
    public Task Fusermount_OutsidePath_IsFound() => Sandbox.Run(
        """
        for_nobody
        program=$(readlink -f bin/streamactors)
        up $nobody env PATH=/nowhere "$program" mount src mnt
        $nobody env -u PATH "$program" umount mnt
        """);

    [Fact]
    public Task Device_NotPermitted_IsSaid() => Sandbox.Run(
        """
        for_nobody
        chmod 600 fuse
        refused 1 '/dev/fuse: Permission denied' $nobody streamactors mount src mnt
        """);

    [Fact]
    public Task Device_Missing_IsSaid() => Sandbox.Run(
        """
        for_nobody
        mkdir dev; for node in null zero urandom random tty; do touch dev/$node; mount --bind /dev/$node dev/$node; done
        mount --rbind dev /dev
        refused 1 '/dev/fuse is missing' streamactors mount src mnt
        refused 1 'fuse device not found' $nobody streamactors mount src mnt
        umount -l /dev
        """);

    [Fact]
    public Task Mountpoint_OfSomebodyElse_IsRefused() => Sandbox.Run(
        """
        for_nobody
        chown 0:0 mnt
        refused 1 'no write access to mountpoint' $nobody streamactors mount src mnt
        mkdir -m 700 private private/mnt
        refused 1 "mountpoint private/mnt can't be reached: permission denied" $nobody streamactors mount src private/mnt
        """);

    [Fact]
    public Task Source_Unreadable_IsRefused() => Sandbox.Run(
        """
        for_nobody
        mkdir -m 700 private private/src
        refused 1 "source private can't be reached: permission denied" $nobody streamactors mount private mnt
        refused 1 "source private/src can't be reached: permission denied" $nobody streamactors mount private/src mnt
        """);

    [Fact]
    public Task Source_BecomesUnreadable_AnswersUntilItIsReadableAgain() => Sandbox.Run(
        """
        for_nobody; echo text >src/f; stream
        up $nobody streamactors mount src mnt -o attr_timeout=0,entry_timeout=0,simulated.released=all
        is "$($nobody cat mnt/f)" text
        chmod 000 src
        fails 'Permission denied' $nobody cat mnt/f
        fails 'Permission denied' $nobody ls mnt
        fails 'Permission denied' $nobody touch mnt/new
        fails 'Permission denied' $nobody cat mnt/data.dir/t/0
        chmod 755 src
        is "$($nobody cat mnt/f)" text
        chmod 000 src/f
        fails 'Permission denied' $nobody cat mnt/f
        is "$($nobody cat mnt/data.dir/t/0 | wc -l)" 2
        $nobody streamactors umount mnt
        """);
}
