using StreamActors.Kafka.Tests.Front;
using Xunit;

namespace StreamActors.Mounted.Kafka;

/// <summary>A mounted cluster that makes, grows and deletes topics, lets in whom it wants, and has groups with members.</summary>
public sealed class KafkaClusterTests
{
    private const string Sasl = "security.protocol = sasl_plaintext, sasl.mechanism = PLAIN, sasl.username = me, debug = all";

    [Fact]
    public Task Topics_AreMadeGrownAndDeleted() => KafkaSandbox.Run(
        new ClusterFront(),
        """
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache,kafka-volume.delete=allow,kafka-volume.grow=allow,kafka-volume.topics.partitions=2
        k=mnt/kafka
        mkdir $k/films; is "$(ls $k/films)" "$(printf '0\n1')"; fails 'File exists' mkdir $k/films
        touch $k/films/2; is "$(ls $k/films | wc -l)" 3; fails 'Invalid argument' touch $k/films/9
        printf 'a\nb\n' >>$k/films/2; is "$(get films -p 2)" "$(printf 'a\nb')"; is "$(cat $k/films/2)" "$(printf 'a\nb')"
        exec 5<$k/films/2
        rmdir $k/films; is "$(ls $k)" ''; fails 'No such file' cat $k/films/2; fails 'Input/output error' cat <&5
        mkdir $k/films; is "$(cat $k/films/0)" ''; is "$(ls $k/films | wc -l)" 2
        exec 5<&-
        fails 'not permitted' rmdir $k
        """);

    [Fact]
    public Task Group_IsMadeAndDeleted_WithItsTopics() => KafkaSandbox.Run(
        new ClusterFront().With("other"),
        """
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache,kafka-volume.delete=allow,kafka-volume.separator=.
        mkdir -p mnt/films/comedy mnt/films/drama; echo a >>mnt/films/comedy/0; is "$(get films.comedy)" a
        rmdir mnt/films; is "$(ls mnt)" kafka; is "$(ls mnt/kafka)" other
        """);

    [Fact]
    public Task Topic_ThatOthersMakeAgain_IsAnotherFile() => KafkaSandbox.Run(
        new ClusterFront().With("films"),
        """
        printf 'a\nb\n' | put films
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        is "$(cat mnt/kafka/films/0)" "$(printf 'a\nb')"
        cat mnt/kafka/films/.follow/0 >followed 2>err & reader=$!
        exec 5<mnt/kafka/films/0
        until [ "$(wc -l <followed)" = 2 ]; do sleep 0.05; done
        cluster remake; printf 'v\nw\nx\ny\n' | put films
        not wait $reader; is "$(cat followed)" "$(printf 'a\nb')"; grep -q 'Input/output error' err
        fails 'Input/output error' cat <&5
        until [ "$(cat mnt/kafka/films/0)" = "$(printf 'v\nw\nx\ny')" ]; do sleep 0.05; done
        exec 5<&-
        """);

    [Fact]
    public Task Time_IsAPlace() => KafkaSandbox.Run(
        new ClusterFront().With("films"),
        """
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        cd mnt/kafka/films
        for hour in 10 11 12; do printf '{"value":"%s","timestamp":"2026-11-20T%s:00:00.000Z"}\n' $hour $hour; done >>.json/0
        is "$(cat .at/2026-11-20T10:30Z/0)" "$(printf '11\n12')"; is "$(cat .at/2026-11-20T12:00Z/0)" 12; is "$(cat .at/2026-11-20T12:01Z/0)" ''
        is "$(cat .at/1h/0)" ''; echo now >>0; is "$(cat .at/1h/0)" now
        """);

    [Fact]
    public Task Group_WithMembersElsewhere_IsBusy() => KafkaSandbox.Run(
        new ClusterFront().With("films"),
        """
        printf 'a\nb\n' | put films
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        team=mnt/kafka/films/.cursors/team
        mkdir $team
        kcat -q -u -b "$SERVERS" -X auto.offset.reset=earliest -G team films >read 2>/dev/null & member=$!
        until [ "$(wc -l <read)" = 2 ]; do sleep 0.05; done
        fails 'busy' cat $team/0; fails 'busy' setfattr -n user.streamactors.offset -v 1 $team/0
        kill $member; wait $member || true
        until setfattr -n user.streamactors.offset -v 1 $team/0 2>/dev/null; do sleep 0.05; done
        is "$(cat $team/0)" b
        rmdir $team; is "$(ls ${team%/*})" ''
        """);

