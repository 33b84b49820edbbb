using StreamActors.Kafka.Tests;
using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>Several mounts on one machine that are one cluster: a real etcd, and a mock of Kafka.</summary>
public sealed class ClusterTests
{
    [Fact]
    public Task Members_ShowOneTree_WrittenOnAnyIsSeenByKafkaAndSizesAgree() => Run(
        """
        member a; member b; member c
        for m in a b c; do is "$(ls $m/kafka)" films; is "$(ls $m/kafka/films | wc -l)" 8; done
        for p in $(seq 0 7); do for m in a b c; do echo "$m $p" >>$m/kafka/films/$p; done; done
        for p in $(seq 0 7); do is "$(get films -p $p)" "$(printf "a $p\nb $p\nc $p")"; done
        for p in $(seq 0 7); do for m in a b c; do is "$(cat $m/kafka/films/$p)" "$(printf "a $p\nb $p\nc $p")"; is "$(stat -c %s $m/kafka/films/$p)" 12; done; done
        for m in a b c; do leave $m; done
        grep -q 'has left the cluster' a.log
        """);

    [Fact]
    public Task Member_Leaves_TheOthersHaveAllAndNoWriteFails() => Run(
        """
        member a; member b
        ( for n in $(seq 100); do echo $n >>a/kafka/films/$((n % 8)) || echo failed; done >writes ) & writer=$!
        leave b
        wait $writer; is "$(cat writes)" ''
        is "$(get films | sort -n | uniq -c | awk '$1 != 1' | wc -l)" 0; is "$(get films | wc -l)" 100
        leave a
        """);

    [Fact]
    public Task Positions_OfAPartitionThatAnotherMemberBeganToRead_AreTheSame() => Run(
        """
        member a; seq 1000 1099 >>a/kafka/films/0; sum=$(md5sum <a/kafka/films/0); is "$(wc -l <a/kafka/films/0)" 100
        leave a
        member b 'kafka-volume.start = "-1"'
        is "$(md5sum <b/kafka/films/0)" "$sum"
        # A partition that nobody has read begins where this member is set to.
        seq 10 19 >>b/kafka/films/1; is "$(cat b/kafka/films/1)" 19
        leave b
        member a; is "$(cat a/kafka/films/1)" 19; is "$(md5sum <a/kafka/films/0)" "$sum"; leave a
        """);

    [Fact]
    public Task Owner_IsKilled_TailsElsewhereGoOnWithoutALostOrDoubledByte() => Run(
        """
        member a; member b; member c
        for p in 0 1 2 3; do cat a/kafka/films/.follow/$p >tail-$p & readers="${readers:-} $!"; done
        seq 100 | while read -r n; do echo $n >>b/kafka/films/$((n % 4)); done
        kill -9 $server_c; umount -l c
        seq 101 200 | while read -r n; do echo $n >>b/kafka/films/$((n % 4)); done
        for p in 0 1 2 3; do
          until [ "$(wc -l <tail-$p)" -ge 50 ]; do sleep 0.1; done
          cmp tail-$p <(seq 200 | awk "\$1 % 4 == $p")
        done
        kill $readers
        leave a; leave b
        """);

    [Fact]
    public Task Owner_IsKilled_AndTheNextHasNoCache_SizesAndPositionsAreTheSame() => Run(
        """
        # Whether checkpoints of a partition stand in etcd that reach to its end.
        noted() {
          python3 - "$client" <<'CODE'
        import base64, json, struct, sys, urllib.request as u
        ask = json.dumps({'key': 'AA==', 'range_end': 'AA=='}).encode()
        for row in json.load(u.urlopen(u.Request(sys.argv[1] + '/v3/kv/range', data=ask)))['kvs']:
            if 'checkpoints' in base64.b64decode(row['key']).decode():
                list = base64.b64decode(base64.b64decode(row['value']))
                sys.exit(struct.unpack_from('<q', list, len(list) - 40 + 8)[0] != 60000)
        sys.exit(1)
        CODE
        }
        seq -f '%08.0f a message of a film that is seen on several hosts' 60000 >plain; kcat -P -b "$SERVERS" -t films -p 0 <plain
        member a; cmp a/kafka/films/0 plain
        until noted; do sleep 0.1; done
        member b; exec 5<b/kafka/films/0; head -c 1000000 <&5 | cmp - <(head -c 1000000 plain)
        cat b/kafka/films/.follow/0 >followed & reader=$!
        dies a; rm -rf data-a
        is "$(stat -c %s b/kafka/films/0)" "$(stat -c %s plain)"
        tail -c 500000 b/kafka/films/0 | cmp - <(tail -c 500000 plain)
        echo more >>b/kafka/films/0
        cat <&5 | head -c 2540000 | cmp - <(tail -c +1000001 plain); cmp b/kafka/films/0 <(cat plain; echo more)
        until [ "$(tail -n 1 followed)" = more ]; do sleep 0.1; done; cmp followed <(cat plain; echo more)
        kill $reader; exec 5<&-; leave b
        # Nobody has it any more, but for etcd.
        rm -rf data-b; member c; is "$(stat -c %s c/kafka/films/0)" "$(($(stat -c %s plain) + 5))"
        tail -c 100000 c/kafka/films/0 | cmp - <(cat plain <(echo more) | tail -c 100000); leave c
        """);

