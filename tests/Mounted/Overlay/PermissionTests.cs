using Xunit;

namespace StreamActors.Mounted.Overlay;

public sealed class PermissionTests(MountedOverlay overlay) : OverlayTest(overlay), IClassFixture<MountedOverlay>
{
    [Fact]
    public Task NewObjects_BelongToTheirMaker() => Python(
        """
        os.chmod('.', 0o777)
        def make():
            write('f'); os.mkdir('d'); os.symlink('x', 'l'); os.mkfifo('p'); os.mknod('r'); socket.socket(socket.AF_UNIX).bind('s')
            t = os.open('.', os.O_TMPFILE | os.O_RDWR); equal(os.fstat(t).st_uid, 1001)
            link(t, 't')
        by(1001, 1002, make, groups=[1003])
        for name in ('f', 'd', 'l', 'p', 'r', 's', 't'):
            st = os.lstat(f'{s}/{name}'); equal((name, st.st_uid, st.st_gid), (name, 1001, 1002))
        write('mine'); equal(os.stat(s + '/mine').st_uid, 0)
        """);

    [Fact]
    public Task Umask_IsTheCallers() => Python(
        """
        os.chmod('.', 0o777)
        for mask in (0o022, 0o077, 0, 0o027, 0o777):
            os.umask(mask)
            os.close(os.open(f'f{mask}', os.O_CREAT | os.O_WRONLY, 0o666)); os.mkdir(f'd{mask}', 0o777); os.mkfifo(f'p{mask}', 0o666)
            equal(mode(f'{s}/f{mask}'), 0o666 & ~mask); equal(mode(f'{s}/d{mask}'), 0o777 & ~mask); equal(mode(f'{s}/p{mask}'), 0o666 & ~mask)
        def user():
            os.umask(0o007); os.mkdir('by-user', 0o777); equal(mode('by-user'), 0o770)
        by(1001, 1001, user)
        """);

    [Fact]
    public Task SetgidDirectory_GivesItsGroupOn() => Python(
        """
        os.mkdir('team'); os.chown('team', 0, 1005); os.chmod('team', 0o2777); os.umask(0o022)
        def member():
            write('team/f'); os.mkdir('team/d')
            os.close(os.open('team/x', os.O_CREAT | os.O_WRONLY, 0o2775))
        def stranger():
            os.close(os.open('team/y', os.O_CREAT | os.O_WRONLY, 0o2775)); os.mkdir('team/e')
        by(1001, 1002, member, groups=[1005]); by(1009, 1009, stranger)
        equal([os.stat(f'{s}/team/{n}').st_gid for n in 'fdxye'], [1005] * 5)
        equal(mode(s + '/team/d') & 0o2000, 0o2000); equal(mode(s + '/team/e') & 0o2000, 0o2000)
        equal(mode(s + '/team/x'), 0o2755); equal(mode(s + '/team/y'), 0o755)
        """);

    [Fact]
    public Task GroupWritableDirectory_IsWrittenByItsMembers() => Python(
        """
        os.mkdir('g'); os.chown('g', 0, 1005); os.chmod('g', 0o770)
        by(1001, 1002, lambda: write('g/f', b'1'), groups=[1003, 1004, 1005, 1006])
        by(1001, 1005, lambda: os.mkdir('g/d'))
        by(1001, 1002, lambda: fails(errno.EACCES, write, 'g/n'))
        by(1001, 1002, lambda: fails(errno.EACCES, os.listdir, 'g'))
        os.mkdir('a'); os.chmod('a', 0o700); subprocess.run(['setfacl', '-m', 'g:1007:rwx', 'a'], check=True)
        by(1001, 1002, lambda: write('a/f', b'1'), groups=[1007])
        equal((os.stat(s + '/a/f').st_uid, os.stat(s + '/a/f').st_gid), (1001, 1002))
        by(1001, 1002, lambda: fails(errno.EACCES, write, 'a/n'), groups=[1008])
        """);

    [Fact]
    public Task StickyDirectory_KeepsOthersFiles() => Python(
        """
        os.mkdir('t'); os.chmod('t', 0o1777)
        by(1001, 1001, lambda: write('t/f'))
        def stranger():
            fails(errno.EPERM, os.unlink, 't/f'); fails(errno.EPERM, os.rename, 't/f', 't/g')
            write('t/own'); fails(errno.EPERM, os.rename, 't/own', 't/f'); os.unlink('t/own')
        by(1002, 1002, stranger); by(1001, 1001, lambda: os.unlink('t/f'))
        """);

    [Fact]
    public Task DefaultAcl_TakesTheUmasksPlace() => Python(
        """
        os.mkdir('d'); os.chmod('d', 0o777); subprocess.run(['setfacl', '-d', '-m', 'u::rwx,g::rwx,o::---,u:1005:rw', 'd'], check=True)
        os.mkdir(s + '/plain'); os.chmod(s + '/plain', 0o777); subprocess.run(['setfacl', '-d', '-m', 'u::rwx,g::rwx,o::---,u:1005:rw', s + '/plain'], check=True)
        def make(where):
            os.umask(0o077); os.close(os.open(where + '/f', os.O_CREAT | os.O_WRONLY, 0o666)); os.mkdir(where + '/e', 0o777)
        by(1001, 1001, lambda: make('d'))
        os.chmod(os.path.dirname(os.path.dirname(s)), 0o755)
        by(1001, 1001, lambda: make(s + '/plain'))
        for name in ('f', 'e'):
            acl = lambda path: subprocess.run(['getfacl', '-cnp', path], check=True, capture_output=True).stdout
            equal(acl(f'{s}/d/{name}'), acl(f'{s}/plain/{name}')); equal(acl(f'd/{name}'), acl(f'{s}/plain/{name}'))
        by(1005, 1, lambda: open('d/f', 'r+').close())
        """);

