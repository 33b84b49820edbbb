using Xunit;

namespace StreamActors.Mounted.Overlay;

/// <summary>The data of ordinary files, whichever way it goes.</summary>
public abstract class DataTests(MountedOverlay overlay) : OverlayTest(overlay)
{
    [Fact]
    public Task ReadAndWrite_OfEverySizeAndPlace_AreThoseOfSource() => Python(
        """
        import random
        chance = random.Random(7)
        model = bytearray()
        f = os.open('f', os.O_RDWR | os.O_CREAT)
        for i in range(300):
            at, length = chance.randrange(0, 300_000), chance.choice((1, 100, 4096, 70_000))
            data = chance.randbytes(length)
            if chance.random() < .5:
                equal(os.pwrite(f, data, at), length)
                model.extend(bytes(max(0, at + length - len(model)))); model[at:at + length] = data
            else:
                equal(os.pread(f, length, at), bytes(model[at:at + length]))
        equal(read(s + '/f'), bytes(model)); equal(os.fstat(f).st_size, len(model))
        """);

    [Fact]
    public Task Append_OfManyProcesses_LosesNothing() => Python(
        """
        children = []
        for i in range(4):
            if (pid := os.fork()) == 0:
                f = os.open('f', os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                for j in range(200): os.write(f, b'%d-%03d\n' % (i, j))
                os._exit(0)
            children.append(pid)
        for pid in children: os.waitpid(pid, 0)
        equal(sorted(read(s + '/f').splitlines()), sorted(b'%d-%03d' % (i, j) for i in range(4) for j in range(200)))
        """);

    [Fact]
    public Task Append_SetAndClearedLater_IsFollowed() => Python(
        """
        write('f', b'12345')
        f = os.open('f', os.O_RDWR)
        fcntl.fcntl(f, fcntl.F_SETFL, os.O_APPEND); os.write(f, b'67'); equal(read(s + '/f'), b'1234567')
        fcntl.fcntl(f, fcntl.F_SETFL, 0); os.lseek(f, 0, 0); os.write(f, b'ab'); equal(read(s + '/f'), b'ab34567')
        """);

    [Fact]
    public Task Open_WithEveryFlag_DoesAsALocalFileSystem() => Python(
        """
        write('f', b'123')
        f = os.open('f', os.O_WRONLY | os.O_TRUNC); equal(os.stat('f').st_size, 0); os.write(f, b'4'); equal(read('f'), b'4')
        fails(errno.EBADF, os.read, f, 1)
        fails(errno.EBADF, os.write, os.open('f', os.O_RDONLY), b'x')
        fails(errno.ENOTDIR, os.open, 'f', os.O_RDONLY | os.O_DIRECTORY)
        fails(errno.EISDIR, os.open, '.', os.O_WRONLY)
        for flags in (os.O_SYNC, os.O_DSYNC, os.O_NOATIME, os.O_NONBLOCK, os.O_APPEND):
            g = os.open('f', os.O_RDWR | flags); os.write(g, b'y'); os.fsync(g); os.fdatasync(g); os.close(g)
        read('f'); os.utime('f', ns=(1, 2)); g = os.open('f', os.O_RDONLY | os.O_NOATIME); os.read(g, 1); equal(os.stat('f').st_atime_ns, 1)
        """);

    [Fact]
    public Task Write_LongerThanARequest_IsWhole() => Python(
        """
        data = os.urandom(3_000_001)
        for flags in (0, os.O_APPEND):
            f = os.open('f', os.O_RDWR | os.O_CREAT | os.O_TRUNC | flags)
            equal(os.write(f, data), len(data)); equal(os.write(f, data[:5]), 5)
            equal(read(s + '/f'), data + data[:5]); equal(os.pread(f, 2_000_000, 1_000_000), (data + data[:5])[1_000_000:3_000_000])
        """);

    [Fact]
    public Task Write_BeyondWhatMayBe_WritesWhatFits() => Python(
        """
        import resource
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
        f = os.open('f', os.O_WRONLY | os.O_CREAT)
        equal(os.write(f, b'x' * 3_000_000), 2_000_000); fails(errno.EFBIG, os.write, f, b'x')
        equal(read(s + '/f'), b'x' * 2_000_000)
        """);

