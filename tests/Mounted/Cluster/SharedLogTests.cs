using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>Log volumes in directories that all members have.</summary>
public sealed class SharedLogTests
{
    [Fact]
    public Task Volumes_Two_KeepTheirMessagesThroughLeavesAndDeaths() => ClusterSandbox.Run(
        """
        volumes="\"/s\" { type = log, dir = $HOME/s, shared = true, partitions = 4 }, \"/t\" { type = log, dir = $HOME/t, shared = true, delete = deny }"
        for m in a b c; do member $m; done
        for v in s t; do until mkdir -p a/$v/films; do sleep 0.05; done; done
        mkdir a/s/films/comedy; for n in $(seq 8); do mkdir b/t/films/$n; done
        put() {
          for n in $(seq $1 $2); do
            for m in $3; do echo "$m $n" >>$m/s/films/comedy/$((n % 4)); echo "$m $n" >>$m/t/films/$((n % 8 + 1))/0; done
          done
        }
        put 1 40 'a b c'
        for p in 0 1 2 3; do cat a/s/films/comedy/.follow/$p >tail-$p & readers="${readers:-} $!"; done
        dies c; put 41 60 'a b'
        leave b; put 61 80 a
        is "$(cat a/s/films/comedy/[0-3] | sort -V)" "$( (for n in $(seq 40); do echo "c $n"; done; for n in $(seq 60); do echo "b $n"; done; for n in $(seq 80); do echo "a $n"; done) | sort -V)"
        is "$(cat a/t/films/*/0 | sort -V)" "$(cat a/s/films/comedy/[0-3] | sort -V)"
        for p in 0 1 2 3; do until cmp -s tail-$p a/s/films/comedy/$p; do sleep 0.1; done; done
        kill $readers
        fails 'not permitted' rmdir a/t/films/1
        dies a
        # All were away.
        member b; until [ "$(cat b/t/films/*/0 | wc -l)" = 180 ]; do sleep 0.1; done
        is "$(cat b/s/films/comedy/[0-3] | wc -l)" 180
        rmdir b/s/films; is "$(ls b/s)" ''
        leave b
        volumes="\"/s\" { type = log, dir = $HOME/s, shared = true }"
        member c; until grep -q 'keep messages of volume /t' c.log; do sleep 0.05; done; leave c
        """);
}
