using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// The C library's functions as they are. Only <see cref="Syscall"/> and <see cref="FileDescriptor"/> call them: every
/// pointer that is passed points into memory that is pinned or on the stack for the length of the call, and every
/// length is that of the memory. Functions of one number of arguments through <c>syscall</c> have no C wrapper, or one
/// that acts on all threads.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    [LibraryImport(Name, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(Name, EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(FileDescriptor directory, byte* path, int flags, uint mode);

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(FileDescriptor directory, byte* path, int flags, uint mask, Statx* result);

    [LibraryImport(Name, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MkDirAt(FileDescriptor directory, byte* path, uint mode);

    [LibraryImport(Name, EntryPoint = "mknodat", SetLastError = true)]
    public static partial int MkNodAt(FileDescriptor directory, byte* path, uint mode, ulong device);

    [LibraryImport(Name, EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymlinkAt(byte* target, FileDescriptor directory, byte* path);

    [LibraryImport(Name, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(FileDescriptor directory, byte* path, byte* buffer, nuint size);

    [LibraryImport(Name, EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(FileDescriptor oldDirectory, byte* oldPath, FileDescriptor newDirectory, byte* newPath, int flags);

    [LibraryImport(Name, EntryPoint = "renameat2", SetLastError = true)]
    public static partial int RenameAt2(FileDescriptor oldDirectory, byte* oldPath, FileDescriptor newDirectory, byte* newPath, uint flags);

    [LibraryImport(Name, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(FileDescriptor directory, byte* path, int flags);

    [LibraryImport(Name, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int FChMod(FileDescriptor fd, uint mode);

    [LibraryImport(Name, EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int FChModAt(FileDescriptor directory, byte* path, uint mode, int flags);

    [LibraryImport(Name, EntryPoint = "fchownat", SetLastError = true)]
    public static partial int FChOwnAt(FileDescriptor directory, byte* path, uint uid, uint gid, int flags);

    [LibraryImport(Name, EntryPoint = "utimensat", SetLastError = true)]
    public static partial int UTimeNsAt(FileDescriptor directory, byte* path, Timespec* times, int flags);

    [LibraryImport(Name, EntryPoint = "futimens", SetLastError = true)]
    public static partial int FUTimeNs(FileDescriptor fd, Timespec* times);

    [LibraryImport(Name, EntryPoint = "faccessat", SetLastError = true)]
    public static partial int FAccessAt(FileDescriptor directory, byte* path, int mode, int flags);

    [LibraryImport(Name, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int FTruncate(FileDescriptor fd, long length);

    [LibraryImport(Name, EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(FileDescriptor fd, byte* buffer, nuint count, long offset);

    [LibraryImport(Name, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(FileDescriptor fd, byte* buffer, nuint count, long offset);

    [LibraryImport(Name, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(FileDescriptor fd, byte* buffer, nuint count);

    [LibraryImport(Name, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(FileDescriptor fd, byte* buffer, nuint count);

    [LibraryImport(Name, EntryPoint = "writev", SetLastError = true)]
    public static partial nint WriteV(FileDescriptor fd, IoVector* vectors, int count);

    [LibraryImport(Name, EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(FileDescriptor fd);

    [LibraryImport(Name, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(FileDescriptor fd);

    [LibraryImport(Name, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFs(FileDescriptor fd);

    [LibraryImport(Name, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int FAllocate(FileDescriptor fd, int mode, long offset, long length);

    [LibraryImport(Name, EntryPoint = "lseek", SetLastError = true)]
    public static partial long LSeek(FileDescriptor fd, long offset, int whence);

    [LibraryImport(Name, EntryPoint = "copy_file_range", SetLastError = true)]
    public static partial nint CopyFileRange(FileDescriptor source, long* sourceOffset, FileDescriptor target, long* targetOffset, nuint length, uint flags);

    [LibraryImport(Name, EntryPoint = "fstatfs", SetLastError = true)]
    public static partial int FStatFs(FileDescriptor fd, StatFs* result);

    [LibraryImport(Name, EntryPoint = "statfs", SetLastError = true)]
    public static partial int StatFs(byte* path, StatFs* result);

    [LibraryImport(Name, EntryPoint = "fgetxattr", SetLastError = true)]
    public static partial nint FGetXattr(FileDescriptor fd, byte* name, byte* value, nuint size);

    [LibraryImport(Name, EntryPoint = "getxattr", SetLastError = true)]
    public static partial nint GetXattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport(Name, EntryPoint = "lgetxattr", SetLastError = true)]
    public static partial nint LGetXattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport(Name, EntryPoint = "fsetxattr", SetLastError = true)]
    public static partial int FSetXattr(FileDescriptor fd, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Name, EntryPoint = "setxattr", SetLastError = true)]
    public static partial int SetXattr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Name, EntryPoint = "lsetxattr", SetLastError = true)]
    public static partial int LSetXattr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Name, EntryPoint = "flistxattr", SetLastError = true)]
    public static partial nint FListXattr(FileDescriptor fd, byte* list, nuint size);

    [LibraryImport(Name, EntryPoint = "listxattr", SetLastError = true)]
    public static partial nint ListXattr(byte* path, byte* list, nuint size);

    [LibraryImport(Name, EntryPoint = "llistxattr", SetLastError = true)]
    public static partial nint LListXattr(byte* path, byte* list, nuint size);

    [LibraryImport(Name, EntryPoint = "fremovexattr", SetLastError = true)]
    public static partial int FRemoveXattr(FileDescriptor fd, byte* name);

    [LibraryImport(Name, EntryPoint = "removexattr", SetLastError = true)]
    public static partial int RemoveXattr(byte* path, byte* name);

    [LibraryImport(Name, EntryPoint = "lremovexattr", SetLastError = true)]
    public static partial int LRemoveXattr(byte* path, byte* name);

    [LibraryImport(Name, EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(FileDescriptor fd, int operation);

    [LibraryImport(Name, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FCntl(FileDescriptor fd, int command, nint argument);

    [LibraryImport(Name, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoCtl(FileDescriptor fd, nuint request, void* argument);

    [LibraryImport(Name, EntryPoint = "umask")]
    public static partial uint Umask(uint mask);

    [LibraryImport(Name, EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport(Name, EntryPoint = "prlimit", SetLastError = true)]
    public static partial int PrLimit(int pid, int resource, ResourceLimit* newLimit, ResourceLimit* oldLimit);

    [LibraryImport(Name, EntryPoint = "signal", SetLastError = true)]
    public static partial nint Signal(int signal, nint handler);

    [LibraryImport(Name, EntryPoint = "mount", SetLastError = true)]
    public static partial int Mount(byte* source, byte* target, byte* type, nuint flags, byte* data);

    [LibraryImport(Name, EntryPoint = "umount2", SetLastError = true)]
    public static partial int Umount2(byte* target, int flags);

    [LibraryImport(Name, EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int domain, int type, int protocol, int* pair);

    [LibraryImport(Name, EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint RecvMsg(FileDescriptor fd, MessageHeader* message, int flags);

    [LibraryImport(Name, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeout);

    [LibraryImport(Name, EntryPoint = "setsid", SetLastError = true)]
    public static partial int SetSid();

    [LibraryImport(Name, EntryPoint = "dup2", SetLastError = true)]
    public static partial int Dup2(int source, int target);

    [LibraryImport(Name, EntryPoint = "geteuid")]
    public static partial uint GetEUid();

    [LibraryImport(Name, EntryPoint = "getegid")]
    public static partial uint GetEGid();

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SyscallAt(nint number, FileDescriptor directory, byte* path, nint third, nint fourth);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SyscallOn(nint number, FileDescriptor fd, void* second, nint third);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SyscallOn5(nint number, FileDescriptor fd, nint second, nint third, nint fourth, nint fifth);
}
