#!/usr/bin/env bash
# StreamActors: one script for everything. `./build.sh VERB`; build.ps1 has the same verbs.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

launcher=$PWD/artifacts/bin/streamactors
hosts_tests=artifacts/bin/StreamActors.Hosts.Tests/release/StreamActors.Hosts.Tests

# Debian packages. The server itself needs fuse3 only where it is not root (fusermount3).
demo_packages=(fuse3)
test_packages=(fuse3 acl attr etcd-server faketime git iproute2 kcat nftables python3 rsync sqlite3 strace util-linux)
cluster_packages=(etcd-server fuse3 iproute2 kcat)
bench_packages=(etcd-server fuse3 gcc kcat libc6-dev libfuse3-dev pkg-config)

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB

  build    compile; leaves the launcher at artifacts/bin/streamactors
  demo     set up, build, mount a small directory, show it, unmount it
  cluster  set up, build, start etcd and three members with three mounts on this machine,
           kill the owner of what is tailed, show that the tail goes on, stop all
  test     set up, build, run all tests; the last line counts them
  hosts    set up, build, run only the tests of hosts: members in network namespaces that are killed, frozen and cut off
  simulate build, run the simulation of hosts: simulate [TIMES] [FIRST], so many times the seeds of a test run, from
           the first one on; a failure tells its seed, which STREAMACTORS_SEED=SEED runs again
  bench    set up, build, measure beside the peers: bench [files|streams|logs|kafka|cluster|all] [NAME]
  format   rewrite the sources in the project's format
  clean    remove everything that was built

demo, cluster, test and bench install the Debian packages that they need, as root or through sudo.
TEXT
}

need() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing Debian packages: ${missing[*]}"
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

build() {
  dotnet publish src/Host/StreamActors.Host.csproj --configuration Release --verbosity quiet
  mkdir -p artifacts/bin
  ln -sfn ../publish/StreamActors.Host/release_linux-x64/streamactors "$launcher"
}

show() { printf '\n$ %s\n' "$*"; bash -c "$*" || true; }

demo() {
  need "${demo_packages[@]}"
  build
  home=$PWD/artifacts/demo
  mkdir -p "$home/source" "$home/mnt"
  echo 'an ordinary file' >"$home/source/notes.txt"
  cat >"$home/source/data.dir" <<'JSON'
[
  { "topic": "23", "messages": ["twenty", "three", "messages", "come", "one", "each", "second", "and", "then", "no", "more"] },
  { "topic": "films", "messages": [{ "title": "Metropolis", "year": 1927 }, { "title": "Nosferatu", "year": 1922 }] }
]
JSON
  "$launcher" mount "$home/source" "$home/mnt" --daemon
  trap '"$launcher" umount "$home/mnt"' EXIT
  cd "$home"
  show ls -l source
  show ls -lR mnt
  show cat mnt/notes.txt
  show timeout 5 tail -f mnt/data.dir/23/0
  show cat mnt/data.dir/23/0
  show cat mnt/data.dir/films/0
  cd - >/dev/null
  trap - EXIT
  show "$launcher" umount "$home/mnt"
  cat <<TEXT

To go on by hand:

  $launcher mount $home/source $home/mnt --daemon
  tail -f $home/mnt/data.dir/23/0        # polls once a second, as tail does
  cat $home/mnt/data.dir/23/.follow/0    # waits for each message
  $launcher umount $home/mnt

TEXT
}

# One machine stands for three hosts. Messages are in Kafka: in that of KAFKA_BOOTSTRAP_SERVERS, which needs a topic
# called films, or in librdkafka's mock of a broker, which kcat starts.
cluster() {
  need "${cluster_packages[@]}"
  build
  home=$PWD/artifacts/cluster pids=() servers=()
  rm -rf "$home"
  mkdir -p "$home"
  cd "$home"
  trap stop_cluster EXIT
  (umask 077 && head -c 32 /dev/urandom | base64 >secret)
  etcd --data-dir etcd --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 \
    --listen-peer-urls http://127.0.0.1:12380 --initial-advertise-peer-urls http://127.0.0.1:12380 \
    --initial-cluster default=http://127.0.0.1:12380 >etcd.log 2>&1 &
  pids+=($!)
  brokers=${KAFKA_BOOTSTRAP_SERVERS:-}
  if [ -z "$brokers" ]; then
    kcat -C -q -t films -b mock -X test.mock.num.brokers=1 >kcat.log 2>&1 &
    pids+=($!)
    until brokers=$(ss -ltnpH | sed -n "s/.* \(127.0.0.1:[0-9]*\) .*pid=$!,.*/\1/p" | head -n 1) && [ -n "$brokers" ]; do sleep 0.1; done
  fi
  local name
  for name in 1 2 3; do member "$name"; done
  show ls mnt1/kafka/films
  show 'echo "one, written on 1" >> mnt1/kafka/films/0'
  for name in 1 2 3; do
    cat "mnt$name/kafka/films/.follow/0" >"tail$name" 2>/dev/null &
    pids+=($!)
  done
  until [ -s tail1 ] && [ -s tail2 ] && [ -s tail3 ]; do sleep 0.1; done
  local owner='' reader other
  for name in 1 2 3; do admin "$name" /cluster/shards/partitions | grep -q '"numEntities":[1-9]' && owner=$name; done
  reader=$((owner % 3 + 1)) other=$((reader % 3 + 1))
  printf '\nmember %s owns the partition; its server is killed, while the tail on %s goes on\n' "$owner" "$reader"
  kill -9 "${servers[owner - 1]}"
  show "echo 'two, written on $reader' >> mnt$reader/kafka/films/0"
  show "echo 'three, written on $other' >> mnt$other/kafka/films/0"
  until [ "$(wc -l <"tail$reader")" -ge 3 ]; do sleep 0.1; done
  show "cat tail$reader    # what the tail got"
  printf '\n$ GET /cluster/members\n%s\n' "$(admin "$reader" /cluster/members)"
}

