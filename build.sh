#!/usr/bin/env bash
# StreamActors: one script for everything. `./build.sh VERB`; build.ps1 has the same verbs.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

launcher=$PWD/artifacts/bin/streamactors

# Debian packages. The server itself needs fuse3 only where it is not root (fusermount3).
demo_packages=(fuse3)
test_packages=(fuse3 acl attr etcd-server git kcat python3 rsync sqlite3 strace util-linux)
bench_packages=(fuse3 gcc kcat libc6-dev libfuse3-dev pkg-config)

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB

  build    compile; leaves the launcher at artifacts/bin/streamactors
  demo     set up, build, mount a small directory, show it, unmount it
  test     set up, build, run all tests; the last line counts them
  bench    set up, build, measure beside the peers: bench [files|streams|logs|kafka|all] [NAME]
  format   rewrite the sources in the project's format
  clean    remove everything that was built

demo, test and bench install the Debian packages that they need, as root or through sudo.
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
  show() { printf '\n$ %s\n' "$*"; bash -c "$*" || true; }

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

# Each test project is a program of its own; their summary lines are added up.
run_tests() {
  local log=artifacts/tests.log program status=0
  : >"$log"
  for program in artifacts/bin/*.Tests/release/*.Tests; do
    echo "== $(basename "$program")"
    # A shell in the background ignores SIGINT, and what it starts inherits that: tests that interrupt a reader would hang.
    LAUNCHER=$launcher env --default-signal=INT,QUIT "$program" -noLogo -noColor 2>&1 | tee -a "$log" || status=1
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
  test)
    need "${test_packages[@]}"
    dotnet build StreamActors.sln --configuration Release --verbosity quiet
    build
    run_tests
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
