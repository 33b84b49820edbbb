using StreamActors.Kafka.Tests;
using Xunit;

namespace StreamActors.Mounted.Kafka;

/// <summary>A mounted cluster, beside kcat.</summary>
public sealed class KafkaVolumeTests
{
    [Fact]
    public Task Topics_AreDirectories_AndMessagesAreRead() => KafkaSandbox.Run(
        new MockCluster().With("films", 2).With("__consumer_offsets"),
        """
        printf 'a\nb\nc\n' | put films -p 0; printf 'k:v\n' | put films -p 1 -K : -H h=1
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        is "$(find mnt | sort)" "$(printf 'mnt\nmnt/kafka\nmnt/kafka/.configuration\nmnt/kafka/films\nmnt/kafka/films/0\nmnt/kafka/films/1')"
        cd mnt/kafka/films
        is "$(stat -c %s 0)" 0; is "$(getfattr --only-values -n user.streamactors.complete 0)" 0
        is "$(cat 0)" "$(printf 'a\nb\nc')"
        is "$(stat -c %s 0)" 6; is "$(getfattr --only-values -n user.streamactors.complete 0)" 1
        is "$(wc -c <0)" 6; is "$(tail -n 1 0)" c; is "$(grep -c . 0)" 3
        is "$(cat .json/1 | python3 -c 'import json, sys; m = json.loads(sys.stdin.readline()); print(m["offset"], m["key"], m["value"], m["headers"])')" "0 k v [{'key': 'h', 'value': '1'}]"
        is "$(cat .at/-1/0)" c; is "$(cat .at/1/0)" "$(printf 'b\nc')"; is "$(cat .merged | wc -l)" 4
        is "$(cat .size/1 | od -An -tx1)" ' 00 00 00 01 76'
        """);

    [Fact]
    public Task Written_KcatReadsByteForByte() => KafkaSandbox.Run(
        new MockCluster().With("films", 2),
        """
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        cd mnt/kafka/films
        printf 'one\n\ntwo \303\251 \000 zero\n' >>0
        is "$(get films -p 0 | od -An -c)" "$(printf 'one\n\ntwo \303\251 \000 zero\n' | od -An -c)"
        { printf 'a'; printf 'b\n'; } >>0; is "$(get films -p 0 -o -1)" ab
        printf '{"key":"k","value":"v","headers":[{"key":"h","value":"w"}],"timestamp":"2026-11-20T10:00:00.000Z"}\n{"key":"n","value":null}\n' >>.json/1
        is "$(get films -p 1 -f '%k|%S|%s|%h|%T;')" "k|1|v|h=w|1795168800000;n|-1|||$(get films -p 1 -o 1 -f '%T');"
        before=$(get films | wc -l); seq 100 >>.produce; is "$(get films | wc -l)" "$((before + 100))"
        is "$(cat .at/-1/0)" "$(get films -p 0 -o -1)"; is "$(cat 0 | tail -n 1)" "$(get films -p 0 -o -1)"
        cp .json/1 ~/copy; cat ~/copy >>.json/.produce; is "$(get films -f '%k\n' | grep -c '^k$')" 2
        """);

    [Fact]
    public Task Followed_GetsWhatComes_AndWaitsThroughAnOutage()
    {
        var cluster = new MockCluster().With("films");
        return KafkaSandbox.Run(
            cluster,
            """
            serve streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
            cat mnt/kafka/films/.follow/0 >followed & reader=$!
            awaits $reader
            printf 'a\n' | put films; until [ "$(cat followed)" = a ]; do sleep 0.1; done
            cluster down; cluster up
            until printf 'b\n' | put films; do :; done
            until [ "$(tail -n 1 followed)" = b ]; do sleep 0.1; done
            kill $reader
            streamactors umount mnt; ended 0
            """);
    }

