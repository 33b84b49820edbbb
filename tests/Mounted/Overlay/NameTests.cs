using Xunit;

namespace StreamActors.Mounted.Overlay;

public sealed class NameTests(MountedOverlay overlay) : OverlayTest(overlay), IClassFixture<MountedOverlay>
{
    private const string Renameat2 =
        """
        NOREPLACE, EXCHANGE, WHITEOUT = 1, 2, 4
        def renameat2(a, b, flags): call('renameat2', -100, a.encode(), -100, b.encode(), flags)

        """;

    [Fact]
    public Task Make_OfEveryKind_AppearsInSource() => Python(
        """
        write('f'); os.mkdir('d'); os.symlink('some/where', 'l'); os.mkfifo('p', 0o640)
        os.mknod('c', stat.S_IFCHR | 0o600, os.makedev(1, 3)); os.mknod('r', stat.S_IFREG | 0o600)
        equal(os.readlink(s + '/l'), 'some/where'); equal(os.readlink('l'), 'some/where')
        assert stat.S_ISFIFO(os.lstat(s + '/p').st_mode) and stat.S_ISREG(os.lstat(s + '/r').st_mode)
        equal(os.lstat(s + '/c').st_rdev, os.makedev(1, 3))
        os.symlink('t' * 4095, 'long'); equal(os.readlink('long'), 't' * 4095)
        write('n' * 255); fails(errno.ENAMETOOLONG, write, 'n' * 256)
        """);

    [Fact]
    public Task Make_OverWhatExists_IsEexist() => Python(
        """
        write('f'); os.mkdir('d'); os.symlink('nowhere', 'l')
        for name in ('f', 'd', 'l'):
            fails(errno.EEXIST, os.mkdir, name); fails(errno.EEXIST, os.symlink, 'x', name)
            fails(errno.EEXIST, os.mkfifo, name); fails(errno.EEXIST, os.link, 'f', name)
            fails(errno.EEXIST, os.open, name, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        fails(errno.ENOENT, os.mkdir, 'none/x'); fails(errno.ENOTDIR, os.mkdir, 'f/x'); fails(errno.ENOENT, os.open, 'none', os.O_RDONLY)
        """);

    [Fact]
    public Task Remove_OfTheWrongKind_SaysWhy() => Python(
        """
        write('f'); os.makedirs('d/e')
        fails(errno.EISDIR, os.unlink, 'd'); fails(errno.ENOTDIR, os.rmdir, 'f'); fails(errno.ENOTEMPTY, os.rmdir, 'd')
        fails(errno.ENOENT, os.unlink, 'none'); fails(errno.ENOENT, os.rmdir, 'none')
        os.rmdir('d/e'); os.rmdir('d'); os.unlink('f'); equal(os.listdir(s), [])
        """);

    [Fact]
    public Task Link_ToAFile_IsTheSameFile() => Python(
        """
        write('a', b'1'); os.link('a', 'b')
        equal(os.stat('a').st_ino, os.stat('b').st_ino); equal(os.stat('a').st_nlink, 2)
        write('b', b'22'); equal(read('a'), b'22'); equal(os.stat('a').st_size, 2)
        os.unlink('a'); equal(read('b'), b'22'); equal(os.stat('b').st_nlink, 1)
        os.symlink('b', 'l'); os.link('l', 'l2', follow_symlinks=False); equal(os.readlink(s + '/l2'), 'b')
        os.mkdir('d'); fails(errno.EPERM, os.link, 'd', 'e')
        fails(errno.EXDEV, os.link, 'b', '/tmp/streamactors-never')
        """);

    [Fact]
    public Task HardLinks_WhoseNamesGo_AreReachedByTheOthers() => Python(
        """
        write('a', b'data')
        for i in range(20): os.link('a', f'n{i}')
        f = os.open('a', os.O_PATH)
        os.unlink('a')
        for i in range(19):
            os.unlink(s + f'/n{i}')
        equal(os.stat('n19').st_nlink, 1); equal(read('n19'), b'data')
        equal(os.fstat(f).st_ino, os.stat(s + '/n19').st_ino)
        """);

    [Fact]
    public Task Rename_OverFilesAndDirectories_ReplacesThem() => Python(
        """
        write('a', b'a'); write('b', b'b'); os.rename('a', 'b'); equal(read('b'), b'a'); assert not os.path.exists('a')
        os.makedirs('d/sub'); write('d/sub/f', b'deep'); os.mkdir('e')
        f = open('d/sub/f', 'rb')
        os.rename('d', 'e'); equal(read('e/sub/f'), b'deep'); equal(os.fstat(f.fileno()).st_size, 4)
        os.rename('e/sub', 'moved'); write('moved/f', b'again'); equal(read(s + '/moved/f'), b'again'); equal(f.read(), b'again')
        os.mkdir('full'); write('full/x')
        fails(errno.ENOTEMPTY, os.rename, 'moved', 'full'); fails(errno.EISDIR, os.rename, 'b', 'e'); fails(errno.ENOTDIR, os.rename, 'e', 'b')
        fails(errno.EINVAL, os.rename, 'moved', 'moved/inside'); fails(errno.ENOENT, os.rename, 'none', 'x')
        os.link('b', 'b2'); os.rename('b', 'b2'); equal(sorted(n for n in os.listdir('.') if n[0] == 'b'), ['b', 'b2'])
        """);