# member NUMBER: mounts at mntNUMBER as a member, in the background.
member() {
  mkdir "mnt$1"
  cat >"$1.conf" <<CONF
cluster {
  name = demo, member = host$1, data = $home/data$1, secret-file = $home/secret, etcd.endpoints = "http://127.0.0.1:12379"
  listen = "127.0.0.1:1855$1", admin.listen = "127.0.0.1:1856$1"
}
volumes { "/" { type = kafka, bootstrap-servers = "$brokers" } }
CONF
  "$launcher" mount "mnt$1" --config "$1.conf" >"$1.out" 2>"$1.log" &
  servers+=($!)
  until [ -s "$1.out" ]; do kill -0 "$!" 2>/dev/null || { cat "$1.log"; return 1; }; sleep 0.1; done
  cat "$1.out"
  until admin "$1" /ready | grep -q OK; do sleep 0.1; done
}

# admin NUMBER PATH: asks a member's HTTP API.
admin() {
  exec 3<>"/dev/tcp/127.0.0.1/1856$1"
  printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3
  sed '1,/^\r$/d' <&3
  exec 3>&-
}

stop_cluster() {
  local mount
  # Members leave while etcd is still there.
  kill "${servers[@]}" 2>/dev/null || true
  wait "${servers[@]}" 2>/dev/null || true
  kill "${pids[@]}" 2>/dev/null || true
  wait
  for mount in mnt1 mnt2 mnt3; do "$launcher" umount "$mount" 2>/dev/null || true; done
}

# Each test project is a program of its own; their summary lines are added up. Those of hosts come last: they take both processors.
run_tests() {
  local log=artifacts/tests.log program programs=() status=0
  : >"$log"
  for program in artifacts/bin/*.Tests/release/*.Tests; do
    [ "$program" = "$hosts_tests" ] || programs+=("$program")
  done
  for program in "${programs[@]}" "$hosts_tests"; do
    echo "== $(basename "$program")"
    # A shell in the background ignores SIGINT, and what it starts inherits that: tests that interrupt a reader would hang.
    LAUNCHER=$launcher env --default-signal=HUP,INT,QUIT "$program" -noLogo -noColor 2>&1 | tee -a "$log" || status=1
  done
  sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 \2 \3 \4/p' "$log" | awk -v status=$status '
    { failed += $2 + $3; skipped += $4; passed += $1 - $3 - $4 }
    END {
      if (status && !failed) failed = 1
      line = passed " passed, " failed " failed"
      if (skipped) line = line ", " skipped " skipped"
      print line
      exit failed > 0 || passed == 0
    }'
}

case "${1:-}" in
  build) build ;;
  demo) demo ;;
  cluster) cluster ;;
  test)
    need "${test_packages[@]}"
    dotnet build StreamActors.sln --configuration Release --verbosity quiet
    build
    run_tests
    ;;
  hosts)
    need "${test_packages[@]}"
    dotnet build tests/Hosts/StreamActors.Hosts.Tests.csproj --configuration Release --verbosity quiet
    build
    LAUNCHER=$launcher env --default-signal=HUP,INT,QUIT "$hosts_tests" -noLogo -noColor
    ;;
  simulate)
    dotnet build tests/Simulation/StreamActors.Simulation.Tests.csproj --configuration Release --verbosity quiet
    STREAMACTORS_SEEDS=${2:-10} STREAMACTORS_FIRST=${3:-0} \
      artifacts/bin/StreamActors.Simulation.Tests/release/StreamActors.Simulation.Tests -noLogo -noColor
    ;;
  bench)
    need "${bench_packages[@]}"
    build
    dotnet build tests/Benchmarks/StreamActors.Benchmarks.csproj --configuration Release --verbosity quiet
    artifacts/bin/StreamActors.Benchmarks/release/StreamActors.Benchmarks "$launcher" "${@:2}"
    ;;
  format) dotnet format StreamActors.sln ;;
  clean) rm -rf artifacts ;;
  *) usage; exit 2 ;;
esac
