using Xunit;

namespace StreamActors.Mounted.BadInput;

/// <summary>Ends that are not the usual one: killed, doubly signalled, busy, or mounted elsewhere too.</summary>
public sealed class EndTests
{
    [Fact]
    public Task Server_KilledWhileReadersWait_EndsThemWithAnError() => Sandbox.Run(
        """
        stream; echo text >src/f
        serve streamactors mount src mnt -o simulated.interval=1h
        for i in 1 2 3; do
          cat mnt/data.dir/t/.follow/0 >out$i 2>err$i & readers[i]=$!
          awaits ${readers[i]}
        done
        exec 4<mnt/f
        kill -KILL $server; ended 137
        for i in 1 2 3; do
          not wait ${readers[i]}
          grep -qE 'Software caused connection abort|Transport endpoint is not connected' err$i
        done
        fails 'not connected' cat <&4
        exec 4<&-
        up streamactors mount src mnt
        is "$(cat mnt/f)" text
        """);

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public Task Server_SignalledTwiceWhileBusy_EndsAtOnce(string signal) => Sandbox.Run(
        $"""
        echo text >src/f
        serve env --default-signal=INT streamactors mount src mnt -o fuse.shutdown-timeout=1h
        holds mnt/f
        kill -{signal} $server
        while mounted mnt; do :; done
        kill -{signal} $server
        ended 0
        lets_go
        grep -q 'is busy' log
        """);

    [Fact]
    public Task Server_SignalledWhileBusy_ServesOpenFilesUntilTheyClose() => Sandbox.Run(
        """
        echo text >src/f
        serve streamactors mount src mnt -o fuse.shutdown-timeout=1h
        exec 4<>mnt/f
        kill $server
        while mounted mnt; do :; done
        is "$(cat <&4)" text
        echo more >&4
        exec 4<&-
        ended 0
        is "$(cat src/f)" "$(printf 'text\nmore')"
        """);

    [Fact]
    public Task Server_MountedInAnotherNameSpaceToo_EndsAllTheSame() => Sandbox.Run(
        """
        echo text >src/f
        serve streamactors mount src mnt -o fuse.shutdown-timeout=200ms
        mkfifo ready
        unshare --mount --propagation private sh -c 'echo >ready; exec sleep infinity' & other=$!
        read -r line <ready
        kill $server
        ended 0
        not mounted mnt
        fails 'not connected' nsenter --mount --target $other ls "$HOME/mnt"
        kill $other; not wait $other
        """);

    [Fact]
    public Task Mountpoint_MovedOrHiddenByAnotherMount_StillEnds() => Sandbox.Run(
        """
        echo text >src/f; mkdir moved
        serve streamactors mount src mnt -o fuse.shutdown-timeout=200ms
        mount --move mnt moved; is "$(cat moved/f)" text
        kill $server; ended 0
        fails 'not connected' ls moved
        umount moved
        serve streamactors mount src mnt -o fuse.shutdown-timeout=200ms
        mount -t tmpfs top mnt
        kill $server; ended 0
        is "$(ls -A mnt)" ''
        """);

    [Fact]
    public Task Output_Closed_DoesNotEndTheMount() => Sandbox.Run(
        """
        echo text >src/f
        serve streamactors mount src mnt -o log.level=trace
        exec 3<&-
        is "$(cat mnt/f)" text
        streamactors umount mnt; ended 0
        streamactors mount src mnt >/dev/full 2>err && fail || true
        not mounted mnt
        """);
}
