using Xunit;

namespace StreamActors.Mounted.BadInput;

/// <summary>Requests at the limits of what a file system takes, and a server at the limits of what it has.</summary>
public sealed class LimitTests
{
    private const string Prelude =
        """
        python3 - <<'PYTHON'
        import ctypes, errno, fcntl, mmap, os, resource
        def fails(code, f, *args):
            try:
                result = f(*args)
            except OSError as e:
                assert e.errno == code, f'{errno.errorcode[e.errno]}, not {errno.errorcode[code]}'
                return
            raise AssertionError(f'{result!r}, not {errno.errorcode[code]}')
        def opened(limit):
            files = []
            try:
                for i in range(limit):
                    files.append(os.open(f'mnt/{i}', os.O_RDONLY))
            except OSError as e:
                return files, e.errno
            return files, 0

        """;

    [Fact]
    public Task Ioctls_Unknown_AreEnotty() => Sandbox.Run(
        $"""
        stream; touch src/f
        up streamactors mount src mnt -o simulated.released=all
        {Prelude}
        for path in ('f', '.', 'data.dir', 'data.dir/t', 'data.dir/t/0', 'data.dir/t/.follow/0'):
            file = os.open('mnt/' + path, os.O_RDONLY)
            for request in (0x1234, 0x5401, 0x80086601, 0x80086603, 0x40086602, 0xC0045678):
                fails(errno.ENOTTY, fcntl.ioctl, file, request, bytes(128))
        PYTHON
        is "$(ls mnt | wc -l)" 2
        """);

    [Fact]
    public Task DirectIo_OfAnySize_IsDone() => Sandbox.Run(
        $"""
        up streamactors mount src mnt
        {Prelude}
        file = os.open('mnt/f', os.O_RDWR | os.O_CREAT | os.O_DIRECT)
        page = mmap.mmap(-1, 4 << 20)
        page.write(bytes(range(256)) * (16 << 10))
        assert os.write(file, page) == 4 << 20
        back = mmap.mmap(-1, 4 << 20)
        assert os.preadv(file, [back], 0) == 4 << 20 and back[:] == page[:]
        assert os.pwrite(file, b'abc', 4093) == 3 and os.pread(file, 3, 4093) == b'abc'
        assert os.pread(file, 10, 4 << 20) == b''
        PYTHON
        is "$(stat -c %s src/f)" 4194304
        """);

    [Fact]
    public Task Xattrs_TooLarge_AreRefusedAsLocally() => Sandbox.Run(
        $"""
        touch src/f; stream; mkdir disk
        up streamactors mount src mnt
        {Prelude}
        for root in ('mnt', 'src'):
            f = root + '/f'
            os.setxattr(f, 'user.large', b'x' * 65536)
            assert len(os.getxattr(f, 'user.large')) == 65536
            fails(errno.E2BIG, os.setxattr, f, 'user.larger', b'x' * 65537)
            os.setxattr(f, 'user.' + 'n' * 250, b'x')
            fails(errno.ERANGE, os.setxattr, f, 'user.' + 'n' * 251, b'x')
            fails(errno.EOPNOTSUPP, os.setxattr, f, 'unknown.x', b'x')
            fails(errno.ENODATA, os.getxattr, f, 'user.none')
            for name in os.listxattr(f):
                os.removexattr(f, name)
        PYTHON
        """);

    [Fact]
    public Task Files_TenThousandOpen_AreServed() => Sandbox.Run(
        $"""
        python3 -c 'for i in range(100): open(f"src/" + str(i), "w").write("text")'
        up streamactors mount src mnt
        {Prelude}
        resource.setrlimit(resource.RLIMIT_NOFILE, (10200, 10200))
        files = [os.open('mnt/' + str(i % 100), os.O_RDONLY) for i in range(10000)]
        assert all(os.pread(file, 9, 0) == b'text' for file in files[::97])
        assert len(os.listdir('mnt')) == 100
        PYTHON
        is "$(cat mnt/7)" text
        """);

    [Fact]
    public Task Descriptors_RunOut_IsEmfileAndTheServerRecovers() => Sandbox.Run(
        $"""
        python3 -c 'for i in range(300): open(f"src/" + str(i), "w").write("text")'
        for_nobody; stream
        up prlimit --nofile=256 $nobody streamactors mount src mnt -o simulated.released=all
        cat >test.sh <<'SCRIPT'
        {Prelude}
        for attempt in range(3):
            files, error = opened(300)
            assert error in (errno.EMFILE, errno.ENFILE) and len(files) > 40, (error, len(files))
            for i in range(9):
                try:
                    files.append(os.open('mnt/new%d' % i, os.O_CREAT | os.O_WRONLY))
                    os.unlink('mnt/new%d' % i)
                except OSError as e:
                    assert e.errno in (errno.EMFILE, errno.ENFILE) and not os.path.exists('src/new%d' % i), e
                    break
            else:
                raise AssertionError('created')
            assert os.stat('mnt/299').st_size == 4
            assert os.pread(files[0], 9, 0) == b'text'
            os.mkdir('mnt/d'); os.rename('mnt/d', 'mnt/e'); os.rmdir('mnt/e')
            for file in files:
                os.close(file)
            assert open('mnt/299').read() == 'text' and len(os.listdir('mnt')) == 301
            assert open('mnt/data.dir/t/0').read() == 'one\ntwo\n'
        files, error = opened(300)
        os.execvp('streamactors', ['streamactors', 'umount', 'mnt'])
        PYTHON
        SCRIPT
        $nobody bash -e test.sh
        not mounted mnt
        """);

    [Theory]
    [InlineData(128)]
    [InlineData(255)]
    public Task Descriptors_TooFewFromTheStart_IsSaid(int limit) => Sandbox.Run(
        $"""
        refused 1 'only {limit} files may be open at a time: at least 256 are needed' prlimit --nofile={limit} streamactors mount src mnt
        refused 1 'only {limit} files may be open at a time: at least 256 are needed' prlimit --nofile={limit} streamactors mount src mnt --daemon
        """);

    [Fact]
    public Task Memory_Little_IsEnough() => Sandbox.Run(
        """
        echo text >src/f
        up prlimit --memlock=0 --core=0 --stack=1048576 streamactors mount src mnt
        is "$(cat mnt/f)" text
        """);
}
