using Xunit;

namespace StreamActors.Mounted.Overlay;

public sealed class AttributeTests(MountedOverlay overlay) : OverlayTest(overlay), IClassFixture<MountedOverlay>
{
    [Fact]
    public Task Stat_OfEveryKindOfObject_IsThatOfSource() => Python(
        """
        write('file', b'x' * 5000)
        os.mkdir('directory')
        os.symlink('nowhere', 'link')
        os.mkfifo('fifo')
        socket.socket(socket.AF_UNIX).bind('socket')
        os.mknod('device', stat.S_IFCHR | 0o600, os.makedev(259, 1000))
        os.mknod('block', stat.S_IFBLK | 0o600, os.makedev(7, 300))
        for name in os.listdir(s):
            a, b = os.lstat(name), os.lstat(os.path.join(s, name))
            for field in ('st_mode', 'st_ino', 'st_nlink', 'st_uid', 'st_gid', 'st_size', 'st_blocks', 'st_rdev',
                          'st_atime_ns', 'st_mtime_ns', 'st_ctime_ns'):
                assert getattr(a, field) == getattr(b, field), (name, field, getattr(a, field), getattr(b, field))
        """);

    [Fact]
    public Task Chmod_OfFileAndDirectory_ReachesSource() => Python(
        """
        write('f')
        os.mkdir('d')
        os.chmod('f', 0o6751); equal(mode(s + '/f'), 0o6751)
        os.chmod('d', 0o3770); equal(mode(s + '/d'), 0o3770)
        f = os.open('f', os.O_RDONLY)
        os.fchmod(f, 0o640); equal(mode(s + '/f'), 0o640)
        """);

    [Fact]
    public Task Chown_OfFileAndLink_ReachesSource() => Python(
        """
        write('f')
        os.symlink('f', 'l')
        os.chown('f', 1001, 1002); equal(os.stat(s + '/f').st_uid, 1001); equal(os.stat(s + '/f').st_gid, 1002)
        os.chown('f', -1, 1003); equal(os.stat(s + '/f').st_uid, 1001); equal(os.stat(s + '/f').st_gid, 1003)
        os.lchown('l', 1004, 1005); equal(os.lstat(s + '/l').st_uid, 1004); equal(os.stat(s + '/f').st_uid, 1001)
        """);

    [Fact]
    public Task Utimens_WithNanosecondsNowAndOmit_ReachesSource() => Python(
        """
        write('f')
        os.utime('f', ns=(1_234_567_890_123_456_789, 987_654_321_987_654_321))
        equal(os.stat(s + '/f').st_atime_ns, 1_234_567_890_123_456_789)
        equal(os.stat(s + '/f').st_mtime_ns, 987_654_321_987_654_321)
        NOW, OMIT = 0x3fffffff, 0x3ffffffe
        def utimensat(access, modification):
            times = struct.pack('qqqq', 0, access, 0, modification)
            call('utimensat', -100, b'f', times, 0)
        utimensat(OMIT, NOW)
        equal(os.stat(s + '/f').st_atime_ns, 1_234_567_890_123_456_789)
        assert abs(os.stat(s + '/f').st_mtime - time.time()) < 60
        utimensat(NOW, OMIT)
        assert abs(os.stat(s + '/f').st_atime - time.time()) < 60
        os.utime('f', ns=(-5_000_000_001, -1))
        equal(os.stat('f').st_atime_ns, -5_000_000_001)
        equal(os.stat(s + '/f').st_mtime_ns, -1)
        os.symlink('f', 'l')
        os.utime('l', ns=(7, 8), follow_symlinks=False)
        equal(os.lstat(s + '/l').st_mtime_ns, 8)
        """);

    [Fact]
    public Task Truncate_ByPathAndDescriptor_ChangesSize() => Python(
        """
        write('f', b'0123456789')
        os.truncate('f', 4); equal(read(s + '/f'), b'0123')
        f = os.open('f', os.O_RDWR)
        os.ftruncate(f, 6); equal(read(s + '/f'), b'0123\0\0'); equal(os.fstat(f).st_size, 6)
        os.ftruncate(f, 0); equal(os.stat('f').st_size, 0)
        os.chmod('f', 0o400)
        os.ftruncate(f, 3); equal(os.stat(s + '/f').st_size, 3)
        fails(errno.EINVAL, os.ftruncate, f, -1)
        fails(errno.EINVAL, os.ftruncate, os.open('f', os.O_RDONLY), 1)
        fails(errno.EISDIR, os.truncate, '.', 0)
        """);