    [Fact]
    public Task Credentials_OfTheEnvironment_LetIn_UntilTheyExpire_AndAreNowhere() => KafkaSandbox.Run(
        new ClusterFront().With("films").Guard("me", KafkaSandbox.Password),
        $$"""
        printf 'volumes { "/" { type = kafka, bootstrap-servers = "%s", deadline = 1s, write-deadline = 2s, cache-dir = cache, properties { {{Sasl}}, sasl.password = ${SECRET} } } }' "$SERVERS" >conf
        export SECRET={{KafkaSandbox.Password}}
        serve streamactors mount mnt --config conf -o log.level=trace
        echo a >>mnt/kafka/films/0; is "$(cat mnt/kafka/films/0)" a
        cluster guard
        until ! ls mnt/kafka/books >out 2>err && grep -q 'Permission denied' err; do sleep 0.05; done
        fails 'Permission denied' cat mnt/kafka/films/0; fails 'Permission denied' bash -c 'echo b >>mnt/kafka/films/0'
        cluster regard
        until echo c >>mnt/kafka/films/0; do sleep 0.05; done; is "$(cat mnt/kafka/films/0 | tail -n 1)" c
        getfattr -R -d -m - mnt >status 2>&1; cat /proc/$server/cmdline /proc/self/mountinfo >>status; ps -o args= -p $server >>status
        not grep -q "$SECRET" log; not grep -q "$SECRET" status; grep -q 'uthentication failed' log
        streamactors umount mnt; ended 0
        """);

    [Fact]
    public Task Credentials_OfAFile_ThatAreWrong_AreRefused_AndAreNowhere() => KafkaSandbox.Run(
        new ClusterFront().With("films").Guard("me", KafkaSandbox.Password),
        $$"""
        (umask 077; echo 'volumes { "/" { properties { sasl.password = battery-staple } } }' >secret.conf)
        { echo 'include "secret.conf"'; printf 'volumes { "/" { type = kafka, bootstrap-servers = "%s", deadline = 1s, cache-dir = cache, properties { {{Sasl}} } } }' "$SERVERS"; } >conf
        serve streamactors mount mnt --config conf -o log.level=trace
        fails 'Permission denied' ls mnt
        cat /proc/$server/cmdline /proc/$server/environ /proc/self/mountinfo >status; ps -o args= -p $server >>status
        not grep -q battery-staple log; not grep -q battery-staple status; grep -q 'uthentication failed' log
        streamactors umount mnt; ended 0
        """);

    [Fact]
    public Task Cache_ThatIsFull_IsAnError_UntilThereIsRoom() => KafkaSandbox.Run(
        new ClusterFront().With("films").With("small"),
        """
        mkdir disk; mount -t tmpfs -o size=6m disk disk
        seq 100000 | put films; echo a | put small
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=disk/cache
        is "$(cat mnt/kafka/small/0)" a
        fails 'No space left' cat mnt/kafka/films/0; fails 'No space left' cat mnt/kafka/films/0
        is "$(cat mnt/kafka/small/0)" a; echo b >>mnt/kafka/small/0; is "$(get small)" "$(printf 'a\nb')"
        mount -o remount,size=60m disk
        until cat mnt/kafka/films/0 >all 2>err; do sleep 0.05; done
        seq 100000 | cmp - all
        is "$(cat mnt/kafka/small/0)" "$(printf 'a\nb')"
        """);

    [Fact]
    public Task Cache_ThatIsDeletedWhileItIsUsed_IsNeverReadWrong_AndTheNextMountHasAll() => KafkaSandbox.Run(
        new ClusterFront().With("films").With("books"),
        """
        seq 1000 | put films; seq 500 | put books
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        seq 1000 | cmp - mnt/kafka/films/0
        rm -rf cache
        for topic in films books; do
          if cat mnt/kafka/$topic/0 >out 2>err; then cmp out <(get $topic); else grep -q 'Input/output error\|No such' err; fi
        done
        ls mnt/kafka >out; echo written >>mnt/kafka/films/0; is "$(get films -o -1)" written
        streamactors umount mnt; until ! pgrep -f "mount kafka://$SERVERS" >/dev/null; do sleep 0.05; done
        up streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        cmp mnt/kafka/films/0 <(seq 1000; echo written); seq 500 | cmp - mnt/kafka/books/0
        """);
}
