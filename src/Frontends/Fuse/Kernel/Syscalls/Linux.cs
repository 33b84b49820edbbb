namespace StreamActors.Fuse.Kernel;

/// <summary>Constants of Linux on x86-64 that system calls and requests carry, under the kernel's names.</summary>
public static class Linux
{
    // Flags of open(2), values of x86-64.
    /// <summary>Reading only.</summary>
    public const int O_RDONLY = 0;
    /// <summary>Writing only.</summary>
    public const int O_WRONLY = 1;
    /// <summary>Reading and writing.</summary>
    public const int O_RDWR = 2;
    /// <summary>Mask of the access mode.</summary>
    public const int O_ACCMODE = 3;
    /// <summary>Make the file.</summary>
    public const int O_CREAT = 0x40;
    /// <summary>Fail where it exists.</summary>
    public const int O_EXCL = 0x80;
    /// <summary>Never a controlling terminal.</summary>
    public const int O_NOCTTY = 0x100;
    /// <summary>Cut to nothing.</summary>
    public const int O_TRUNC = 0x200;
    /// <summary>Writes go to the end.</summary>
    public const int O_APPEND = 0x400;
    /// <summary>Never wait.</summary>
    public const int O_NONBLOCK = 0x800;
    /// <summary>Writes reach the disk with their data.</summary>
    public const int O_DSYNC = 0x1000;
    /// <summary>Past the page cache.</summary>
    public const int O_DIRECT = 0x4000;
    /// <summary>Files over 2 GiB; the kernel sets it for 64-bit programs.</summary>
    public const int O_LARGEFILE = 0x8000;
    /// <summary>Fail where it is no directory.</summary>
    public const int O_DIRECTORY = 0x10000;
    /// <summary>Fail where the last component is a symbolic link.</summary>
    public const int O_NOFOLLOW = 0x20000;
    /// <summary>Do not change the access time.</summary>
    public const int O_NOATIME = 0x40000;
    /// <summary>Close at exec.</summary>
    public const int O_CLOEXEC = 0x80000;
    /// <summary>Writes reach the disk.</summary>
    public const int O_SYNC = 0x101000;
    /// <summary>A reference to the file, without opening it.</summary>
    public const int O_PATH = 0x200000;
    /// <summary>An unnamed file in the directory.</summary>
    public const int O_TMPFILE = 0x410000;

    // Flags of the *at calls.
    /// <summary>The link itself.</summary>
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    /// <summary>A directory is to be removed.</summary>
    public const int AT_REMOVEDIR = 0x200;
    /// <summary>By the effective ids.</summary>
    public const int AT_EACCESS = 0x200;
    /// <summary>What the link points to.</summary>
    public const int AT_SYMLINK_FOLLOW = 0x400;
    /// <summary>Mount nothing.</summary>
    public const int AT_NO_AUTOMOUNT = 0x800;
    /// <summary>The descriptor itself, with an empty path.</summary>
    public const int AT_EMPTY_PATH = 0x1000;
    /// <summary>What is cached will do.</summary>
    public const int AT_STATX_DONT_SYNC = 0x4000;

    // How openat2 resolves.
    /// <summary>Not across mounts.</summary>
    public const ulong RESOLVE_NO_XDEV = 0x01;
    /// <summary>Not through links of /proc.</summary>
    public const ulong RESOLVE_NO_MAGICLINKS = 0x02;
    /// <summary>Not through links.</summary>
    public const ulong RESOLVE_NO_SYMLINKS = 0x04;
    /// <summary>Not above the directory.</summary>
    public const ulong RESOLVE_BENEATH = 0x08;
    /// <summary>The directory is the root.</summary>
    public const ulong RESOLVE_IN_ROOT = 0x10;

    // Fields of statx.
    /// <summary>What stat gives.</summary>
    public const uint STATX_BASIC_STATS = 0x7FF;
    /// <summary>The time of birth.</summary>
    public const uint STATX_BTIME = 0x800;
    /// <summary>The mount's id.</summary>
    public const uint STATX_MNT_ID = 0x1000;

    // File types.
    /// <summary>Mask of the type.</summary>
    public const uint S_IFMT = 0xF000;
    /// <summary>A fifo.</summary>
    public const uint S_IFIFO = 0x1000;
    /// <summary>A character device.</summary>
    public const uint S_IFCHR = 0x2000;
    /// <summary>A directory.</summary>
    public const uint S_IFDIR = 0x4000;
    /// <summary>A block device.</summary>
    public const uint S_IFBLK = 0x6000;
    /// <summary>A regular file.</summary>
    public const uint S_IFREG = 0x8000;
    /// <summary>A symbolic link.</summary>
    public const uint S_IFLNK = 0xA000;
    /// <summary>A socket.</summary>
    public const uint S_IFSOCK = 0xC000;
    /// <summary>Set-user-id.</summary>
    public const uint S_ISUID = 0x800;
    /// <summary>Set-group-id.</summary>
    public const uint S_ISGID = 0x400;
    /// <summary>Sticky.</summary>
    public const uint S_ISVTX = 0x200;