    [Fact]
    public Task Owner_AloneMayChangeAttributes() => Python(
        """
        write('f'); os.chown('f', 1001, 1001); os.chmod('f', 0o666)
        def stranger():
            fails(errno.EPERM, os.chmod, 'f', 0o600); fails(errno.EPERM, os.chown, 'f', 1002, -1); fails(errno.EPERM, os.utime, 'f', (1, 1))
            os.utime('f'); os.setxattr('f', 'user.x', b'1'); fails(errno.EPERM, os.setxattr, 'f', 'trusted.x', b'1'); fails(errno.EPERM, os.setxattr, 'f', 'security.x', b'1')
        def owner():
            os.chmod('f', 0o2600); equal(mode('f') & 0o777, 0o600); fails(errno.EPERM, os.chown, 'f', 1002, -1); fails(errno.EPERM, os.chown, 'f', -1, 1007)
            os.chown('f', -1, 1006); os.utime('f', (1, 1))
        by(1002, 1002, stranger); by(1001, 1001, owner, groups=[1006])
        equal(os.stat(s + '/f').st_gid, 1006)
        """);

    [Fact]
    public Task Writing_WithoutTheRight_IsEacces() => Python(
        """
        write('f', b'1'); os.chmod('f', 0o644); os.mkdir('d'); os.chmod('d', 0o755); write('private'); os.chmod('private', 0); write('own'); os.chown('own', 1001, 1001)
        def stranger():
            fails(errno.EACCES, os.open, 'f', os.O_WRONLY); fails(errno.EACCES, os.truncate, 'f', 0); fails(errno.EACCES, write, 'd/x')
            fails(errno.EACCES, os.mkdir, 'd/x'); fails(errno.EACCES, os.open, 'private', os.O_RDONLY); fails(errno.EACCES, os.unlink, 'f')
            fails(errno.EACCES, os.setxattr, 'f', 'user.x', b'1'); fails(errno.EACCES, os.link, 'own', 'd/l')
            fails(errno.EACCES, os.mknod, 'dev', stat.S_IFCHR | 0o600, os.makedev(1, 3))
        by(1001, 1001, stranger)
        os.chmod('.', 0o777); by(1001, 1001, lambda: fails(errno.EPERM, os.mknod, 'dev', stat.S_IFCHR | 0o600, os.makedev(1, 3)))
        """);

    [Fact]
    public Task SetIdBits_AreClearedAsLocally() => Python(
        """
        os.chmod('.', 0o777); os.mkdir(s + '/plain'); os.chmod(s + '/plain', 0o777); os.chmod(os.path.dirname(os.path.dirname(s)), 0o755)
        def overwrite(path):
            f = os.open(path, os.O_WRONLY); os.write(f, b'x')
        def append(path):
            f = os.open(path, os.O_WRONLY | os.O_APPEND); os.write(f, b'x')
        def through_mmap_free_truncate(path): os.truncate(path, 1)
        def open_truncate(path): os.close(os.open(path, os.O_WRONLY | os.O_TRUNC))
        def descriptor_truncate(path): os.ftruncate(os.open(path, os.O_RDWR), 2)
        def chgrp(path): os.chown(path, -1, 1006)
        def allocate(path): call('posix_fallocate', os.open(path, os.O_RDWR), ctypes.c_long(0), ctypes.c_long(9000))
        n = 0
        for change in (overwrite, append, through_mmap_free_truncate, open_truncate, descriptor_truncate, chgrp, allocate):
            for bits in (0o6777, 0o6767, 0o4666, 0o2777, 0o2767):
                results = []
                for user in (1001, 0):
                    for where in ('.', s + '/plain'):
                        n += 1
                        path = f'{where}/{n}'
                        write(path, b'data'); os.chown(path, 1001, 1001); os.chmod(path, bits)
                        if user: by(user, user, lambda: change(path), groups=[1006])
                        else: change(path)
                        results.append(mode(f'{s}/{n}' if where == '.' else path))
                assert results[0] == results[1] and results[2] == results[3], (change.__name__, oct(bits), [oct(r) for r in results])
        """);

    [Fact]
    public Task ChownToNobody_ClearsSetIdBitsForTheOwnerAlone() => Python(
        """
        write('f'); os.chown('f', 1001, 1001)
        def stranger():
            fails(errno.EPERM, os.chown, 'f', -1, -1)
        for who, after in ((lambda: by(1001, 1001, lambda: os.chown('f', -1, -1)), 0o755), (lambda: os.chown('f', -1, -1), 0o755), (lambda: by(1002, 1002, stranger), 0o6755)):
            os.chmod('f', 0o6755); who(); equal(mode(s + '/f'), after)
        """);

    [Fact]
    public Task Search_NeedsTheDirectorysRight() => Python(
        """
        os.makedirs('a/b'); write('a/b/f', b'1'); os.chmod('a', 0o711); os.chmod('a/b', 0o700)
        by(1001, 1001, lambda: fails(errno.EACCES, os.stat, 'a/b/f'))
        os.chmod('a/b', 0o711)
        by(1001, 1001, lambda: equal(read('a/b/f'), b'1')); by(1001, 1001, lambda: fails(errno.EACCES, os.listdir, 'a'))
        """);
}
