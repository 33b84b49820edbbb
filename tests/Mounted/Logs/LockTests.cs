using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>Locks on files of streams hold among the processes of a mount.</summary>
public sealed class LockTests(MountedLog log) : IClassFixture<MountedLog>
{
    private const string Helpers =
        """
        import fcntl
        def child(f):
            # Runs f with two pipes: f(say, hear); gives the child, and hear and say for the parent.
            up, down = os.pipe(), os.pipe()
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    f(lambda: os.write(up[1], b'.'), lambda: os.read(down[0], 1)); code = 0
                finally:
                    sys.stderr.flush(); os._exit(code)
            return pid, lambda: os.read(up[0], 1), lambda: os.write(down[1], b'.')
        def ended(pid): equal(os.waitpid(pid, 0)[1], 0)
        def range_lock(f, kind, start, length, command=fcntl.F_SETLK):
            return struct.unpack('hhqqi4x', fcntl.fcntl(f, command, struct.pack('hhqqi4x', kind, 0, start, length, 0)))

        """;

    [Fact]
    public async Task Flock_OfAShell_KeepsOthersOutAndLetsThemInLater()
    {
        var topic = await log.NewTopic();
        await topic.Run("for i in $(seq 20); do flock 0 sh -c 'read n < n 2>/dev/null; tail -n 1 0 | { read n; echo $(( ${n:-0} + 1 )) >> 0; }' & done; wait");
        Assert.Equal("20\n", (await topic.Run("tail -n 1 0")).Succeeded);
        Assert.Equal("busy\n", (await topic.Run("exec 9>>0; flock 9; flock -n 0 true || echo busy; flock -u 9; flock -n 0 true")).Succeeded);
        Assert.Equal("busy\n", (await topic.Run("exec 9<.follow/0; flock -s 9; flock -s -n .follow/0 true; flock -n .follow/0 true || echo busy")).Succeeded);
    }

    [Fact]
    public async Task PosixLocks_OfRanges_HoldAndEndAsLocally()
    {
        var topic = await log.NewTopic();
        await topic.Python(Helpers +
            """
            writer = os.open('0', APPEND)
            def holder(say, hear):
                f = os.open('0', APPEND)
                range_lock(f, fcntl.F_WRLCK, 10, 20); say(); hear()
                range_lock(f, fcntl.F_UNLCK, 15, 5); say(); hear()
                os.close(os.open('0', os.O_RDONLY)); say(); hear()
            pid, hear, say = child(holder); hear()
            equal(error(range_lock, writer, fcntl.F_WRLCK, 15, 1), 'EAGAIN')
            equal(error(fcntl.lockf, writer, fcntl.LOCK_EX | fcntl.LOCK_NB), 'EAGAIN')
            range_lock(writer, fcntl.F_WRLCK, 0, 10)
            kind, _, start, length, owner = range_lock(writer, fcntl.F_WRLCK, 0, 0, fcntl.F_GETLK)
            equal((kind, start, length, owner), (fcntl.F_WRLCK, 10, 20, pid))
            say(); hear()
            range_lock(writer, fcntl.F_WRLCK, 15, 5)
            equal(error(range_lock, writer, fcntl.F_WRLCK, 20, 5), 'EAGAIN')
            say(); hear()
            # By POSIX any close of the file ends the locks of its process.
            range_lock(writer, fcntl.F_WRLCK, 20, 5)
            say(); ended(pid)
            """);
    }

    [Fact]
    public async Task DescriptionLocks_AreOfTheOpenFile_AndEndWithItsLastDescriptor()
    {
        var topic = await log.NewTopic();
        await topic.Python(Helpers +
            """
            GET, SET, SETW = 36, 37, 38  # F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW
            one, other = os.open('0', APPEND), os.open('0', APPEND)
            range_lock(one, fcntl.F_WRLCK, 10, 20, SET)
            # Of one process, and of two open files; nobody is told whose it is.
            equal(error(range_lock, other, fcntl.F_WRLCK, 15, 1, SET), 'EAGAIN')
            equal(error(range_lock, other, fcntl.F_WRLCK, 15, 1), 'EAGAIN')
            equal(range_lock(other, fcntl.F_WRLCK, 0, 0, GET), (fcntl.F_WRLCK, 0, 10, 20, -1))
            range_lock(other, fcntl.F_WRLCK, 0, 10, SET); range_lock(one, fcntl.F_UNLCK, 15, 5, SET); range_lock(other, fcntl.F_WRLCK, 15, 5, SET)
            # A close of another open file, or of a copy, ends nothing; a child shares it.
            copy = os.dup(one); os.close(os.open('0', os.O_RDONLY)); os.close(one)
            equal(error(range_lock, other, fcntl.F_WRLCK, 25, 1, SET), 'EAGAIN')
            def sharer(say, hear):
                range_lock(copy, fcntl.F_WRLCK, 10, 5, SET); say(); hear()
            pid, hear, say = child(sharer); hear(); os.close(copy)
            equal(error(range_lock, other, fcntl.F_WRLCK, 25, 1, SET), 'EAGAIN')
            def waiter(say, hear):
                file = os.open('0', APPEND); say(); range_lock(file, fcntl.F_WRLCK, 25, 1, SETW); say()
            waiting, waiter_hear, _ = child(waiter); waiter_hear()
            say(); ended(pid); waiter_hear(); ended(waiting)
            range_lock(other, fcntl.F_WRLCK, 0, 0, SETW)
            """);
    }

    [Fact]
    public async Task Lock_RightAfterAnotherClosed_IsNotRefused()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            import fcntl
            f = os.open('0', APPEND)
            for i in range(500):
                g = os.open('0', APPEND); fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB); os.write(g, b'x\n'); os.close(g)
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); fcntl.flock(f, fcntl.LOCK_UN)
            """);
    }

    [Fact]
    public async Task Waiter_GetsTheLockWhenItsHolderDies_OrIsInterrupted()
    {
        var topic = await log.NewTopic();
        await topic.Python(Helpers +
            """
            def holder(say, hear):
                f = os.open('0', APPEND); fcntl.lockf(f, fcntl.LOCK_EX); g = os.open('.json/0', os.O_RDONLY); fcntl.flock(g, fcntl.LOCK_EX)
                say(); hear(); time.sleep(60)
            pid, hear, say = child(holder); hear()
            def waiter(say, hear):
                g = os.open('.json/0', os.O_RDONLY); say(); fcntl.flock(g, fcntl.LOCK_EX); say()
            other, other_hear, _ = child(waiter); other_hear()
            def interrupted(*_): raise InterruptedError()
            signal.signal(signal.SIGALRM, interrupted); signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
            f = os.open('0', APPEND)
            try:
                fcntl.lockf(f, fcntl.LOCK_EX); raise AssertionError('it was locked')
            except InterruptedError:
                signal.setitimer(signal.ITIMER_REAL, 0)
            os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)
            fcntl.lockf(f, fcntl.LOCK_EX); other_hear(); ended(other)
            """);
    }
}