    [Fact]
    public Task Cursor_IsAGroup_ThatOtherToolsSee() => KafkaSandbox.Run(
        new MockCluster().With("films"),
        """
        printf 'a\nb\nc\n' | put films
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        fails 'No such file' cat mnt/kafka/films/.cursors/team/0
        cd mnt/kafka/films/.cursors
        mkdir team; is "$(ls)" team; is "$(cat team/0)" "$(printf 'a\nb\nc')"; is "$(cat team/0)" ''
        is "$(getfattr --only-values -n user.streamactors.offset team/0)" 3
        printf 'd\n' | put films
        is "$(getfattr --only-values -n user.streamactors.lag team/0)" 1
        is "$(cat team/0)" d
        setfattr -n user.streamactors.offset -v 1 team/0; is "$(cat team/0)" "$(printf 'b\nc\nd')"
        """);

    [Fact]
    public Task Changes_ThatTheClusterMustBeSafeFrom_AreRefused() => KafkaSandbox.Run(
        new MockCluster().With("films"),
        """
        printf 'a\n' | put films
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        fails 'not permitted' rmdir mnt/kafka/films; fails 'not permitted' rmdir mnt/kafka; fails 'not permitted' mkdir mnt/other
        fails 'not permitted' mv mnt/kafka/films mnt/kafka/books; fails 'not permitted' rm mnt/kafka/films/0; fails 'not permitted' touch mnt/kafka/films/1
        fails 'Invalid argument' mkdir 'mnt/kafka/no such name'; fails 'not permitted' sh -c ': >mnt/kafka/films/0'
        is "$(cat mnt/kafka/films/0)" a; is "$(get films)" a
        head -c 2000000 /dev/zero | tr '\0' x >large; fails 'Message too long' dd if=large of=mnt/kafka/films/0 bs=3M oflag=append conv=notrunc
        is "$(cat mnt/kafka/films/0)" a
        """);

    [Fact]
    public Task NoBroker_AtMountTime_TheMountComesUp_AndWorksOnceThereIsOne() => KafkaSandbox.Run(
        new MockCluster().With("films"),
        """
        printf 'a\n' | put films; cluster down
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache,kafka-volume.deadline=500ms,kafka-volume.write-deadline=1s
        fails 'timed out' ls mnt; fails 'timed out' cat mnt/kafka/films/0
        cluster up
        until [ "$(cat mnt/kafka/films/0)" = a ]; do :; done
        cluster down
        fails 'timed out' cat mnt/kafka/films/0; fails 'timed out' bash -c 'echo x >>mnt/kafka/films/0'
        cluster up
        until [ "$(head -n 1 mnt/kafka/films/0)" = a ]; do :; done
        """);

    [Fact]
    public Task Positions_SurviveARestart_AndALostCache() => KafkaSandbox.Run(
        new MockCluster().With("films"),
        """
        seq 1000 | put films
        mountpoint=mnt; options=kafka-volume.cache-dir=cache
        up streamactors mount kafka://$SERVERS mnt -o $options
        cat mnt/kafka/films/0 >first; tail -c +2001 mnt/kafka/films/0 >rest; is "$(wc -c <first)" 3893
        streamactors umount mnt; until ! pgrep -f "mount kafka://$SERVERS" >/dev/null; do :; done
        up streamactors mount kafka://$SERVERS mnt -o $options
        is "$(stat -c %s mnt/kafka/films/0)" 3893
        tail -c +2001 mnt/kafka/films/0 | cmp - rest
        streamactors umount mnt; until ! pgrep -f "mount kafka://$SERVERS" >/dev/null; do :; done
        rm -r cache; up streamactors mount kafka://$SERVERS mnt -o $options
        is "$(stat -c %s mnt/kafka/films/0)" 3893
        tail -c +2001 mnt/kafka/films/0 | cmp - rest; cmp mnt/kafka/films/0 first
        """);

