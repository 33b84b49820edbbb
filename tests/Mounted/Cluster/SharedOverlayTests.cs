using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>Overlays whose directory all members have.</summary>
public sealed class SharedOverlayTests
{
    [Fact]
    public Task Release_OnAllMembers_IsTheSameAndGoesOnWhenMembersDie() => Run(
        """
        for m in a b c; do member $m 'simulated.interval = 100ms'; done
        echo hi >a/notes; is "$(cat b/notes)" hi
        is "$(ls c/film.dir)" "$(printf 't\nu\nv\nw')"
        for t in t u v w; do cat b/film.dir/$t/.follow/0 >tail-$t & readers="${readers:-} $!"; done
        declare -A last
        # Whoever is asked, no size is ever smaller than one that was told before.
        grows() {
          for round in 1 2 3 4 5 6; do
            for m in "$@"; do
              for t in t u v w; do
                size=$(stat -c %s $m/film.dir/$t/0)
                [ $size -ge ${last[$t]:-0} ] || fail "$t was ${last[$t]} and is $size on $m"
                last[$t]=$size
              done
            done
          done
        }
        grows a b c
        dies c; grows a b
        dies a; grows b
        for t in t u v w; do
          until [ "$(wc -l <tail-$t)" -ge 60 ]; do sleep 0.1; done
          cmp -n "$(stat -c %s tail-$t)" tail-$t <(seq 1000)
        done
        kill $readers
        size=$(stat -c %s b/film.dir/t/0); leave b
        member a 'simulated.interval = 100ms'; [ "$(stat -c %s a/film.dir/t/0)" -ge $size ]; leave a
        """);

    [Fact]
    public Task Stream_DeletedOrReplacedOnOneMember_IsSoOnAll() => Run(
        """
        for m in a b; do member $m 'simulated.released = all, mount.attr-timeout = 0, mount.entry-timeout = 0'; done
        for t in t u; do cat b/film.dir/$t/.follow/0 >tail-$t & eval "reader_$t=$!"; done
        until [ "$(wc -l <tail-u)" = 1000 ]; do sleep 0.05; done
        exec 5<b/film.dir/v/0
        rmdir a/film.dir/t
        wait $reader_t
        is "$(ls b/film.dir)" "$(printf 'u\nv\nw')"; not ls b/film.dir/t
        cmp <(seq 1000) - <&5; [ -d /proc/$reader_u ]
        rmdir b/film.dir/u b/film.dir/v
        is "$(ls a/film.dir)" w; cmp a/film.dir/w/0 <(seq 1000)
        echo '[{"topic":"x","messages":["1"]}]' >new; mv new src/film.dir
        is "$(cat b/film.dir/x/0)" 1; is "$(ls a/film.dir)" x
        rmdir b/film.dir; not ls src/film.dir; not ls a/film.dir
        leave a; leave b
        """);

    private static Task Run(string script) => ClusterSandbox.Run(
        """
        volumes="\"/\" { type = overlay, source = $HOME/src, shared = true }"
        python3 -c 'import json; print(json.dumps([{"topic": t, "messages": [str(n) for n in range(1, 1001)]} for t in "tuvw"]))' >src/film.dir

        """ + script);
}
