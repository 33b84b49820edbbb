using Xunit;

namespace StreamActors.Mounted.Overlay;

public sealed class DirectoryTests(MountedOverlay overlay) : OverlayTest(overlay), IClassFixture<MountedOverlay>
{
    private const string Telldir =
        """
        class Dirent(ctypes.Structure):
            _fields_ = [('ino', ctypes.c_uint64), ('off', ctypes.c_int64), ('len', ctypes.c_uint16), ('type', ctypes.c_uint8), ('name', ctypes.c_char * 256)]
        libc.opendir.restype = ctypes.c_void_p
        libc.readdir.restype = ctypes.POINTER(Dirent)
        libc.telldir.restype = ctypes.c_long
        def opendir(path): return ctypes.c_void_p(libc.opendir(path))
        def readdir(d):
            entry = libc.readdir(d)
            return entry.contents.name if entry else None
        def rest(d):
            names = []
            while (name := readdir(d)) is not None: names.append(name)
            return names

        """;

    [Fact]
    public Task List_OfFiveThousand_GivesEachOnce() => Python(
        """
        for i in range(5000): write(f'{s}/{i:05}-{"x" * (i % 60)}')
        equal(sorted(os.listdir('.')), sorted(os.listdir(s)))
        equal(sorted((e.name, e.inode(), e.is_file()) for e in os.scandir('.')), sorted((e.name, e.inode(), e.is_file()) for e in os.scandir(s)))
        equal(len(subprocess.run(['ls', '-l'], check=True, capture_output=True).stdout.splitlines()), 5001)
        """);

    [Fact]
    public Task Seekdir_ToEveryOffset_GoesOnWhereItWas() => Python(Telldir +
        """
        for i in range(300): write(f'{s}/{i}')
        d = opendir(b'.')
        at, names = [], []
        while True:
            at.append(libc.telldir(d))
            name = readdir(d)
            if name is None: break
            names.append(name)
        equal(len(set(names)), 302)
        for i in (0, 1, 7, 150, 299, 301, 302):
            libc.seekdir(d, ctypes.c_long(at[i])); equal(rest(d), names[i:])
        """);

    [Fact]
    public Task Rewinddir_AfterAChange_SeesIt() => Python(Telldir +
        """
        write('a')
        d = opendir(b'.')
        equal(sorted(rest(d)), [b'.', b'..', b'a'])
        write('b'); os.unlink('a'); write(s + '/c')
        libc.rewinddir(d)
        equal(sorted(rest(d)), [b'.', b'..', b'b', b'c'])
        """);

    [Fact]
    public Task Deletion_WhileListing_SkipsNothing() => Python(Telldir +
        """
        for i in range(3000): write(f'{s}/{i:04}')
        d = opendir(b'.')
        seen = 0
        while (name := readdir(d)) is not None:
            if name not in (b'.', b'..'):
                os.unlink(name); seen += 1
        equal(seen, 3000); equal(os.listdir(s), [])
        """);

    [Fact]
    public Task RemovalOfATree_DeepAndWide_LeavesNothing() => Python(
        """
        for i in range(40):
            os.makedirs(f'{s}/tree/{i}/a/b/c')
            for j in range(30): write(f'{s}/tree/{i}/a/{j}')
        subprocess.run(['rm', '-r', 'tree'], check=True)
        equal(os.listdir(s), [])
        """);

    [Fact]
    public Task OpenDirectory_RemovedMeanwhile_IsEmpty() => Python(
        """
        os.mkdir('d')
        d = os.open('d', os.O_RDONLY | os.O_DIRECTORY)
        os.rmdir('d')
        equal(os.listdir(d), []); equal(os.fstat(d).st_nlink, 0)
        fails(errno.ENOENT, os.open, 'f', os.O_CREAT | os.O_WRONLY, dir_fd=d)
        """);

    [Fact]
    public Task WorkingDirectory_RemovedMeanwhile_StillAnswers() => Python(
        """
        os.mkdir('d'); os.chdir('d'); os.rmdir(m + '/d')
        equal(os.stat('.').st_nlink, 0)
        equal(os.listdir('.'), [])
        fails(errno.ENOENT, os.mkdir, 'x'); fails(errno.ENOENT, os.stat, 'x')
        """);

    [Fact]
    public Task DeepTree_OfAThousandLevels_IsReached() => Python(
        """
        here = os.open('.', os.O_PATH)
        for i in range(1000):
            os.mkdir('d'); os.chdir('d')
        write('bottom', b'deep')
        equal(read('bottom'), b'deep')
        os.chdir(m)
        subprocess.run(['find', '.', '-name', 'bottom'], check=True, stdout=subprocess.DEVNULL)
        for i in range(1000): os.chdir('d')
        equal(read('bottom'), b'deep')
        os.chdir(m); subprocess.run(['rm', '-r', 'd'], check=True)
        """);

    [Fact]
    public Task Fsync_OfADirectory_Succeeds() => Python(
        """
        d = os.open('.', os.O_RDONLY); os.fsync(d); os.fdatasync(d)
        """);

    [Fact]
    public Task MoreDirectoriesThanAreKeptOpen_AreAllReached() => Python(
        """
        for i in range(3000):
            os.mkdir(f'{s}/{i}'); write(f'{s}/{i}/f', b'%d' % i)
        for turn in range(2):
            for i in range(3000): equal(read(f'{i}/f'), b'%d' % i)
        """);
}
