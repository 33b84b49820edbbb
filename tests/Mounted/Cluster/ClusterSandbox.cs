using Xunit;

namespace StreamActors.Mounted.Cluster;

/// <summary>
/// Runs a <c>bash</c> script beside an etcd. <c>member NAME [SETTINGS]</c> mounts <c>$volumes</c> at NAME as a member,
/// <c>leave NAME</c> unmounts it in an orderly way, <c>dies NAME</c> kills its server.
/// </summary>
internal static class ClusterSandbox
{
    private const string Prelude =
        """
        fail() { echo "line ${BASH_LINENO[*]}: $*" >&2; tail -n 4 ./?.log >&2 || true; exit 1; }
        port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
        # A port that was free a moment ago may be taken again.
        etcd() {
          for try in 1 2 3 4 5; do
            client=http://127.0.0.1:$(port) peer=http://127.0.0.1:$(port)
            command etcd --data-dir etcd --listen-client-urls $client --advertise-client-urls $client --listen-peer-urls $peer \
              --initial-advertise-peer-urls $peer --initial-cluster default=$peer --unsafe-no-fsync >etcd.log 2>&1 & etcd=$!
            until grep -q 'ready to serve client requests' etcd.log; do [ -d /proc/$etcd ] || continue 2; sleep 0.05; done
            return 0
          done
          fail "etcd does not start: $(tail -n 3 etcd.log)"
        }
        (umask 077; head -c 32 /dev/urandom | base64 >secret)
        etcd
        member() {
          mkdir -p $1
          cat >$1.conf <<CONF
        cluster { name = films, member = $1, etcd.endpoints = "$client", listen = "127.0.0.1:$(port)", secret-file = $HOME/secret
                  data = $HOME/data-$1, shards = 8, admin.listen = null, lease-ttl = 2s }
        volumes { $volumes }
        ${2:-}
        CONF
          rm -f said-$1; mkfifo said-$1
          streamactors mount $1 --config $1.conf >said-$1 2>$1.log &
          eval "server_$1=$!"
          exec 3<said-$1
          IFS= read -r -u 3 line || fail "$(cat $1.log)"
        }
        leave() { local server=server_$1 got=0; kill ${!server}; wait ${!server} || got=$?; is "$got" 0; }
        dies() { local server=server_$1; kill -9 ${!server}; wait ${!server} || true; umount -l $1; }

        """;

    public static async Task Run(string script)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/etcd"), "etcd is not installed (Debian: etcd-server)");
        await Sandbox.Run(Prelude + script);
    }
}
