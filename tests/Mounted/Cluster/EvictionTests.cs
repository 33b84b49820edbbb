using StreamActors.Kafka.Tests;
using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>Kafka partitions whose owners keep less of them than is read from other members.</summary>
public sealed class EvictionTests
{
    [Fact]
    public async Task Evicted_ReadFromOtherMembers_IsFetchedAgainAndTheSame()
    {
        using var kafka = new MockCluster().With("films", 2);
        await ClusterSandbox.Run(
            $$"""
            servers={{kafka.BootstrapServers}}
            volumes="\"/\" { type = kafka, bootstrap-servers = \"$servers\" }"
            for p in 0 1; do
              seq -f "%.0f of $p $(printf '%090d' 0)" 20000 >films-$p; kcat -P -b "$servers" -t films -p $p <films-$p
            done
            # Of each member's partitions, and of what it reads of others, less is kept than one of them has.
            small="cluster.read { cache-bytes = 1MiB, read-ahead-bytes = 256KiB }"
            for m in a b c; do member $m "kafka-volume { cache-dir = $HOME/cache-$m, cache-max-bytes = 1MiB }, $small"; done
            exec 5<c/kafka/films/.follow/0
            for m in a b c a; do for p in 0 1; do cmp films-$p $m/kafka/films/$p; done; done
            is "$(wc -c <b/kafka/films/.merged)" "$(cat films-? | wc -c)"
            # Anywhere, forwards and backwards, and in views whose bytes are made of messages.
            for m in a b c; do
              for at in 1100 3; do for p in 0 1; do
                cmp <(dd if=films-$p bs=1000 skip=$at count=30 status=none) <(dd if=$m/kafka/films/$p bs=1000 skip=$at count=30 status=none iflag=fullblock)
              done; done
              is "$(sed -n '10p;19999p' $m/kafka/films/.json/1 | python3 -c 'import json, sys; print([json.loads(line)["offset"] for line in sys.stdin])')" '[9, 19998]'
            done
            kept=$(find cache-? -name '*.data' -print0 | du -ck --files0-from=- | tail -n 1 | cut -f1); [ $kept -lt 5000 ] || fail "$kept KiB are kept"
            # A tail that has read nothing yet reads what was evicted, and then waits.
            cat <&5 >tail & reader=$!
            echo end | kcat -P -b "$servers" -t films -p 0; echo end >>films-0
            until cmp -s films-0 tail; do sleep 0.05; done
            kill $reader
            # The next owner has nothing of it.
            dies a; dies b; for p in 0 1; do cmp films-$p c/kafka/films/$p; done
            leave c
            """);
    }
}
