using Xunit;

namespace StreamActors.Mounted.Overlay;

public sealed class LockTests(MountedOverlay overlay) : OverlayTest(overlay), IClassFixture<MountedOverlay>
{
    private const string Helpers =
        """
        def child(f):
            # Runs f with two pipes: f(say, hear); gives the child, and hear and say for the parent.
            up, down = os.pipe(), os.pipe()
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    f(lambda: os.write(up[1], b'.'), lambda: os.read(down[0], 1)); code = 0
                except BaseException:
                    traceback.print_exc()
                finally:
                    sys.stderr.flush(); os._exit(code)
            return pid, lambda: os.read(up[0], 1), lambda: os.write(down[1], b'.')
        def ended(pid): equal(os.waitpid(pid, 0)[1], 0)
        def lockf(f, kind, start=0, length=0, command=fcntl.F_SETLK):
            return fcntl.fcntl(f, command, struct.pack('hhqqi4x', kind, 0, start, length, 0))
        def getlk(f, kind, start=0, length=0, command=fcntl.F_GETLK):
            return struct.unpack('hhqqi4x', fcntl.fcntl(f, command, struct.pack('hhqqi4x', kind, 0, start, length, 0)))
        OFD_GETLK, OFD_SETLK, OFD_SETLKW = 36, 37, 38
        write('f', b'x' * 100)

        """;

    [Theory]
    [InlineData("m")]
    [InlineData("s")]
    public Task Flock_HeldByAnother_IsRefusedAndWaitedFor(string other) => Python(Helpers + $"other = {other}\n" +
        """
        def holder(say, hear):
            f = open(other + '/f'); fcntl.flock(f, fcntl.LOCK_EX); say(); hear()
        pid, hear, say = child(holder); hear()
        f = open('f')
        fails(errno.EAGAIN, fcntl.flock, f, fcntl.LOCK_SH | fcntl.LOCK_NB)
        say(); fcntl.flock(f, fcntl.LOCK_EX); ended(pid)
        fcntl.flock(f, fcntl.LOCK_UN); g = open('f'); fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB)
        g.close(); h = open('f'); fcntl.flock(h, fcntl.LOCK_SH); fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)
        """);

    [Fact]
    public Task Lock_RightAfterAnotherClosed_IsNotRefused() => Python(Helpers +
        """
        f = open('f', 'r+')
        for i in range(500):
            g = open('f', 'r+'); fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB); lockf(g, fcntl.F_WRLCK, 0, 9, OFD_SETLK); g.close()
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); lockf(f, fcntl.F_WRLCK, 5, 9, OFD_SETLK)
            fcntl.flock(f, fcntl.LOCK_UN); lockf(f, fcntl.F_UNLCK, 0, 0, OFD_SETLK)
        """);

    [Theory]
    [InlineData("m")]
    [InlineData("s")]
    public Task PosixLock_HeldByAnother_IsRefusedAndWaitedFor(string other) => Python(Helpers + $"other = {other}\n" +
        """
        def holder(say, hear):
            f = open(other + '/f', 'r+'); lockf(f, fcntl.F_WRLCK, 10, 20); say(); hear(); lockf(f, fcntl.F_UNLCK, 10, 20); say(); hear()
        pid, hear, say = child(holder); hear()
        f = open('f', 'r+')
        for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK): fails(errno.EAGAIN, lockf, f, kind, 15, 1)
        lockf(f, fcntl.F_WRLCK, 0, 10); lockf(f, fcntl.F_RDLCK, 30, 0)
        kind, whence, start, length, owner = getlk(f, fcntl.F_RDLCK)
        equal((kind, start, length, owner), (fcntl.F_WRLCK, 10, 20, pid))
        say(); lockf(f, fcntl.F_WRLCK, 0, 0, fcntl.F_SETLKW); hear()
        equal(getlk(f, fcntl.F_WRLCK)[0], fcntl.F_UNLCK)
        say(); ended(pid)
        """);

    [Fact]
    public Task PosixLock_IsSeenInSource_WithoutDelay() => Python(Helpers +
        """
        f = open('f', 'r+'); lockf(f, fcntl.F_WRLCK, 5, 5)
        def outside(say, hear):
            g = open(s + '/f', 'r+'); fails(errno.EAGAIN, lockf, g, fcntl.F_WRLCK); lockf(g, fcntl.F_WRLCK, 10, 0); lockf(g, fcntl.F_UNLCK)
        pid, _, _ = child(outside); ended(pid)
        """);

