# Runs operations on two directories and says where they differ. Reads one line for each run: a JSON list of operations
# [name, path, other path, number, number, slot, user]; answers each with one line, "ok" or what differs.
import ctypes, errno, fcntl, json, os, stat, sys

libc = ctypes.CDLL(None, use_errno=True)
FLAGS = [os.O_RDONLY, os.O_WRONLY, os.O_RDWR]
EXTRA = [0, os.O_CREAT, os.O_CREAT | os.O_EXCL, os.O_TRUNC, os.O_CREAT | os.O_TRUNC, os.O_APPEND, os.O_CREAT | os.O_APPEND,
         os.O_DIRECTORY, os.O_NOFOLLOW, os.O_CREAT | os.O_NOFOLLOW, os.O_TMPFILE]
MODES = [0o644, 0o600, 0o666, 0o777, 0o000, 0o755, 0o2755, 0o4755, 0o1777, 0o2775, 0o440]
SIZES = [0, 1, 10, 4096, 5000, 70000]
UMASKS = [0o022, 0, 0o077]
USERS = {0: (0, []), 1001: (1001, [1001, 1005]), 1002: (1002, [1002])}


def call(name, *args):
    if getattr(libc, name)(*args) < 0:
        raise OSError(ctypes.get_errno(), name)


def pick(values, n):
    return values[n % len(values)]


def data(n, m):
    return bytes((m + i * 7) % 251 for i in range(pick(SIZES, n)))


def shown(st):
    size = None if stat.S_ISDIR(st.st_mode) else st.st_size
    # Set-group-id of a file that its group may not run means nothing; whether a write clears it hangs on the writer's
    # supplementary groups, which the server is not told.
    means_nothing = stat.S_ISREG(st.st_mode) and not st.st_mode & stat.S_IXGRP
    return (oct(st.st_mode & ~stat.S_ISGID if means_nothing else st.st_mode), st.st_nlink, st.st_uid, st.st_gid, size, st.st_rdev)


