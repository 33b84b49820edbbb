using StreamActors.Kafka.Tests;
using Xunit;

namespace StreamActors.Mounted.Kafka;

/// <summary>What becomes of files of a cluster whose cache is damaged, deleted or full: right bytes or an error, never others.</summary>
public sealed class CacheFaultTests
{
    // Flips bits of files, each at another place; says the seed.
    private const string Flip =
        """
        flip() {
          python3 - "$@" <<'CODE'
        import random, sys
        seed = random.randrange(1 << 32)
        print('seed', seed, sys.argv[2:], file=sys.stderr)
        chance = random.Random(seed)
        for path in sys.argv[2:]:
            with open(path, 'r+b') as file:
                size = file.seek(0, 2)
                for _ in range(int(sys.argv[1]) if size else 0):
                    at = chance.randrange(size)
                    file.seek(at); byte = file.read(1)[0]
                    file.seek(at); file.write(bytes([byte ^ 1 << chance.randrange(8)]))
        CODE
        }
        # Whatever is read of a file is what it should be, up to an error; sooner or later all of it is.
        sound() {
          until cat $1 >got 2>said; do grep -q 'Input/output error' said; cmp got <(head -c $(stat -c %s got) $2); done
          cmp got $2
        }

        """;

    [Theory]
    [InlineData("data")]
    [InlineData("index")]
    [InlineData("keys")]
    public Task Cache_IsDamagedWhileMounted_NoWrongByteIsRead(string files) => KafkaSandbox.Run(
        new MockCluster().With("films"),
        Flip + $$"""
        seq -f '%08.0f' 30000 | sed 's/.*/key &:& a message of a film/' | put films -K :
        serve streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        exec 5<mnt/kafka/films/0; cat mnt/kafka/films/0 >plain; cat mnt/kafka/films/.json/0 >json; inode=$(stat -c %i mnt/kafka/films/0)
        is "$(wc -l <plain)" 30000; is "$(grep -c '"key":"key ' json)" 30000
        for round in 1 2 3; do
          flip 5 $(find cache -name '*.{{files}}' -size +0)
          sound mnt/kafka/films/0 plain; sound mnt/kafka/films/.json/0 json
        done
        # The file is the same, and goes on.
        is "$(stat -c %i mnt/kafka/films/0)" "$inode"; printf 'more\n' | put films; is "$(cat mnt/kafka/films/0 | tail -n 1)" more
        cat <&5 | head -c $(stat -c %s plain) | cmp - plain; exec 5<&-
        [ {{files}} = keys ] || grep -q 'damaged' log
        streamactors umount mnt; ended 0
        """);

    [Fact]
    public Task Cache_IsDeletedWhileMounted_NoWrongByteIsRead_AndTheNextMountHasThePositions() => KafkaSandbox.Run(
        new MockCluster().With("films", 2),
        Flip + """
        seq -f '%08.0f a message of a film' 30000 >plain; put films -p 0 <plain; printf 'a\n' | put films -p 1
        serve streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        exec 5<mnt/kafka/films/0; cmp mnt/kafka/films/0 plain
        rm -rf cache
        cat <&5 >got || true; cmp got <(head -c $(stat -c %s got) plain)
        for p in 0 1; do timeout 20 cat mnt/kafka/films/$p >got 2>said || grep -q 'Input/output error' said; cmp got <(if [ $p = 0 ]; then head -c $(stat -c %s got) plain; else [ ! -s got ] || echo a; fi); done
        # What is written goes to the cluster all the same.
        printf 'b\n' >>mnt/kafka/films/1; is "$(get films -p 1 -o -1)" b
        exec 5<&-; streamactors umount mnt; ended 0
        serve streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=cache
        is "$(stat -c %s mnt/kafka/films/0)" "$(stat -c %s plain)"
        tail -c +500001 mnt/kafka/films/0 | cmp - <(tail -c +500001 plain); cmp mnt/kafka/films/0 plain; is "$(cat mnt/kafka/films/1)" "$(printf 'a\nb')"
        streamactors umount mnt; ended 0
        """);

    [Fact]
    public Task Cache_OnADiskThatIsTooSmall_EvictsWhatItHas() => KafkaSandbox.Run(
        new MockCluster().With("films", 4),
        """
        seq -f "%08.0f $(printf 'x%.0s' {1..990})" 4000 >data; for p in 0 1 2 3; do put films -p $p <data; done
        mkdir small; mount -t tmpfs -o size=12m small small
        serve streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=small/cache
        for p in 0 1 2 3 0; do cmp mnt/kafka/films/$p data; done
        tail -c 1000000 mnt/kafka/films/2 | cmp - <(tail -c 1000000 data)
        streamactors umount mnt; ended 0
        """);

    [Fact]
    public Task Cache_OnADiskThatIsFull_IsAnErrorThatSaysSo_AndAllIsReadOnceThereIsRoom() => KafkaSandbox.Run(
        new MockCluster().With("films", 2),
        """
        seq -f "%08.0f $(printf 'x%.0s' {1..990})" 2000 >data; for p in 0 1; do put films -p $p <data; done
        mkdir small; mount -t tmpfs -o size=12m small small
        serve streamactors mount kafka://$SERVERS mnt -o kafka-volume.cache-dir=small/cache
        cmp <(head -c 100000 mnt/kafka/films/0) <(head -c 100000 data)
        head -c 12M /dev/zero >small/others || true
        until timeout 20 cat mnt/kafka/films/1 >got 2>said; do grep -q 'No space left' said || fail "$(cat said)"; cmp got <(head -c $(stat -c %s got) data); rm -f small/others; done
        cmp got data; cmp mnt/kafka/films/0 data
        streamactors umount mnt; ended 0
        """);
}
