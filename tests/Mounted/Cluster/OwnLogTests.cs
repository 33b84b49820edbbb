using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>Log volumes on the disk of one member, which all members show.</summary>
public sealed class OwnLogTests
{
    [Fact]
    public Task Log_OnOneMembersDisk_IsReadAndWrittenEverywhere() => Run(
        """
        member a; member b
        until ls b/s; do sleep 0.05; done
        mkdir b/s/films; mkdir a/s/films/comedy
        is "$(ls b/s)" films; is "$(ls -A b/s/films)" "$(ls -A a/s/films)"; is "$(ls b/s/films/comedy)" "$(printf '0\n1')"
        for n in $(seq 20); do for m in a b; do echo $m $n >>$m/s/films/comedy/0; done; done
        echo each | tee -a b/s/films/comedy/.produce
        cmp a/s/films/comedy/0 b/s/films/comedy/0; is "$(stat -c '%s %i' a/s/films/comedy/0)" "$(stat -c '%s %i' b/s/films/comedy/0)"
        for m in a b; do is "$(grep -c "^$m" b/s/films/comedy/0)" 20; done
        cmp a/s/films/comedy/.merged b/s/films/comedy/.merged
        mkdir b/s/films/comedy/.cursors/c; is "$(head -n 1 b/s/films/comedy/.cursors/c/0)" 'a 1'
        mv b/s/films b/s/shows; is "$(ls a/s)" shows
        fails 'not permitted' rm b/s/shows/comedy/0
        rmdir b/s/shows/comedy; is "$(ls a/s/shows)" ''
        not ls data/b
        leave b; leave a
        """);

    [Fact]
    public Task Log_WhileItsMemberIsAway_TimesOutAndItsTailsWait() => Run(
        """
        member a; member b 'actors.ask-timeout = 1s'
        until ls b/s; do sleep 0.05; done
        mkdir -p a/s/films/comedy
        echo 1 >>a/s/films/comedy/0
        cat b/s/films/comedy/.follow/0 >tail & reader=$!
        until [ "$(cat tail)" = 1 ]; do sleep 0.05; done
        exec 5<b/s/films/comedy/0
        dies a
        fails 'timed out' cat b/s/films/comedy/0
        fails 'timed out' ls b/s
        [ -d /proc/$reader ] || fail 'the tail ended'
        member a
        echo 2 >>a/s/films/comedy/0
        until [ "$(cat tail)" = "$(printf '1\n2')" ]; do sleep 0.05; done
        is "$(cat <&5)" "$(printf '1\n2')"; exec 5<&-
        is "$(cat b/s/films/comedy/0)" "$(printf '1\n2')"
        kill $reader
        leave a; leave b
        """);

    [Fact]
    public Task Rest_WithoutItsEnd_IsStoredWhenItsMountEnds() => Run(
        """
        member a; member b
        until ls b/s; do sleep 0.05; done
        mkdir -p b/s/films/comedy
        for n in 1 2 3 4 5 6 7 8; do mkdir b/s/films/$n; done
        exec 5>>b/s/films/comedy/0; printf rest >&5
        for n in 1 2 3 4 5 6 7 8; do (exec 6>>b/s/films/$n/0; printf "rest $n" >&6; : >wrote-$n; exec sleep 60) & writers="${writers:-} $!"; done
        for n in 1 2 3 4 5 6 7 8; do until [ -e wrote-$n ]; do sleep 0.05; done; done
        kill $server_b $writers; exec 5>&-; got=0; wait $server_b || got=$?; is $got 0
        is "$(cat a/s/films/comedy/0)" rest
        for n in 1 2 3 4 5 6 7 8; do is "$(cat a/s/films/$n/0)" "rest $n"; done
        leave a
        """);

    [Fact]
    public Task Log_OfAMemberWithoutEtcd_IsThereForItsOwnUsers() => Run(
        """
        kill $etcd; wait $etcd || true
        member a 'cluster.leave-timeout = 200ms'
        mkdir -p a/s/films/comedy
        echo 1 >>a/s/films/comedy/0; is "$(cat a/s/films/comedy/0)" 1
        leave a
        refused 2 'there are no settings of one' streamactors mount mnt --config <(echo 'volumes { "/s" { type = log, dir = /tmp/x, host = a } }')
        """);

    private static Task Run(string script) => ClusterSandbox.Run("""volumes="\"/s\" { type = log, dir = $HOME/log, host = a, partitions = 2 }" """ + "\n" + script);
}
