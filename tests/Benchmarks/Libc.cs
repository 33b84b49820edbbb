using System.ComponentModel;
using System.Runtime.InteropServices;

namespace StreamActors.Benchmarks;

/// <summary>The few system calls that a workload makes, without what .NET's file classes add (fstat, flock).</summary>
internal static class Libc
{
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_CREAT = 0x40;
    public const int O_TRUNC = 0x200;
    public const int O_APPEND = 0x400;
    public const int FadviseRandom = 1;
    public const int FadviseDontNeed = 4;

    public static int Open(string path, int flags, int mode = 0x1A4) => Check(NativeOpen(path, flags, mode), path);

    public static int Read(int fd, byte[] buffer, long offset) => (int)CheckLong(NativePread(fd, buffer, buffer.Length, offset), "pread");

    public static int Write(int fd, byte[] buffer) => (int)CheckLong(NativeWrite(fd, buffer, buffer.Length), "write");

    public static int ReadDirectory(int fd, byte[] buffer) => (int)CheckLong(NativeGetDents(fd, buffer, buffer.Length), "getdents64");

    public static void Close(int fd) => Check(NativeClose(fd), "close");

    public static void Unlink(string path) => Check(NativeUnlink(path), path);

    public static void Stat(string path) => Check(NativeStatx(-100, path, 0, 0x7FF, new byte[256]), path);

    public static void Fadvise(int fd, int advice)
    {
        var error = NativeFadvise(fd, 0, 0, advice);
        if (error != 0)
            throw new Win32Exception(error, "posix_fadvise");
    }

    /// <summary>Processor time that a process has taken so far, user and system, all its threads.</summary>
    public static double CpuSeconds(int process)
    {
        // The clock of another process: CPUCLOCK_SCHED of its number (clock_getcpuclockid(3)).
        const int sched = 2;
        Check(NativeClock((~process << 3) | sched, out var time), "clock_gettime");
        return time.Seconds + time.Nanoseconds / 1e9;
    }

    /// <summary>Processor time of all children that have ended, user and system (getrusage(2)).</summary>
    public static double EndedChildrenCpuSeconds()
    {
        const int children = -1;
        var usage = new long[18]; // two struct timeval, then counters
        Check(NativeUsage(children, usage), "getrusage");
        return usage[0] + usage[2] + (usage[1] + usage[3]) / 1e6;
    }

    private static int Check(int result, string what) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), what);

    private static long CheckLong(long result, string what) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), what);

    [DllImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static extern int NativeClock(int clock, out Timespec time);

    [DllImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static extern int NativeUsage(int who, long[] usage);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int NativeOpen([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static extern nint NativePread(int fd, byte[] buffer, nint count, long offset);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint NativeWrite(int fd, byte[] buffer, nint count);

    [DllImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    private static extern nint NativeGetDents(int fd, byte[] buffer, nint count);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int NativeClose(int fd);

    [DllImport("libc", EntryPoint = "unlink", SetLastError = true)]
    private static extern int NativeUnlink([MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int NativeStatx(int dirfd, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] buffer);

    [DllImport("libc", EntryPoint = "posix_fadvise", SetLastError = true)]
    private static extern int NativeFadvise(int fd, long offset, long length, int advice);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