    [Fact]
    public Task Cache_SmallerThanATopic_GivesTheSameBytesEachTime() => KafkaSandbox.Run(
        new MockCluster().With("films", 4),
        """
        seq -f '%08.0f a message of a film that is watched again and again' 40000 >data; for p in 0 1 2 3; do put films -p $p <data; done
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache,kafka-volume.cache-max-bytes=1MiB
        for p in 0 1 2 3; do get films -p $p; done | sha256sum >expected
        cat mnt/kafka/films/[0-3] | sha256sum | cmp - expected; inodes=$(ls -i mnt/kafka/films)
        cat mnt/kafka/films/[0-3] | sha256sum | cmp - expected
        is "$(stat -c %s mnt/kafka/films/2)" "$(stat -c %s data)"; is "$(ls -i mnt/kafka/films)" "$inodes"
        is "$(grep -c again mnt/kafka/films/1)" 40000; tail -c 1000000 mnt/kafka/films/3 | cmp - <(tail -c 1000000 data); is "$(cat mnt/kafka/films/.json/0 | wc -l)" 40000
        [ "$(du -sm --exclude='*.index' cache/partitions | cut -f 1)" -lt 8 ] || fail "the cache has $(du -sm cache)"
        """);

    [Fact]
    public Task Secrets_AreNowhere() => KafkaSandbox.Run(
        new MockCluster().With("films"),
        """
        printf 'volumes { "/" { type = kafka, bootstrap-servers = "%s", deadline = 500ms, cache-dir = cache, properties { debug = all, security.protocol = sasl_plaintext, sasl.mechanism = PLAIN, sasl.username = me, sasl.password = ${SECRET} } } }' "$SERVERS" >conf
        export SECRET=correct-horse
        serve streamactors mount mnt --config conf -o log.level=trace
        fails 'Permission denied' ls mnt
        not grep -q correct-horse log; not grep -q correct-horse "/proc/$server/cmdline"; not grep -q correct-horse /proc/self/mountinfo
        grep -q sasl log
        streamactors umount mnt; ended 0
        refused 2 'credentials are refused' streamactors mount "kafka://me:correct-horse@$SERVERS" mnt; not grep -q correct-horse err
        refused 2 'credentials are refused' streamactors mount "kafka://$SERVERS" mnt -o kafka-volume.properties.sasl.password=correct-horse; not grep -q correct-horse err
        sed -i 's/PLAIN,/PLAIN, ssl.cipher.suites = "no-such-correct-horse", ssl.key.pem = ${SECRET}, /; s/sasl_plaintext/ssl/' conf
        refused 1 'volume /: ' streamactors mount mnt --config conf; not grep -q 'correct-horse$' err
        sed -i 's/debug = all/acks = 0/' conf
        refused 2 'properties.acks: the volume sets this property itself' streamactors mount mnt --config conf
        """);

    [Fact]
    public Task Library_IsLoadedByMountsOfKafkaOnly() => KafkaSandbox.Run(
        new MockCluster().With("films"),
        """
        serve streamactors mount src mnt
        not grep -q rdkafka "/proc/$server/maps"
        streamactors umount mnt; ended 0
        serve streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        grep -q rdkafka "/proc/$server/maps"
        streamactors umount mnt; ended 0
        """);

    [Fact]
    public Task Settings_AreRefusedWhereTheyMakeNoSense() => KafkaSandbox.Run(
        new MockCluster(),
        """
        refused 2 'expected host:port' streamactors mount kafka:// mnt
        refused 2 'expected earliest, latest' streamactors mount kafka://$SERVERS mnt -o kafka-volume.start=yesterday
        refused 2 'unknown setting' streamactors mount kafka://$SERVERS mnt -o kafka-volume.strat=latest
        printf 'volumes { "/" { type = kafka, bootstrap-servers = h, cache-dir = cache, properties { no.such.thing = 1 } } }' >conf
        refused 1 'no.such.thing' streamactors mount mnt --config conf
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        mkdir other
        if streamactors mount kafka://$SERVERS other -o kafka-volume.cache-dir=cache 2>err; then fail 'two mounts had one cache'; fi
        grep -q 'cache can.t be opened' err
        """);
}
