using Xunit;

namespace StreamActors.Mounted;

/// <summary>
/// Runs a <c>bash</c> script in a mount namespace of its own, whose <c>/dev/fuse</c> all users may open as on any Debian.
/// Nothing that the script mounts, hides or leaves behind is seen outside. It starts in an empty tmpfs with directories
/// <c>src</c> and <c>mnt</c>, and types <c>streamactors</c> as a user does.
/// </summary>
internal static class Sandbox
{
    private const int SkipStatus = 77;
    private const int ShownLines = 25;

    private const string Prelude =
        """
        exec 9>&2 </dev/null; BASH_XTRACEFD=9
        set -euxo pipefail
        LAUNCHER=$1 HOME=$2 TMPDIR=/tmp
        PATH=$HOME/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        fail() { echo "line ${BASH_LINENO[*]}: $*" >&2; exit 1; }
        trap 'fail "$BASH_COMMAND"' ERR
        set -o errtrace
        clean() {
          set +ex; trap - ERR
          kill $(jobs -p) 2>/dev/null
          cd /
          awk -v home="$HOME/" 'index($5, home) == 1 { print $5 }' /proc/self/mountinfo | while read -r path; do umount -l "$(printf '%b' "$path")"; done
          umount -l /dev/fuse "$HOME"
        } 2>/dev/null
        trap clean EXIT
        mount -t tmpfs -o mode=755 sandbox "$HOME"
        cd "$HOME"
        mknod -m 666 fuse c 10 229
        mount --bind fuse /dev/fuse
        mkdir bin src mnt
        ln -s "$LAUNCHER" bin/streamactors

        nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --'
        stranger='setpriv --reuid=1001 --regid=1001 --clear-groups --'

        # Makes sure that the user nobody can run the program, and owns src and mnt.
        for_nobody() {
          if ! $nobody streamactors --version >out 2>&1; then
            cp -rL "$(dirname "$(readlink -f "$LAUNCHER")")" program
            ln -sfn ../program/streamactors bin/streamactors
            $nobody streamactors --version >out 2>&1 || { echo "the user nobody can't run .NET: $(head -n 1 out)" >&2; exit 77; }
          fi
          chown 65534:65534 src mnt
        }
        # refused STATUS TEXT COMMAND…: ends with STATUS, and says one line on standard error that holds TEXT.
        refused() {
          local status=$1 text=$2 got=0
          shift 2
          "$@" >out 2>err || got=$?
          [ "$got" = "$status" ] || fail "$* gave $got: $(cat out err)"
          [ ! -s out ] || fail "$* printed $(cat out)"
          [ "$(wc -l <err)" = 1 ] || fail "$* said $(cat err)"
          grep -qF -- "$text" err || fail "$* said $(cat err)"
          not mounted mnt
        }
        # fails TEXT COMMAND…: fails, and says TEXT among other things.
        fails() {
          local text=$1
          shift
          if "$@" >out 2>err; then fail "$* gave 0: $(cat out)"; fi
          grep -qF -- "$text" err || fail "$* said $(cat err)"
        }
        mounted() { grep -q " $HOME/$1 " /proc/self/mountinfo; }
        not() { if "$@"; then fail "$* gave 0"; fi; }
        is() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }
        # up [AS] SOURCE MOUNTPOINT [OPTION…]: mounts in the background.
        up() { "$@" --daemon >out || fail "$(cat out)"; is "$(wc -l <out)" 1; }
        # serve COMMAND…: mounts in the foreground, as process $server; its log is in the file log.
        serve() {
          rm -f said; mkfifo said
          "$@" >said 2>log &
          server=$!
          exec 3<said
          IFS= read -r -u 3 line || fail "$(cat log)"
        }
        # ended STATUS: waits for the end of the server.
        ended() { local got=0; wait "$server" || got=$?; is "$got" "$1"; }
        # awaits PID: waits until a process waits for the answer of a file system.
        awaits() { until grep -q request_wait "/proc/$1/wchan"; do [ -d "/proc/$1" ] || fail "process $1 ended"; done; }
        # holds FILE [AS]: keeps a file of the mount open, as process $holder.
        holds() {
          local file=$1
          shift
          rm -f held; mkfifo held
          "$@" sh -c 'exec 3<"$0"; echo open; exec sleep infinity' "$file" >held & holder=$!
          read -r line <held
        }
        lets_go() { kill $holder; not wait $holder; }
        stream() { echo '[{"topic":"t","messages":["one","two"]}]' >src/data.dir; }

        """;

    private static readonly Lazy<Task<ShellResult>> Possible = new(() => Shell.RunProgram("unshare", ["--mount", "true"]));

    /// <summary>Runs a script; fails where a command in it does.</summary>
    /// <param name="script">The script.</param>
    public static async Task Run(string script)
    {
        Assert.SkipWhen((await Possible.Value).Exit != 0, "no permission for a mount namespace: run the tests as root");
        var home = Directory.CreateTempSubdirectory("streamactors-test-");
        File.SetUnixFileMode(home.FullName, (UnixFileMode)0x1ED);
        ShellResult result;
        try
        {
            result = await Shell.RunProgram("timeout", ["--kill-after=1", "50", "unshare", "--mount", "--propagation", "private", "bash", "-c", Prelude + script, "sandbox", Launcher.Program, home.FullName]);
        }
        finally
        {
            home.Delete();
        }
        Assert.SkipWhen(result.Exit == SkipStatus, result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.True(result.Exit == 0, $"exit {result.Exit}\n{result.Output}{string.Join('\n', result.Error.Split('\n').TakeLast(ShownLines))}");
    }
}