    [Fact]
    public Task PosixLocks_AtAnyCloseOfTheProcess_End() => Python(Helpers +
        """
        f = open('f', 'r+'); lockf(f, fcntl.F_WRLCK); open('f').close()
        def free(say, hear): lockf(open('f', 'r+'), fcntl.F_WRLCK)
        pid, _, _ = child(free); ended(pid)
        def dies(say, hear):
            g = open('f', 'r+'); lockf(g, fcntl.F_WRLCK); say(); signal.pause()
        pid, hear, _ = child(dies); hear(); fails(errno.EAGAIN, lockf, f, fcntl.F_RDLCK)
        os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0); lockf(f, fcntl.F_WRLCK, 0, 0, fcntl.F_SETLKW)
        """);

    [Fact]
    public Task PosixLocks_OfOneProcess_MergeAndSplit() => Python(Helpers +
        """
        f, g = open('f', 'r+'), open('f', 'r+')
        lockf(f, fcntl.F_RDLCK, 0, 50); lockf(g, fcntl.F_WRLCK, 10, 10); lockf(f, fcntl.F_UNLCK, 30, 5)
        def look(say, hear):
            h = open('f', 'r+')
            equal(getlk(h, fcntl.F_RDLCK)[:4], (fcntl.F_WRLCK, 0, 10, 10)); lockf(h, fcntl.F_RDLCK, 0, 10); lockf(h, fcntl.F_WRLCK, 30, 5)
            fails(errno.EAGAIN, lockf, h, fcntl.F_WRLCK, 35, 15)
            equal(getlk(h, fcntl.F_WRLCK, 35, 1)[4], os.getppid())
        pid, _, _ = child(look); ended(pid)
        fails(errno.EBADF, lockf, open('f'), fcntl.F_WRLCK); fails(errno.EBADF, lockf, open('f', 'a'), fcntl.F_RDLCK)
        """);

    [Fact]
    public Task OpenFileDescriptionLocks_EndWithTheirFile() => Python(Helpers +
        """
        f, g = open('f', 'r+'), open('f', 'r+')
        lockf(f, fcntl.F_WRLCK, 0, 10, OFD_SETLK); fails(errno.EAGAIN, lockf, g, fcntl.F_WRLCK, 5, 10, OFD_SETLK)
        equal(getlk(g, fcntl.F_WRLCK, 0, 0, OFD_GETLK)[:1], (fcntl.F_WRLCK,))
        f.close(); lockf(g, fcntl.F_WRLCK, 5, 10, OFD_SETLKW)
        """);

    [Theory]
    [InlineData("fcntl.flock(f, fcntl.LOCK_EX)")]
    [InlineData("lockf(f, fcntl.F_WRLCK, 0, 0, fcntl.F_SETLKW)")]
    public Task Wait_ForALock_EndsWithASignal(string wait) => Python(Helpers +
        """
        holder = open(s + '/f', 'r+'); fcntl.flock(holder, fcntl.LOCK_EX); lockf(holder, fcntl.F_WRLCK, 0, 0, OFD_SETLK)
        class Signalled(Exception): pass
        def waiter(say, hear):
            def caught(*_): raise Signalled()
            signal.signal(signal.SIGUSR1, caught)
            f = open('f', 'r+'); say()
            try:
                WAIT
            except Signalled:
                return
            raise AssertionError('got the lock')
        pid, hear, say = child(waiter); hear()
        # The waiter is in the server when its state is a sleep that a request makes.
        while 'request_wait_answer' not in open(f'/proc/{pid}/wchan').read() and open(f'/proc/{pid}/wchan').read() != '0': pass
        until = time.time() + 20
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            os.kill(pid, signal.SIGUSR1); assert time.time() < until
        fcntl.flock(holder, fcntl.LOCK_UN); lockf(holder, fcntl.F_UNLCK, 0, 0, OFD_SETLK)
        f = open('f', 'r+'); fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); lockf(f, fcntl.F_WRLCK)
        """.Replace("WAIT", wait));

    [Fact]
    public Task FlockProgram_SerializesItsCommands() => Python(
        """
        script = 'for i in 1 2 3 4 5; do flock lock sh -c "n=\\$(cat count 2>/dev/null || echo 0); echo \\$((n + 1)) > count"; done'
        children = [subprocess.Popen(['sh', '-c', script]) for i in range(4)]
        for c in children: equal(c.wait(), 0)
        equal(read(s + '/count'), b'20\n')
        """);
}
