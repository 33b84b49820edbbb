using Xunit;

namespace StreamActors.Mounted.Overlay;

/// <summary>A mount by an ordinary user, through fusermount3.</summary>
public sealed class NonRootTests
{
    [Fact]
    public async Task Overlay_OfAnOrdinaryUser_PassesItsFilesThrough()
    {
        if ((await Shell.Run($"setpriv --reuid=nobody --regid=nogroup --clear-groups test -x '{Launcher.Program}'")).Exit != 0)
            Assert.Skip("the launcher is where other users can't run it");
        // In a mount namespace of its own, where /dev/fuse is open to all, as it is on a machine with udev.
        var result = await Shell.RunProgram("unshare", ["-m", "bash", "-c", Script, Launcher.Program, Operations]);
        Assert.Contains("mounted /", result.Output, StringComparison.Ordinal);
        Assert.Equal("done 0", result.Succeeded.TrimEnd().Split('\n')[^1]);
    }

    private const string Script =
        """
        set -e
        home=$(mktemp -d) && mkdir $home/source $home/mnt && mknod $home/fuse c 10 229 && chmod 666 $home/fuse && mount --bind $home/fuse /dev/fuse
        chown -R nobody:nogroup $home
        user() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=$home "$@"; }
        cd $home
        exec 3< <(exec setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=$home "$0" mount $home/source $home/mnt & echo $!; wait $!; echo ended $?)
        read -r server <&3; read -r line <&3; echo "$line"
        user python3 -c "$1" $home/mnt
        kill $server; read -r _ status <&3
        ! mountpoint -q $home/mnt && rm -rf $home/source $home/mnt && echo "done $status"
        """;

    private const string Operations =
        """
        import ctypes, errno, fcntl, mmap, os, subprocess, sys
        os.chdir(sys.argv[1])
        with open('a', 'w') as f: f.write('hi')
        assert open('a').read() == 'hi' and os.stat('a').st_uid == os.getuid()
        os.umask(0o027); os.mkdir('d', 0o777); assert os.stat('d').st_mode & 0o7777 == 0o750
        f = os.open('t', os.O_CREAT | os.O_RDWR, 0o400); os.write(f, b'12345'); os.ftruncate(f, 2); os.fchmod(f, 0); os.ftruncate(f, 1); assert os.fstat(f).st_size == 1
        os.link('a', 'b'); os.symlink('a', 'l'); os.rename('b', 'c'); assert sorted(os.listdir('.')) == ['a', 'c', 'd', 'l', 't']
        os.setxattr('a', 'user.x', b'1'); assert os.getxattr('a', 'user.x') == b'1'; os.utime('a', ns=(1, 2)); assert os.stat('a').st_mtime_ns == 2
        try: os.chown('a', 0, 0)
        except PermissionError: pass
        else: raise AssertionError('chown to root')
        t = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600); os.write(t, b'tmp')
        assert ctypes.CDLL(None).linkat(-100, f'/proc/self/fd/{t}'.encode(), -100, b'named', 0x400) == 0 and open('named').read() == 'tmp'
        fcntl.flock(t, fcntl.LOCK_EX); fcntl.lockf(t, fcntl.LOCK_EX); os.mkfifo('p'); os.posix_fallocate(t, 0, 5000)
        with mmap.mmap(t, 5000) as shared: shared[0:3] = b'MAP'
        assert open('named').read()[:3] == 'MAP' and os.access('t', os.F_OK) and not os.access('t', os.R_OK)
        h = open('a'); os.unlink('a'); assert h.read() == 'hi' and os.fstat(h.fileno()).st_nlink == 1
        subprocess.run(['sh', '-ec', 'git init -q r; cd r; git -c user.email=a -c user.name=a commit -q --allow-empty -m x; rm -rf ../r'], check=True)
        """;
}
