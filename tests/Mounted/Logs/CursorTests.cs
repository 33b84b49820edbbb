using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>Named cursors are at-least-once (promise 7).</summary>
public sealed class CursorTests(MountedLog log) : IClassFixture<MountedLog>
{
    [Fact]
    public async Task Reader_ThatComesBackForMore_HasAcknowledged()
    {
        var topic = await log.NewTopic();
        var result = await topic.Run("seq 1 5 >> 0; mkdir .cursors/c; cat .cursors/c/0; echo --; cat .cursors/c/0; echo --; seq 6 7 >> 0; cat .cursors/c/0; getfattr --only-values -n user.streamactors.offset .cursors/c/0; ls .cursors; ls -a | wc -l; rmdir .cursors/c; ls .cursors");
        Assert.Equal("1\n2\n3\n4\n5\n--\n--\n6\n7\n7c\n3\n", result.Succeeded);
    }

    [Fact]
    public async Task Reader_ThatIsClosedOrKilled_HasNotAcknowledgedItsLastRead()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            os.write(os.open('0', APPEND), b'one\ntwo\nthree\n')
            os.mkdir('.cursors/c')
            path = '.cursors/c/0'
            fd = os.open(path, os.O_RDONLY)
            equal(os.read(fd, 100), b'one\ntwo\nthree\n')
            os.close(fd)
            fd = os.open(path, os.O_RDONLY)
            equal(os.read(fd, 6), b'one\ntw')
            equal(os.read(fd, 4), b'o\nth')
            os.close(fd)
            child = subprocess.Popen([sys.executable, '-c', f'import os, sys, time; fd = os.open("{path}", os.O_RDONLY); print(os.read(fd, 100), flush=True); time.sleep(60)'], stdout=subprocess.PIPE)
            equal(child.stdout.readline(), b"b'two\\nthree\\n'\n")
            equal(error(os.open, path, os.O_RDONLY), 'EBUSY')
            child.kill()
            child.wait()
            fd = os.open(path, os.O_RDONLY)
            equal(os.read(fd, 8), b'two\nthre')
            os.fsync(fd)
            os.close(fd)
            fd = os.open(path, os.O_RDONLY)
            equal(os.read(fd, 100), b'three\n')
            equal(os.read(fd, 100), b'')
            os.close(fd)
            equal(os.getxattr(path, 'user.streamactors.lag'), b'0')
            os.setxattr(path, 'user.streamactors.offset', b'-2')
            equal(read(path), b'two\nthree\n')
            """);
    }

    [Fact]
    public async Task File_OfACursor_HasNoPositions()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            os.write(os.open('0', APPEND), b'one\n')
            os.mkdir('.cursors/c')
            fd = os.open('.cursors/c/0', os.O_RDONLY)
            equal(error(os.lseek, fd, 0, os.SEEK_SET), 'ESPIPE')
            equal(error(os.pread, fd, 10, 0), 'ESPIPE')
            equal(os.fstat(fd).st_size, 0)
            equal(error(os.open, '.cursors/c/0', os.O_WRONLY), 'EACCES')
            equal(error(os.rmdir, '.cursors/c'), 'EBUSY')
            """);
    }

    [Fact]
    public async Task Read_LongerThanTheKernelAsksAtOnce_AcknowledgesNothingBeforeItReturns()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            with open('0', 'ab') as file:
                file.write(b''.join(b'%08d\n' % number for number in range(400_000)))
            os.mkdir('.cursors/c')
            fd = os.open('.cursors/c/0', os.O_RDONLY)
            assert len(os.read(fd, 3_600_000)) < 3_600_000
            equal(os.getxattr('.cursors/c/0', 'user.streamactors.offset'), b'0')
            os.close(fd)
            equal(read('.cursors/c/0'), read('0'))
            """);
    }

    [Fact]
    public async Task FollowedCursor_WaitsForMessagesOfItsForm()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            os.write(os.open('0', APPEND), b'one\n')
            os.mkdir('.cursors/c')
            fd = os.open('.follow/.cursors/c/.json/0', os.O_RDONLY)
            equal(json.loads(os.read(fd, 1000))['value'], 'one')
            threading.Timer(0.05, lambda: os.write(os.open('0', APPEND), b'two\n')).start()
            equal(json.loads(os.read(fd, 1000))['value'], 'two')
            equal(os.getxattr('.cursors/c/0', 'user.streamactors.offset'), b'1')
            signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(InterruptedError()))
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            try:
                os.read(fd, 1000)
                raise AssertionError('a message came')
            except InterruptedError:
                pass
            os.close(fd)
            equal(read('.cursors/c/0'), b'')
            """);
    }
}
