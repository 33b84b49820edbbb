using Xunit;

namespace StreamActors.Mounted.BadInput;

/// <summary>A SOURCE that is wrong, odd, or changes under the mount.</summary>
public sealed class SourceTests
{
    [Fact]
    public Task Source_NoDirectory_IsRefused() => Sandbox.Run(
        """
        touch file; ln -s nowhere dangling; ln -s loop loop
        refused 1 'source file is not a directory' streamactors mount file mnt
        refused 1 'source nowhere does not exist' streamactors mount nowhere mnt
        refused 1 'source file/below is not a directory' streamactors mount file/below mnt
        refused 1 'source dangling does not exist' streamactors mount dangling mnt
        refused 1 "source loop can't be opened: too many levels of symbolic links" streamactors mount loop mnt --daemon
        refused 2 'expected SOURCE and MOUNTPOINT' streamactors mount '' mnt
        """);

    [Fact]
    public Task Root_AsSource_CanNotHoldItsMountpoint() => Sandbox.Run(
        """
        refused 1 'mountpoint mnt is inside the source /: the server would wait for itself' streamactors mount / mnt
        mkdir above; mount --bind "$HOME" above
        refused 1 'is inside the source above' streamactors mount above mnt
        """);

    [Fact]
    public Task Source_Removed_IsEmptyAndTheServerLives() => Sandbox.Run(
        """
        echo text >src/f; mkdir src/d; stream
        up streamactors mount src mnt -o attr_timeout=0,entry_timeout=0,simulated.interval=1h
        exec 4<mnt/f
        cat mnt/data.dir/t/.follow/0 >out 2>reader-err & reader=$!
        # Not only looked up: open, and read.
        until readlink /proc/$reader/fd/* | grep -q follow; do [ -d /proc/$reader ]; done
        awaits $reader
        rm -rf src
        is "$(ls mnt)" ''
        fails 'No such file or directory' cat mnt/f
        fails 'No such file or directory' ls mnt/d
        fails 'No such file or directory' touch mnt/new
        fails 'No such file or directory' mkdir mnt/new
        fails 'No such file or directory' cat mnt/data.dir/t/0
        is "$(cat <&4)" text
        df mnt >out; stat mnt >out
        exec 4<&-
        kill $reader || true; wait $reader || true
        streamactors umount mnt
        """);

    [Fact]
    public Task Source_MovedOrReplaced_StaysTheOneThatWasMounted() => Sandbox.Run(
        """
        echo text >src/f
        up streamactors mount src mnt -o attr_timeout=0,entry_timeout=0
        mv src moved; mkdir src; echo other >src/f
        is "$(cat mnt/f)" text
        touch mnt/new; [ -e moved/new ]; [ ! -e src/new ]
        rm -rf moved; mkdir moved
        fails 'No such file or directory' cat mnt/f
        """);

    [Fact]
    public Task Source_OnADiskThatFails_IsAnErrorAndNotTheEnd() => Sandbox.Run(
        """
        mkdir disk
        serve streamactors mount src disk -o attr_timeout=0,entry_timeout=0,fuse.passthrough=off; disk=$server
        serve streamactors mount disk mnt -o attr_timeout=0,entry_timeout=0
        echo text >mnt/f; is "$(cat src/f)" text
        exec 4>>mnt/f
        kill -KILL $disk; not wait $disk
        for change in 'cat mnt/f' 'touch mnt/new' 'ls mnt' 'stat mnt/f' 'rm mnt/f' 'mkdir mnt/d' 'df mnt' 'cat mnt/other'; do
          fails 'not connected' $change
        done
        not sh -c 'echo more >&4' 2>err
        exec 4>&- || true
        mounted mnt
        streamactors umount mnt
        ended 0
        """);

    [Fact]
    public Task FileSystems_MountedInSource_AreShownAndKeptApart() => Sandbox.Run(
        """
        mkdir src/sub; mount -t tmpfs sub src/sub; echo text >src/sub/f; echo text >src/f
        up streamactors mount src mnt -o attr_timeout=0,entry_timeout=0
        is "$(cat mnt/sub/f)" text
        fails 'cross-device link' ln mnt/f mnt/sub/link
        mv mnt/sub/f mnt/moved; is "$(cat src/moved)" text; [ ! -e src/sub/f ]
        fails 'busy' rmdir mnt/sub
        mkdir mnt/late; mount -t tmpfs late src/late; touch src/late/seen
        is "$(ls mnt/late)" seen
        umount -l src/late
        is "$(ls mnt/late)" ''
        """);

    [Fact]
    public Task Source_MountedReadOnly_IsErofs() => Sandbox.Run(
        """
        echo text >src/f; stream; mkdir ro; mount --bind src ro; mount -o remount,bind,ro ro
        up streamactors mount ro mnt -o simulated.released=all
        fails 'Read-only file system' touch mnt/new
        fails 'Read-only file system' sh -c 'echo >>mnt/f'
        fails 'Read-only file system' rmdir mnt/data.dir/t
        fails 'Read-only file system' rmdir mnt/data.dir
        is "$(cat mnt/f)" text; is "$(wc -l <mnt/data.dir/t/0)" 2
        """);

    [Fact]
    public Task Disk_Full_IsEnospcAndNothingIsLost() => Sandbox.Run(
        """
        mount -t tmpfs -o size=64k small src
        echo '[{"topic":"t","messages":["one"]},{"topic":"u","messages":["two"]}]' >src/data.dir; cp src/data.dir before
        up streamactors mount src mnt -o attr_timeout=0,entry_timeout=0
        fails 'No space left on device' dd if=/dev/zero of=mnt/f bs=4k count=100 status=none
        is "$(stat -c %s mnt/f)" "$(stat -c %s src/f)"
        fails 'No space left on device' cp "$LAUNCHER" mnt/g
        rm -f mnt/g; dd if=/dev/zero of=mnt/g bs=4k status=none 2>err || true
        fails 'No space left on device' rmdir mnt/data.dir/t
        cmp src/data.dir before
        is "$(ls -A src)" "$(printf 'data.dir\nf\ng')"
        rm mnt/f mnt/g
        rmdir mnt/data.dir/t
        is "$(cat src/data.dir)" '[{"topic":"u","messages":["two"]}]'
        """);
}
