using Xunit;

namespace StreamActors.Mounted.BadInput;

/// <summary><c>streamactors umount</c> of what it can't, or may not, unmount.</summary>
public sealed class UmountTests
{
    [Fact]
    public Task Umount_OfNoMount_IsRefused() => Sandbox.Run(
        """
        touch file; mkdir -p mnt/below; ln -s mnt link; ln -s nowhere dangling
        refused 1 'mnt is not a StreamActors mount' streamactors umount mnt
        refused 1 'link/below is not a StreamActors mount' streamactors umount link/below
        refused 1 'mountpoint nowhere does not exist' streamactors umount nowhere
        refused 1 'mountpoint dangling does not exist' streamactors umount dangling
        refused 1 'mountpoint file is not a directory' streamactors umount file
        refused 2 'expected MOUNTPOINT' streamactors umount
        refused 2 'expected MOUNTPOINT' streamactors umount ''
        refused 2 "unexpected argument 'mnt'" streamactors umount mnt mnt
        """);

    [Fact]
    public Task Umount_OfAnotherFileSystem_NamesIt() => Sandbox.Run(
        """
        mkdir other
        mount -t tmpfs other other
        refused 1 'other is not a StreamActors mount, but one of tmpfs' streamactors umount other
        refused 1 '/proc is not a StreamActors mount, but one of proc' streamactors umount /proc
        mounted other
        """);

    [Fact]
    public Task Umount_OfAnotherMountOnTop_LeavesBoth() => Sandbox.Run(
        """
        up streamactors mount src mnt
        mount -t tmpfs top mnt
        refuses() { if streamactors umount mnt 2>err; then fail; fi; }
        refuses; grep -q 'but one of tmpfs' err
        umount mnt
        mounted mnt
        streamactors umount mnt
        """);

    [Fact]
    public Task Umount_ByAnyName_UnmountsOnce() => Sandbox.Run(
        """
        ln -s mnt link
        for name in mnt ./mnt/ "$HOME/mnt" link link/ mnt/.; do
          serve streamactors mount src mnt
          streamactors umount "$name" >out 2>err; [ ! -s out ]; [ ! -s err ]
          ended 0
          refused 1 "$name is not a StreamActors mount" streamactors umount "$name"
        done
        """);

    [Fact]
    public Task Umount_FromInside_IsBusy() => Sandbox.Run(
        """
        mkdir src/d
        up streamactors mount src mnt
        (cd mnt/d; fails 'is busy' streamactors umount "$HOME/mnt" 2>"$HOME/seen" || true; streamactors umount ../ 2>"$HOME/err" && fail unmounted || is $? 1)
        grep -q 'is busy: a file in it is open' err
        mounted mnt
        streamactors umount mnt
        """);

    [Fact]
    public Task Umount_OfAMountWithoutItsServer_ClearsIt() => Sandbox.Run(
        """
        serve streamactors mount src mnt
        kill -KILL $server; ended 137
        fails 'not connected' ls mnt
        streamactors umount mnt
        is "$(ls -A mnt)" ''
        """);

    [Fact]
    public Task Umount_ByRootOfAUsersMount_Works() => Sandbox.Run(
        """
        for_nobody
        up $nobody streamactors mount src mnt
        fails 'Permission denied' ls mnt
        streamactors umount mnt/
        not mounted mnt
        """);
}
