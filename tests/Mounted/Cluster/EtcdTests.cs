using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>An etcd that is full, or has forgotten what members have not seen yet.</summary>
public sealed class EtcdTests
{
    private const string Prelude =
        """
        volumes="\"/s\" { type = log, dir = $HOME/s, shared = true, partitions = 4 }"
        ask() { python3 -c 'import sys, urllib.request as u; print(u.urlopen(u.Request(sys.argv[1], sys.argv[2].encode())).read().decode())' $client/v3/$1 "$2"; }
        alarm() { ask maintenance/alarm '{"action": "'$1'", "memberID": "1", "alarm": "NOSPACE"}' >/dev/null; }
        put() { for p in 0 1 2 3; do for m in $2; do echo "$m $1" >>$m/s/films/comedy/$p; done; done; }
        member a; member b
        until mkdir a/s/films; do sleep 0.05; done; mkdir a/s/films/comedy; put 1 'a b'

        """;

    [Fact]
    public Task Etcd_Full_KeepsWhatIsOwnedAndGoesOnWhenThereIsRoom() => ClusterSandbox.Run(Prelude +
        """
        alarm ACTIVATE
        # What changes names says why; what is written to partitions needs no etcd.
        fails 'No space left' mkdir a/s/films/drama
        fails 'No space left' mkdir b/s/series
        fails 'No space left' mkdir a/s/films/comedy/.cursors/me
        put 2 'a b'
        for p in 0 1 2 3; do cat a/s/films/comedy/.follow/$p >tail-$p & readers="${readers:-} $!"; done
        for p in 0 1 2 3; do until [ "$(wc -l <tail-$p)" = 4 ]; do sleep 0.05; done; done
        # Nobody can take what another one had, until there is room.
        dies b
        until grep -q 'etcd: NoSpace' a.log; do sleep 0.05; done
        alarm DEACTIVATE
        put 3 a
        is "$(cat a/s/films/comedy/[0-3] | sort | uniq -c | awk '{ print $1, $2, $3 }')" "$(printf '4 a 1\n4 a 2\n4 a 3\n4 b 1\n4 b 2')"
        for p in 0 1 2 3; do until cmp -s tail-$p a/s/films/comedy/$p; do sleep 0.05; done; done
        kill $readers
        mkdir a/s/films/comedy/.cursors/me; is "$(cat a/s/films/comedy/.cursors/me/0 | wc -l)" 5
        mkdir a/s/films/drama; echo first >>a/s/films/drama/0; is "$(cat a/s/films/drama/0)" first
        leave a
        """);

    [Fact]
    public Task Etcd_CompactedWhileAMemberWasFrozen_IsListedAnew() => ClusterSandbox.Run(Prelude +
        """
        mkdir a/s/films/old; is "$(ls b/s/films)" "$(printf 'comedy\nold')"
        kill -STOP $server_b
        mkdir a/s/films/new; rmdir a/s/films/old; mv a/s/films/comedy a/s/films/drama
        ask kv/compaction '{"revision": "'$(ask kv/range '{"key": "AA=="}' | python3 -c 'import json, sys; print(json.load(sys.stdin)["header"]["revision"])')'", "physical": true}' >/dev/null
        # Its watches end with the etcd that they are at, and begin again where nothing is known any more.
        kill -9 $etcd; wait $etcd || true
        command etcd --data-dir etcd --listen-client-urls $client --advertise-client-urls $client --listen-peer-urls $peer \
          --initial-advertise-peer-urls $peer --initial-cluster default=$peer --unsafe-no-fsync >etcd.log 2>&1 & etcd=$!
        until grep -q 'ready to serve client requests' etcd.log; do sleep 0.05; done
        kill -CONT $server_b
        until [ "$(ls b/s/films)" = "$(printf 'drama\nnew')" ]; do sleep 0.05; done
        for p in 0 1 2 3; do
          until echo "b 2" >>b/s/films/drama/$p; do sleep 0.05; done
          until echo "a 2" >>a/s/films/new/$p; do sleep 0.05; done
        done
        is "$(cat a/s/films/drama/[0-3] | sort -u)" "$(printf 'a 1\nb 1\nb 2')"
        is "$(cat b/s/films/new/[0-3] | sort -u)" 'a 2'
        leave b; leave a
        """);
}