class Side:
    def __init__(self, base):
        self.base, self.open = base, {}

    def run(self, op):
        name, a, b, n, m, slot, user = op
        self.a, self.b, self.n, self.m, self.slot = f'{self.base}/{a}', f'{self.base}/{b}', n, m, slot
        os.umask(pick(UMASKS, n + m))
        gid, groups = USERS[user]
        os.setgroups(groups), os.setegid(gid), os.seteuid(user)
        try:
            return getattr(self, 'op_' + name)()
        except OSError as e:
            return errno.errorcode.get(e.errno, e.errno)
        finally:
            os.seteuid(0), os.setegid(0)

    def fd(self):
        if self.slot not in self.open:
            raise OSError(errno.EBADF, 'not open')
        return self.open[self.slot]

    def op_open(self):
        fd = os.open(self.a, pick(FLAGS, self.n) | pick(EXTRA, self.m) | os.O_NONBLOCK, pick(MODES, self.n + self.m))
        if self.slot in self.open:
            os.close(self.open[self.slot])
        self.open[self.slot] = fd
        return shown(os.fstat(fd))

    def op_close(self):
        os.close(self.fd())
        del self.open[self.slot]

    def op_read(self): return os.pread(self.fd(), pick(SIZES, self.n), self.m * 500)
    def op_write(self): return os.pwrite(self.fd(), data(self.n, self.m), self.m * 700)
    def op_append(self):
        os.lseek(self.fd(), 0, os.SEEK_END)
        return os.write(self.fd(), data(self.n, self.m))
    def op_fstat(self): return shown(os.fstat(self.fd()))
    def op_ftruncate(self): os.ftruncate(self.fd(), self.n * 321)
    def op_fchmod(self): os.fchmod(self.fd(), pick(MODES, self.n))
    def op_fsync(self): os.fsync(self.fd())
    def op_fallocate(self): call('fallocate', self.fd(), pick([0, 1, 3, 16, 17], self.n), ctypes.c_long(self.m * 900), ctypes.c_long(pick(SIZES, self.n + self.m)))
    def op_seek(self):
        # Positions of a directory are each file system's own.
        return None if stat.S_ISDIR(os.fstat(self.fd()).st_mode) else os.lseek(self.fd(), self.m * 1000, pick([os.SEEK_SET, os.SEEK_END, os.SEEK_HOLE], self.n))
    def op_setfl(self): fcntl.fcntl(self.fd(), fcntl.F_SETFL, pick([0, os.O_APPEND], self.n))
    def op_flock(self): fcntl.flock(self.fd(), pick([fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_UN], self.n) | fcntl.LOCK_NB)
    def op_copy(self):
        other = self.open.get((self.slot + 1) % 4)
        if other is None:
            raise OSError(errno.EBADF, 'not open')
        return os.copy_file_range(self.fd(), other, pick(SIZES, self.n), self.m * 10, self.n * 10)
    def op_linkopen(self): call('linkat', -100, f'/proc/self/fd/{self.fd()}'.encode(), -100, self.a.encode(), 0x400)
    def op_stat(self): return shown(os.stat(self.a))
    def op_lstat(self): return shown(os.lstat(self.a))
    def op_list(self): return sorted(os.listdir(self.a))
    def op_mkdir(self): os.mkdir(self.a, pick(MODES, self.n))
    def op_rmdir(self): os.rmdir(self.a)
    def op_unlink(self): os.unlink(self.a)
    def op_rename(self): os.rename(self.a, self.b)
    def op_rename2(self): call('renameat2', -100, self.a.encode(), -100, self.b.encode(), pick([1, 2, 3], self.n))
    def op_link(self): os.link(self.a, self.b, follow_symlinks=False)
    def op_symlink(self): os.symlink(pick(['a', '../b', 'x/y', '.', 'nowhere'], self.n), self.a)
    def op_readlink(self): return os.readlink(self.a)
    def op_mknod(self): os.mknod(self.a, pick([stat.S_IFIFO, stat.S_IFREG, stat.S_IFSOCK], self.n) | pick(MODES, self.m))
    def op_chmod(self): os.chmod(self.a, pick(MODES, self.n))
    def op_chown(self):
        # A chown to nobody is not told from a write, so it may be let through; it has a test of its own.
        if self.n % 3 or self.m % 4: os.chown(self.a, pick([-1, 0, 1001], self.n), pick([-1, 1001, 1005, 1002], self.m), follow_symlinks=False)
    def op_truncate(self): os.truncate(self.a, self.n * 123)
    def op_utime(self):
        os.utime(self.a, ns=(self.n * 1_000_000_007, self.m * 1_000_000_009), follow_symlinks=False)
        return os.lstat(self.a).st_mtime_ns
    def op_access(self): return [os.access(self.a, mode, effective_ids=True) for mode in (os.R_OK, os.W_OK, os.X_OK)]
    def op_setxattr(self): os.setxattr(self.a, pick(['user.a', 'user.b', 'trusted.c', 'wrong'], self.n), data(self.m % 3, self.m), pick([0, 1, 2], self.m), follow_symlinks=False)
    def op_getxattr(self): return os.getxattr(self.a, pick(['user.a', 'user.b', 'trusted.c'], self.n), follow_symlinks=False)
    def op_listxattr(self): return sorted(os.listxattr(self.a, follow_symlinks=False))
    def op_removexattr(self): os.removexattr(self.a, pick(['user.a', 'user.b'], self.n), follow_symlinks=False)

    def tree(self):
        found = {}
        for directory, names, files in os.walk(self.base):
            for name in names + files + ['.']:
                path = os.path.join(directory, name)
                st = os.lstat(path)
                content = None
                if stat.S_ISREG(st.st_mode):
                    with open(path, 'rb') as f:
                        content = f.read()
                elif stat.S_ISLNK(st.st_mode):
                    content = os.readlink(path)
                found[os.path.relpath(path, self.base)] = (shown(st), content, sorted(os.listxattr(path, follow_symlinks=False)))
        return found

    def close(self):
        for fd in self.open.values():
            os.close(fd)


def compare(directories, ops):
    sides = [Side(d) for d in directories]
    for side in sides:
        os.mkdir(side.base)
        os.chmod(side.base, 0o777)
    try:
        for i, op in enumerate(ops):
            expected, got = [side.run(op) for side in sides]
            if expected != got:
                return f'operation {i} {op}: {str(expected)[:300]} on the plain directory, {str(got)[:300]} on the mount'
        expected, got = [side.tree() for side in sides]
        return 'ok' if expected == got else 'tree: ' + str(sorted(k for k in expected.keys() | got.keys() if expected.get(k) != got.get(k)))
    finally:
        for side in sides:
            side.close()


for number, line in enumerate(sys.stdin):
    print(compare([f'{base}/{number}' for base in sys.argv[1:3]], json.loads(line)), flush=True)