    [Fact]
    public Task Member_JoinsAndLeaves_ThoseWhoGetItsPartitionsBackHaveTheSizesThatItHasShown() => Run(
        """
        regions() { python3 -c 'import json, sys, urllib.request as u; print(len(json.load(u.urlopen(sys.argv[1]))["regions"]))' http://127.0.0.1:$admin/cluster/shards/partitions/stats; }
        admin=$(port); member a "cluster.admin.listen = \"127.0.0.1:$admin\""
        for p in $(seq 0 7); do seq 100 >>a/kafka/films/$p; is "$(wc -l <a/kafka/films/$p)" 100; done
        for p in 0 1 2 3; do cat a/kafka/films/.follow/$p >tail-$p & readers="${readers:-} $!"; done
        member b
        until for p in $(seq 0 7); do stat b/kafka/films/$p >stat; done; [ "$(regions)" = 2 ]; do sleep 0.1; done
        for p in $(seq 0 7); do seq 101 200 >>b/kafka/films/$p; is "$(wc -l <b/kafka/films/$p)" 200; done
        sizes=$(stat -c %s b/kafka/films/[0-7])
        leave b
        is "$(stat -c %s a/kafka/films/[0-7])" "$sizes"
        for p in $(seq 0 7); do echo 201 >>a/kafka/films/$p; cmp a/kafka/films/$p <(seq 201); done
        for p in 0 1 2 3; do
          until [ "$(wc -l <tail-$p)" -ge 201 ]; do sleep 0.1; done; cmp tail-$p <(seq 201)
        done
        kill $readers; leave a
        """);

    [Fact]
    public Task Admin_OverHttp_TellsTheClusterAndLetsAMemberLeave() => Run(
        """
        http() { python3 -c 'import sys, urllib.request as u; d = sys.argv[3].encode() if len(sys.argv) > 3 else None; print(u.urlopen(u.Request(sys.argv[2], data=d, method=sys.argv[1])).read().decode())' "$@"; }
        ask() { http GET http://127.0.0.1:$admin$1 | python3 -c "import json, sys; v = json.load(sys.stdin); print($2)"; }
        admin=$(port)
        member a "cluster.admin { listen = \"127.0.0.1:$admin\", read-only = false }"; member b
        until [ "$(http GET http://127.0.0.1:$admin/ready 2>/dev/null)" = OK ]; do sleep 0.1; done
        until [ "$(ask /cluster/members '[m["status"] for m in v["members"]]')" = "['Up', 'Up']" ]; do sleep 0.1; done
        is "$(ask /cluster/shards 'v["entityTypeKeys"]')" "['partitions', 'streams', 'topics']"
        for p in $(seq 0 7); do cat b/kafka/films/$p; done
        until [ "$(ask /cluster/shards/partitions/stats 'v["totalEntities"], len(v["regions"])')" = '8 2' ]; do sleep 0.1; done
        other=$(ask /cluster/members '[m["node"] for m in v["members"] if m["node"] != v["selfNode"]][0]')
        http PUT http://127.0.0.1:$admin/cluster/members/$other operation=Leave | grep -q Leaving
        got=0; wait $server_b || got=$?; is $got 0
        until [ "$(ask /cluster/members 'len(v["members"])')" = 1 ]; do sleep 0.1; done
        leave a
        """);

    [Fact]
    public Task Etcd_IsAway_TheMountComesUpAndCanBeLeft() => Run(
        """
        kill $etcd; wait $etcd || true
        member a 'actors.ask-timeout = 500ms, cluster.leave-timeout = 200ms, kafka-volume { deadline = 200ms, write-deadline = 400ms }'
        fails 'timed out' cat a/kafka/films/0
        leave a
        """);

    [Fact]
    public Task Member_ThatMayNotJoin_SaysWhy() => Run(
        """
        member a; leave a
        member a 'cluster.name = books'
        until grep -q 'called "films", not "books"' a.log; do sleep 0.05; done
        leave a
        member b 'cluster.shards = 9'
        until grep -q 'has 8 shards, and this host is set to 9' b.log; do sleep 0.05; done
        leave b
        echo another >data-a/cluster-id
        member a
        until grep -q 'belongs to cluster another' a.log; do sleep 0.05; done
        leave a
        chmod 644 secret
        refused 1 'expected mode 0600' streamactors mount mnt --config a.conf
        chmod 600 secret
        refused 2 'expected cluster.secret-file' streamactors mount src mnt --cluster films@http://127.0.0.1:1
        refused 2 'credentials are refused' streamactors mount src mnt --cluster films@http://u:p@127.0.0.1:1
        """);

    private static async Task Run(string script)
    {
        using var kafka = new MockCluster().With("films", 8);
        await ClusterSandbox.Run(
            $$"""
            SERVERS={{kafka.BootstrapServers}}
            volumes="\"/\" { type = kafka, bootstrap-servers = \"$SERVERS\" }"
            get() { local topic=$1; shift; kcat -C -q -e -b "$SERVERS" -t "$topic" "$@"; }

            """ + script);
    }
}
