using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>All partitions of a topic as one file, where they lie on several members.</summary>
public sealed class MergedTests
{
    private const string Volumes = "volumes=\"\\\"/s\\\" { type = log, dir = $HOME/s, shared = true, partitions = 4 }\"\n";

    [Fact]
    public Task Merged_OnEveryMember_IsByTimeAndFollowersGoOnWhenOwnersDie() => ClusterSandbox.Run(
        Volumes +
        """
        for m in a b c; do member $m; done
        until mkdir a/s/films; do sleep 0.05; done
        mkdir a/s/films/comedy; topic=s/films/comedy
        put() { for n in $(seq $1 $2); do for m in $3; do echo "{\"value\":\"$n $m\",\"timestamp\":$((n * 10 + ${#m}))}" >>$m/$topic/.json/$((n % 4)); done; done; }
        put 1 20 'a b c'
        for m in a b c; do is "$(cut -d' ' -f1 <$m/$topic/.merged | uniq | paste -sd' ')" "$(seq -s' ' 20)"; done
        is "$(stat -c %s a/$topic/.merged)" "$(cat b/$topic/.merged | wc -c)"
        is "$(cat a/$topic/.at/-1/.merged | wc -l)" 4
        is "$(cat b/$topic/.json/.merged | python3 -c 'import json, sys; times = [json.loads(line)["timestamp"] for line in sys.stdin]; print(len(times), times == sorted(times))')" '60 True'
        fails 'Permission denied' tee a/$topic/.merged </dev/null
        for m in a b; do cat $m/$topic/.follow/.merged >tail-$m & readers="${readers:-} $!"; done
        exec 4<a/$topic/.merged; IFS= read -r -u 4 line; is "$line" '1 a'
        until cmp -s <(cat a/$topic/.merged) tail-a; do sleep 0.05; done
        dies c; put 21 30 'a b'; dies b; put 31 40 a
        # What was opened before goes on, from where it was, with what came since.
        cat <&4 >rest; exec 4<&-
        is "$(sed -n '1,59p' rest | cut -d' ' -f1 | uniq | paste -sd' ')" "$(seq -s' ' 20)"
        is "$(sort rest | uniq | wc -l)" 89; is "$(wc -l <rest)" 89
        until [ "$(wc -l <tail-a)" = 90 ]; do sleep 0.05; done
        is "$(sort -u tail-a | wc -l)" 90
        for p in 0 1 2 3; do is "$(awk -v p=$p '$1 % 4 == p' tail-a)" "$(cat a/$topic/$p)"; done
        kill $readers
        """);
}