    [Fact]
    public Task Statfs_ShowsSourcesFileSystem() => Python(
        """
        a, b = os.statvfs('.'), os.statvfs(s)
        for field in ('f_bsize', 'f_frsize', 'f_blocks', 'f_files', 'f_namemax'):
            equal(getattr(a, field), getattr(b, field))
        """);

    [Fact]
    public Task Access_ForOtherUsers_FollowsTheMode() => Python(
        """
        write('f'); os.chmod('f', 0o640); os.chown('f', 1001, 1002)
        def owner():
            assert os.access('f', os.R_OK | os.W_OK) and not os.access('f', os.X_OK)
        def member():
            assert os.access('f', os.R_OK) and not os.access('f', os.W_OK)
        def other():
            assert os.access('f', os.F_OK) and not os.access('f', os.R_OK)
            fails(errno.EACCES, open, 'f')
        by(1001, 1, owner); by(1009, 1002, member); by(1009, 1, member, groups=[1002]); by(1009, 1, other)
        """);

    [Fact]
    public Task ExtendedAttributes_OfEveryNameSpace_AreThoseOfSource() => Python(
        """
        write('f'); os.mkdir('d'); os.symlink('f', 'l')
        os.setxattr('f', 'user.note', b'value')
        equal(os.getxattr(s + '/f', 'user.note'), b'value')
        fails(errno.EEXIST, os.setxattr, 'f', 'user.note', b'x', os.XATTR_CREATE)
        fails(errno.ENODATA, os.setxattr, 'f', 'user.other', b'x', os.XATTR_REPLACE)
        os.setxattr('f', 'user.empty', b''); equal(os.getxattr('f', 'user.empty'), b'')
        os.setxattr('f', 'user.large', b'y' * 3000); equal(os.getxattr('f', 'user.large'), b'y' * 3000)
        os.setxattr('f', 'trusted.secret', b't'); os.setxattr('f', 'security.note', b's')
        equal(sorted(os.listxattr('f')), sorted(os.listxattr(s + '/f')))
        by(1001, 1001, lambda: equal([n for n in os.listxattr('f') if n.startswith('trusted.')], []))
        os.setxattr('d', 'user.note', b'of directory'); equal(os.getxattr(s + '/d', 'user.note'), b'of directory')
        os.setxattr('l', 'trusted.link', b'of link', follow_symlinks=False)
        equal(os.getxattr(s + '/l', 'trusted.link', follow_symlinks=False), b'of link')
        fails(errno.ENODATA, os.getxattr, 'f', 'trusted.link')
        os.removexattr('f', 'user.note'); fails(errno.ENODATA, os.getxattr, 'f', 'user.note')
        fails(errno.ENODATA, os.removexattr, 'f', 'user.note')
        f = os.open('f', os.O_RDWR); os.setxattr(f, 'user.by-descriptor', b'1'); equal(os.getxattr(s + '/f', 'user.by-descriptor'), b'1')
        fails(errno.ERANGE, lambda: call('getxattr', b'f', b'user.large', ctypes.create_string_buffer(10), 10))
        """);

    [Fact]
    public Task AccessControlList_SetThroughTheMount_HoldsForItsUsers() => Python(
        """
        write('f', b'shared'); os.chmod('f', 0o600)
        subprocess.run(['setfacl', '-m', 'u:1001:rw,g:1002:r', 'f'], check=True)
        source = subprocess.run(['getfacl', '-cn', s + '/f'], check=True, capture_output=True).stdout
        equal(subprocess.run(['getfacl', '-cn', 'f'], check=True, capture_output=True).stdout, source)
        assert b'user:1001:rw-' in source
        by(1001, 1, lambda: open('f', 'r+').close())
        by(1009, 1002, lambda: equal(read('f'), b'shared'))
        by(1009, 1002, lambda: fails(errno.EACCES, open, 'f', 'r+'))
        by(1009, 1, lambda: fails(errno.EACCES, open, 'f'))
        """);

    [Fact]
    public Task ChangesInSource_AfterTheCacheTime_AreSeen() => Python(
        """
        write('f', b'one')
        equal(os.stat('f').st_size, 3)
        write(s + '/f', b'longer')
        until = time.time() + 10
        while os.stat('f').st_size != 6 and time.time() < until: pass
        equal(read('f'), b'longer')
        os.rename(s + '/f', s + '/g')
        while os.path.exists('f') and time.time() < until: pass
        assert not os.path.exists('f')
        equal(read('g'), b'longer')
        write(s + '/new', b'n'); equal(read('new'), b'n')
        os.unlink(s + '/new'); write(s + '/new', b'replaced')
        while read('new') != b'replaced' and time.time() < until: pass
        equal(read('new'), b'replaced')
        """);
}