    [Fact]
    public Task DirectIo_WithAlignedBuffers_ReadsAndWrites() => Python(
        """
        page = mmap.mmap(-1, 65536); page.write(bytes(range(256)) * 256)
        f = os.open('f', os.O_RDWR | os.O_CREAT | os.O_DIRECT)
        equal(os.writev(f, [page]), 65536); equal(read(s + '/f'), bytes(page[:]))
        into = mmap.mmap(-1, 4096); equal(os.preadv(f, [into], 8192), 4096); equal(into[:], page[8192:12288])
        g = os.open('f', os.O_RDONLY); equal(os.pread(g, 10, 100), page[100:110])
        """);

    [Fact]
    public Task Fallocate_OfEveryMode_ChangesSourceAlike() => Python(
        """
        KEEP, PUNCH, COLLAPSE, ZERO, INSERT = 1, 2, 8, 16, 32
        def fallocate(f, mode, at, length): call('fallocate', f, mode, ctypes.c_long(at), ctypes.c_long(length))
        f, g = os.open('f', os.O_RDWR | os.O_CREAT), os.open(s + '/g', os.O_RDWR | os.O_CREAT)
        for x in (f, g): os.write(x, bytes(range(256)) * 256)
        def both(*a):
            results = []
            for x in (f, g):
                try: fallocate(x, *a); results.append(0)
                except OSError as e: results.append(e.errno)
            equal(results[0], results[1]); equal(os.fstat(f).st_size, os.fstat(g).st_size); equal(read('f'), read(s + '/g'))
        both(0, 60_000, 20_000); both(KEEP, 100_000, 10_000); both(PUNCH | KEEP, 4096, 8192); both(ZERO, 20_000, 100); both(ZERO | KEEP, 90_000, 100)
        both(PUNCH, 0, 10); both(0, 0, 0); both(0, -1, 5); both(0x8000, 0, 1)
        # What moves the bytes behind it the kernel does not pass on, to any FUSE server.
        for mode in (COLLAPSE, INSERT): fails(errno.EOPNOTSUPP, fallocate, f, mode, 0, 4096)
        """);

    [Fact]
    public Task SeekDataAndHole_InASparseFile_FindThem() => Python(
        """
        f = os.open('f', os.O_RDWR | os.O_CREAT)
        os.ftruncate(f, 1 << 20); os.pwrite(f, b'x' * 4096, 262144)
        os.fsync(f)
        g = os.open(s + '/f', os.O_RDONLY)
        for at in (0, 262144, 263000, 300000):
            for whence in (os.SEEK_DATA, os.SEEK_HOLE):
                results = []
                for x in (f, g):
                    try: results.append(os.lseek(x, at, whence))
                    except OSError as e: results.append(-e.errno)
                equal(results[0], results[1])
        equal(os.lseek(f, 0, os.SEEK_DATA), 262144)
        fails(errno.ENXIO, os.lseek, f, 1 << 20, os.SEEK_DATA)
        """);

    [Fact]
    public Task CopyFileRange_InAndOutOfTheMount_Copies() => Python(
        """
        data = os.urandom(300_000); write('a', data)
        a, b = os.open('a', os.O_RDONLY), os.open('b', os.O_RDWR | os.O_CREAT)
        done = 0
        while n := os.copy_file_range(a, b, len(data)): done += n
        equal(done, len(data)); equal(read(s + '/b'), data)
        os.copy_file_range(a, b, 10, 100, 5); equal(os.pread(b, 10, 5), data[100:110])
        out = os.open(s + '/out', os.O_RDWR | os.O_CREAT)
        fails(errno.EXDEV, os.copy_file_range, a, out, 100, 0, 0)
        subprocess.run(['cp', 'a', s + '/cp-out'], check=True); equal(read(s + '/cp-out'), data)
        subprocess.run(['cp', '--reflink=auto', '--sparse=auto', 'a', 'cp-in'], check=True); equal(read(s + '/cp-in'), data)
        """);