    [Fact]
    public Task Rename_WithFlags_DoesNotReplaceOrSwaps() => Python(Renameat2 +
        """
        write('a', b'a'); write('b', b'b')
        fails(errno.EEXIST, renameat2, 'a', 'b', NOREPLACE); renameat2('a', 'c', NOREPLACE); equal(read('c'), b'a')
        f, g = open('b', 'rb'), open('c', 'rb')
        renameat2('b', 'c', EXCHANGE); equal(read('b'), b'a'); equal(read('c'), b'b')
        os.chmod('b', 0o600); equal(mode(s + '/b'), 0o600); equal(f.read() + g.read(), b'ba')
        os.mkdir('d'); write('d/x', b'x')
        renameat2('d', 'b', EXCHANGE); equal(read('b/x'), b'x'); equal(read('d'), b'a')
        fails(errno.ENOENT, renameat2, 'd', 'none', EXCHANGE); fails(errno.EINVAL, renameat2, 'd', 'b', NOREPLACE | EXCHANGE)
        renameat2('d', 'w', WHITEOUT); equal(read('w'), b'a'); equal(os.lstat(s + '/d').st_rdev, 0); assert stat.S_ISCHR(os.lstat('d').st_mode)
        """);

    [Fact]
    public Task OpenFile_WithoutAName_GoesOnToWork() => Python(
        """
        write('f', b'content')
        f = os.open('f', os.O_RDWR)
        os.unlink('f')
        st = os.fstat(f); equal((st.st_nlink, st.st_size), (0, 7))
        os.pwrite(f, b'CON', 0); equal(os.pread(f, 7, 0), b'CONtent')
        os.ftruncate(f, 3); os.fchmod(f, 0o604); os.fchown(f, 1001, 1002); os.utime(f, ns=(1, 2)); os.setxattr(f, 'user.a', b'b'); os.fsync(f)
        st = os.fstat(f); equal((st.st_size, stat.S_IMODE(st.st_mode), st.st_uid, st.st_mtime_ns), (3, 0o604, 1001, 2)); equal(os.getxattr(f, 'user.a'), b'b')
        write('f', b'another'); equal(os.pread(f, 9, 0), b'CON'); equal(read('f'), b'another')
        write('g', b'g'); g = os.open('g', os.O_RDONLY); write('h', b'h'); os.rename('h', 'g')
        equal(os.pread(g, 9, 0), b'g'); equal(os.fstat(g).st_nlink, 0)
        """);

    [Fact]
    public Task PathDescriptor_OfARemovedFile_StillAnswers() => Python(
        """
        write('f', b'12')
        f = os.open('f', os.O_PATH); rw = os.open('f', os.O_RDWR)
        os.unlink('f'); os.close(rw)
        equal(os.fstat(f).st_size, 2)
        os.chmod(f'/proc/self/fd/{f}', 0o611); equal(stat.S_IMODE(os.fstat(f).st_mode), 0o611)
        again = os.open(f'/proc/self/fd/{f}', os.O_RDONLY); equal(os.read(again, 9), b'12')
        """);

    [Fact]
    public Task UnnamedFile_OfOTmpfile_CanBeLinkedUnlessExclusive() => Python(
        """
        f = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640)
        os.write(f, b'unnamed'); equal(os.fstat(f).st_nlink, 0); equal(os.listdir(s), [])
        link(f, 'named')
        equal(read(s + '/named'), b'unnamed'); equal(mode('named'), 0o640); equal(os.fstat(f).st_nlink, 1)
        g = os.open('.', os.O_TMPFILE | os.O_EXCL | os.O_WRONLY, 0o600)
        fails(errno.ENOENT, link, g, 'never')
        os.close(g); os.close(f); equal(os.listdir(s), ['named'])
        """);

    [Fact]
    public Task SymbolicLink_OutOfSource_IsFollowedByTheKernelAlone() => Python(
        """
        os.symlink('/etc/hostname', 'absolute'); os.symlink('../' * 30 + 'etc', 'relative'); os.symlink('loop', 'loop')
        equal(read('absolute'), read('/etc/hostname')); assert os.path.isdir('relative/.')
        fails(errno.ELOOP, open, 'loop'); fails(errno.ELOOP, os.open, 'absolute', os.O_RDONLY | os.O_NOFOLLOW)
        os.symlink(m + '/target', 'new'); write('new', b'through'); equal(read(s + '/target'), b'through')
        os.truncate('new', 3); equal(read(s + '/target'), b'thr')
        """);

    [Fact]
    public Task Name_ThatBecomesALinkInSource_IsNotFollowed() => Python(
        """
        secret = os.path.dirname(os.path.dirname(s)) + f'/secret-{os.getpid()}'
        write(secret, b'secret')
        write('f', b'plain'); os.stat('f')
        os.mkdir('d'); write('d/x', b'x'); os.stat('d/x')
        os.unlink(s + '/f'); os.symlink(secret, s + '/f')
        os.rename(s + '/d', s + '/gone'); os.symlink(os.path.dirname(secret), s + '/d')
        for i in range(20):
            for f in (lambda: os.chmod('f', 0o777, follow_symlinks=True), lambda: os.truncate('f', 0), lambda: write('f', b'')):
                # The mount itself resolves the link, as soon as it has seen it; the server never may.
                if os.path.islink('f'): break
                try: f()
                except OSError: pass
        equal(read(secret), b'secret')
        os.unlink(secret)
        """);
}
