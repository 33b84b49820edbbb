#!/usr/bin/env bash
# StreamActors: one script for everything. `./build.sh VERB`; build.ps1 has the same verbs.
set -euo pipefail
cd "$(dirname "$0")"

launcher=artifacts/bin/streamactors

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB

  build    compile; leaves the launcher at artifacts/bin/streamactors
  demo     set up, build, mount a small directory, show it and unmount it
  test     set up, build, run all tests; the last line counts them
  bench    set up, build, measure beside the peers
  format   rewrite the sources in the project's format
  clean    remove everything that was built
TEXT
}

build() {
  dotnet publish src/Host/StreamActors.Host.csproj --configuration Release --verbosity quiet -nologo
  mkdir -p artifacts/bin
  ln -sfn ../publish/StreamActors.Host/release_linux-x64/streamactors "$launcher"
}

case "${1:-}" in
  build) build ;;
  format) dotnet format StreamActors.sln ;;
  clean) rm -rf artifacts ;;
  *) usage; exit 2 ;;
esac