    [Fact]
    public Task Mmap_SharedAndPrivate_SeesTheFile() => Python(
        """
        write('f', b'a' * 10_000)
        f = os.open('f', os.O_RDWR)
        with mmap.mmap(f, 10_000) as shared, mmap.mmap(f, 10_000, flags=mmap.MAP_PRIVATE) as private:
            shared[5000:5005] = b'HELLO'; shared.flush()
            equal(read(s + '/f')[4998:5007], b'aaHELLOaa'); equal(os.pread(f, 5, 5000), b'HELLO')
            private[0:3] = b'xyz'; equal(read('f')[:3], b'aaa')
            os.pwrite(f, b'W', 1); equal(shared[1:2], b'W')
        g = os.open('f', os.O_RDONLY)
        with mmap.mmap(g, 10_000, prot=mmap.PROT_READ) as m2: equal(m2[5000:5005], b'HELLO')
        fails(errno.EACCES, mmap.mmap, g, 10, mmap.MAP_SHARED, mmap.PROT_WRITE)
        """);

    [Fact]
    public Task FileWrittenThroughTwoHandles_ReadsAsOne() => Python(
        """
        a, b = os.open('f', os.O_RDWR | os.O_CREAT), os.open('f', os.O_RDONLY)
        for i in range(50):
            os.write(a, b'%03d' % i); equal(os.read(b, 3), b'%03d' % i)
        os.ftruncate(a, 0); equal(os.pread(b, 10, 0), b'')
        c = os.open(s + '/f', os.O_WRONLY); os.write(c, b'outside')
        g = os.open('f', os.O_RDONLY); os.fstat(g)
        """);

    [Fact]
    public Task Program_OnTheMount_CanBeRun() => Python(
        """
        import shutil
        shutil.copy('/bin/echo', 'echo'); os.chmod('echo', 0o755)
        equal(subprocess.run(['./echo', 'hello'], capture_output=True, check=True).stdout, b'hello\n')
        write('script', b'#!/bin/sh\necho from script\n'); os.chmod('script', 0o755)
        equal(subprocess.run(['./script'], capture_output=True, check=True).stdout, b'from script\n')
        """);

    [Fact]
    public Task LargeFile_BeyondFourGiB_KeepsItsPositions() => Python(
        """
        f = os.open('f', os.O_RDWR | os.O_CREAT)
        os.pwrite(f, b'end', 5 << 30); equal(os.fstat(f).st_size, (5 << 30) + 3)
        equal(os.pread(f, 10, 5 << 30), b'end'); equal(os.stat(s + '/f').st_size, (5 << 30) + 3)
        """);
}

/// <summary>Through the page cache of the mount and the server.</summary>
public sealed class CachedDataTests(MountedWithoutPassthrough overlay) : DataTests(overlay), IClassFixture<MountedWithoutPassthrough>;

/// <summary>Past the server.</summary>
public sealed class PassthroughDataTests(MountedOverlay overlay) : DataTests(overlay), IClassFixture<MountedOverlay>
{
    [Fact]
    public Task Read_OfAnOpenFile_SeesChangesInSourceAtOnce() => Python(
        """
        write('f', b'one')
        f = os.open('f', os.O_RDONLY); g = os.open(s + '/f', os.O_RDWR)
        equal(os.pread(f, 10, 0), b'one')
        for i in range(100):
            os.pwrite(g, b'%03d' % i, 0); equal(os.pread(f, 10, 0), b'%03d' % i)
        """);

    [Fact]
    public Task Opens_OfEveryKindAtOnce_ShareTheFile() => Python(
        """
        write('f', b'x' * 5000)
        flags = (os.O_RDONLY, os.O_RDWR, os.O_WRONLY, os.O_RDONLY | os.O_DIRECT, os.O_RDWR | os.O_APPEND, os.O_RDONLY | os.O_NOATIME)
        for turn in range(30):
            opens = [os.open('f', f) for f in flags * 3]
            for f in opens[turn % 7::2]: os.close(f)
            equal(os.pread(os.open('f', os.O_RDONLY), 10, 0), b'x' * 10)
        """);
}
