using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>Named cursors of partitions whose owners die.</summary>
public sealed class CursorTests
{
    [Fact]
    public Task Owner_IsKilled_OpenCursorsGoOnAlsoAmidAMessage() => ClusterSandbox.Run(
        """
        volumes="\"/s\" { type = log, dir = $HOME/s, shared = true, partitions = 4 }"
        for m in a b c; do member $m; done
        until mkdir a/s/films; do sleep 0.05; done
        mkdir a/s/films/comedy; topic=s/films/comedy; mkdir a/$topic/.cursors/me
        part() { dd bs=$1 count=1 status=none <&$((p + 10)); }
        for p in 0 1 2 3; do
          for n in 1 2 3; do echo "message $n of $p" >>a/$topic/$p; done
          eval "exec $((p + 10))<a/$topic/.cursors/me/$p"
          # Amid the second message, which is acknowledged up to there by the second read.
          is "$(part 20)" "$(printf 'message 1 of %s\nmessa' $p)"; is "$(part 2)" ge
        done
        dies b
        for p in 0 1 2 3; do is "$(part 8)" " 2 of $p"; done
        dies c
        for p in 0 1 2 3; do is "$(cat <&$((p + 10)))" "message 3 of $p"; eval "exec $((p + 10))<&-"; done
        # What was read to its end is acknowledged, whoever has it now.
        for p in 0 1 2 3; do is "$(cat a/$topic/.cursors/me/$p)" ''; done
        """);
}