    // Rename, seek, allocate, attributes.
    /// <summary>Fail where the new name exists.</summary>
    public const uint RENAME_NOREPLACE = 1;
    /// <summary>Swap the two.</summary>
    public const uint RENAME_EXCHANGE = 2;
    /// <summary>Leave a whiteout.</summary>
    public const uint RENAME_WHITEOUT = 4;
    /// <summary>From the start.</summary>
    public const int SEEK_SET = 0;
    /// <summary>From here.</summary>
    public const int SEEK_CUR = 1;
    /// <summary>From the end.</summary>
    public const int SEEK_END = 2;
    /// <summary>To the next data.</summary>
    public const int SEEK_DATA = 3;
    /// <summary>To the next hole.</summary>
    public const int SEEK_HOLE = 4;
    /// <summary>The size stays.</summary>
    public const int FALLOC_FL_KEEP_SIZE = 0x01;
    /// <summary>Make a hole.</summary>
    public const int FALLOC_FL_PUNCH_HOLE = 0x02;
    /// <summary>Fail where it exists.</summary>
    public const int XATTR_CREATE = 1;
    /// <summary>Fail where it does not exist.</summary>
    public const int XATTR_REPLACE = 2;

    // Locks, leases and descriptor flags.
    /// <summary>Shared.</summary>
    public const int LOCK_SH = 1;
    /// <summary>Exclusive.</summary>
    public const int LOCK_EX = 2;
    /// <summary>Do not wait.</summary>
    public const int LOCK_NB = 4;
    /// <summary>Unlock.</summary>
    public const int LOCK_UN = 8;
    /// <summary>Read the descriptor's flags.</summary>
    public const int F_GETFL = 3;
    /// <summary>Set the descriptor's flags.</summary>
    public const int F_SETFL = 4;
    /// <summary>Ask for a lock of the open file.</summary>
    public const int F_OFD_GETLK = 36;
    /// <summary>Set a lock of the open file.</summary>
    public const int F_OFD_SETLK = 37;
    /// <summary>Set a lock of the open file, and wait.</summary>
    public const int F_OFD_SETLKW = 38;
    /// <summary>Take or give a lease.</summary>
    public const int F_SETLEASE = 1024;
    /// <summary>Read the lease.</summary>
    public const int F_GETLEASE = 1025;
    /// <summary>A read lock or lease.</summary>
    public const short F_RDLCK = 0;
    /// <summary>A write lock or lease.</summary>
    public const short F_WRLCK = 1;
    /// <summary>No lock or lease.</summary>
    public const short F_UNLCK = 2;

    // Mounts.
    /// <summary>Read-only.</summary>
    public const ulong MS_RDONLY = 1;
    /// <summary>Set-id bits do nothing.</summary>
    public const ulong MS_NOSUID = 2;
    /// <summary>Device files do nothing.</summary>
    public const ulong MS_NODEV = 4;
    /// <summary>Nothing can be run.</summary>
    public const ulong MS_NOEXEC = 8;
    /// <summary>No access times.</summary>
    public const ulong MS_NOATIME = 1024;
    /// <summary>Abort what is under way.</summary>
    public const int MNT_FORCE = 1;
    /// <summary>Out of the tree now, gone when the last user is.</summary>
    public const int MNT_DETACH = 2;
    /// <summary>Do not follow a link.</summary>
    public const int UMOUNT_NOFOLLOW = 8;

    // Poll events and signals.
    /// <summary>Reading will not wait.</summary>
    public const uint POLLIN = 0x1;
    /// <summary>Urgent data.</summary>
    public const uint POLLPRI = 0x2;
    /// <summary>Writing will not wait.</summary>
    public const uint POLLOUT = 0x4;
    /// <summary>An error is set.</summary>
    public const uint POLLERR = 0x8;
    /// <summary>The other end is gone.</summary>
    public const uint POLLHUP = 0x10;
    /// <summary>As POLLIN.</summary>
    public const uint POLLRDNORM = 0x40;
    /// <summary>As POLLOUT.</summary>
    public const uint POLLWRNORM = 0x100;
    /// <summary>A lease is to be broken, or a descriptor is ready.</summary>
    public const int SIGIO = 29;
}
