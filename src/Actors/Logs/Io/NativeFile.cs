using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamActors.Logs;

/// <summary>The few system calls that .NET does not offer, or not with their errno. Numbers as on Linux.</summary>
internal static class NativeFile
{
    internal const int ReadOnly = 0, ReadWrite = 2, Create = 0x40, Exclusive = 0x80, CloseOnExec = 0x80000;
    internal const int KeepSize = 1, PunchHole = 2;
    private const int StatusBytes = 256; // struct statfs has 120 on 64 bits; the type is its first word
    private const long Ext4 = 0xEF53, Xfs = 0x58465342, Btrfs = 0x9123683E;
    internal const int LockExclusive = 2, LockNonBlocking = 4;
    private const int OpenFilesLimit = 7; // RLIMIT_NOFILE

    // Left to the runtime and to sockets: the runtime ends the process where it has no descriptors to start a thread.
    private const int SpareDescriptors = 64;

    internal const int EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, EACCES = 13, EEXIST = 17, EINVAL = 22, ENFILE = 23,
        EMFILE = 24, EFBIG = 27, ENOSPC = 28, EROFS = 30, ENOSYS = 38, EAGAIN = 11, EOPNOTSUPP = 95, EDQUOT = 122;

    internal static LogIOException Failure(string what, string path, int errno) =>
        new(ErrorOf(errno), $"{what} {path}: {Marshal.GetPInvokeErrorMessage(errno)}");

    /// <summary>What an errno means to a log.</summary>
    internal static LogError ErrorOf(int errno) => errno switch
    {
        ENOSPC or EFBIG => LogError.NoSpace,
        EDQUOT => LogError.Quota,
        EPERM or EACCES or EROFS => LogError.Denied,
        ENOENT => LogError.NotFound,
        EEXIST => LogError.Exists,
        EMFILE or ENFILE => LogError.OutOfDescriptors,
        _ => LogError.Io,
    };

    /// <summary>Calls until a signal no longer interrupts.</summary>
    internal static void Check(string what, string path, Func<int> call)
    {
        while (call() != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != EINTR)
                throw Failure(what, path, errno);
        }
    }

    /// <summary>A sync that fails leaves it unknown what is safe, whatever the reason, so it is always an I/O error.</summary>
    internal static void Sync(string what, string path, Func<int> call)
    {
        try
        {
            Check(what, path, call);
        }
        catch (LogIOException e)
        {
            throw new LogIOException(LogError.Io, e.Message, e);
        }
    }

    internal static SafeFileHandle Open(string path, int flags, int mode)
    {
        while (true)
        {
            var descriptor = open(path, flags | CloseOnExec, mode);
            if (descriptor >= 0)
            {
                var file = new SafeFileHandle(descriptor, ownsHandle: true);
                if (!IsSpare(descriptor))
                    return file;
                file.Dispose();
                // What was made by this is taken back, as if there had been none left at all.
                if ((flags & Exclusive) != 0)
                    _ = unlink(path);
                throw Failure("open", path, EMFILE);
            }
            var errno = Marshal.GetLastPInvokeError();
            if (errno != EINTR)
                throw Failure("open", path, errno);
        }
    }

    /// <summary>
    /// Whether syncfs(2) reports writes that failed (Linux 5.8), on a file system that is known to sync all it has: ext4,
    /// XFS and Btrfs. Others may not even ask their server.
    /// </summary>
    internal static bool TellsOfFailedWrites(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(5, 8) && IntPtr.Size == sizeof(long) &&
            fstatfs(file, ref MemoryMarshal.GetReference(status)) == 0 &&
            MemoryMarshal.Read<long>(status) is Ext4 or Xfs or Btrfs;
    }

    /// <summary>Whether a descriptor, which is the lowest that was free, is one of the last that there may be.</summary>
    private static bool IsSpare(int descriptor)
    {
        Span<ulong> limits = stackalloc ulong[2]; // soft, hard
        return getrlimit(OpenFilesLimit, ref MemoryMarshal.GetReference(limits)) == 0 && (ulong)descriptor + SpareDescriptors >= limits[0];
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int getrlimit(int resource, ref ulong limits);

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", SetLastError = true)]
    internal static extern int mkdir([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode);

    [DllImport("libc", SetLastError = true)]
    internal static extern int rmdir([MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc", SetLastError = true)]
    internal static extern int unlink([MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc", SetLastError = true)]
    internal static extern int rename(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", SetLastError = true)]
    internal static extern int fdatasync(SafeFileHandle file);

    [DllImport("libc", SetLastError = true)]
    internal static extern int syncfs(SafeFileHandle file);

    [DllImport("libc", SetLastError = true)]
    private static extern int fstatfs(SafeFileHandle file, ref byte status);

    [DllImport("libc", SetLastError = true)]
    internal static extern int fsync(SafeFileHandle file);

    [DllImport("libc", SetLastError = true)]
    internal static extern int fallocate(SafeFileHandle file, int mode, long position, long length);

    [DllImport("libc", SetLastError = true)]
    internal static extern int flock(SafeFileHandle file, int operation);
}
