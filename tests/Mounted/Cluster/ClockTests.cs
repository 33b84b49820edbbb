using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>A member whose time of day is changed while it runs.</summary>
public sealed class ClockTests
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

    [Fact]
    public async Task Clock_SetBackByAnHour_TheMemberStaysOneAndNoMessageIsLostDoubledOrMoved()
    {
        Assert.SkipUnless(File.Exists(Library), "faketime is not installed (Debian: faketime)");
        await ClusterSandbox.Run(
            $$"""
            volumes="\"/s\" { type = log, dir = $HOME/s, shared = true, partitions = 2 }"
            echo +0 >clock
            # Only the time of day is changed: what counts on goes on counting, as it does where an operator sets a clock.
            streamactors() {
              exec env LD_PRELOAD={{Library}} FAKETIME_TIMESTAMP_FILE=$HOME/clock FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 \
                $(type -P streamactors) "$@"
            }
            member a
            unset -f streamactors
            # The other one owns nothing.
            member b 'cluster.weight = 0'
            until mkdir a/s/films; do sleep 0.05; done; mkdir a/s/films/comedy; topic=s/films/comedy
            for p in $(seq 0 1); do cat b/$topic/.follow/$p >tail-$p & readers="${readers:-} $!"; done
            n=0
            put() { n=$((n + 1)); for p in $(seq 0 1); do echo "$n" >>$1/$topic/$p; done; }
            put a; put b
            echo -3600 >clock
            # For longer than a lease.
            begun=$SECONDS; until [ $((SECONDS - begun)) -ge 3 ]; do put a; put b; done
            set_back() { python3 -c 'import json, sys; from datetime import datetime; times = [datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp() for line in sys.stdin]; print(any(b < a - 3000 for a, b in zip(times, times[1:])))'; }
            # Times are those of the partitions' host.
            is "$(for p in $(seq 0 1); do set_back <b/$topic/.json/$p; done | sort -u)" True
            for p in $(seq 0 1); do
              until [ "$(wc -l <tail-$p)" = $n ]; do sleep 0.05; done
              for m in a b; do is "$(cat $m/$topic/$p)" "$(seq $n)"; done; is "$(cat tail-$p)" "$(seq $n)"
            done
            is "$(wc -l <a/$topic/.merged)" $((2 * n))
            if grep -e 'is no member any more' -e 'not a member' a.log b.log; then fail 'a member was fenced'; fi
            kill $readers
            leave b; member b; leave a; for p in $(seq 0 1); do is "$(cat b/$topic/$p)" "$(seq $n)"; done; put b; leave b
            """);
    }
}
