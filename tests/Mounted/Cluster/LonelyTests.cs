using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>A member that nobody reaches.</summary>
public sealed class LonelyTests
{
    [Fact]
    public Task Member_WithASecretThatNobodyAccepts_TakesNothingAndSaysSo() => ClusterSandbox.Run(
        """
        volumes="\"/s\" { type = log, dir = $HOME/s, shared = true, partitions = 4 }"
        member a; until mkdir a/s/films; do sleep 0.05; done; mkdir a/s/films/comedy
        for p in $(seq 0 3); do echo $p >>a/s/films/comedy/$p; done
        (umask 077; head -c 32 /dev/urandom | base64 >another)
        ready() { python3 -c 'import sys, urllib.request as u, urllib.error as e
        try: print(u.urlopen(sys.argv[1]).read().decode())
        except (e.HTTPError, e.URLError) as refused: print(refused.read().decode() if hasattr(refused, "read") else refused)' http://127.0.0.1:$admin/ready; }
        admin=$(port)
        member b "cluster { secret-file = $HOME/another, admin { listen = \"127.0.0.1:$admin\" } }, actors.ask-timeout = 1s"
        until ready | grep -q 'no other member and this host have reached each other'; do sleep 0.05; done
        # All is where it was, and goes on.
        for p in $(seq 0 3); do echo more >>a/s/films/comedy/$p; done; is "$(cat a/s/films/comedy/[0-3] | wc -l)" 8
        until grep -q 'No other member and this host have reached each other' b.log; do sleep 0.05; done
        grep -q 'does not have the same secret' b.log
        fails 'timed out' cat b/s/films/comedy/0
        for p in $(seq 0 3); do echo end >>a/s/films/comedy/$p; done; is "$(cat a/s/films/comedy/[0-3] | wc -l)" 12
        leave b
        # With the right one it takes its part.
        member b "cluster { admin { listen = \"127.0.0.1:$admin\" } }"
        until [ "$(ready)" = OK ]; do sleep 0.05; done
        is "$(cat b/s/films/comedy/[0-3] | wc -l)" 12
        leave a; is "$(cat b/s/films/comedy/[0-3] | wc -l)" 12; leave b
        """);
}
