using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

// Timers as descriptors (timerfd_create(2)). Unsafe code: the pointer is that of a local.
public static unsafe partial class Syscall
{
    private const int ClockMonotonic = 1;
    private const int TimerCloseOnExec = 0x80000;
    private const int TimerAbsolute = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Makes a timer of the monotonic clock, disarmed; reading 8 bytes of it waits for it.</summary>
    /// <param name="timer">The timer.</param>
    /// <returns>None, or why not.</returns>
    public static Errno CreateTimer(out FileDescriptor? timer) => Opened(Libc.TimerFdCreate(ClockMonotonic, TimerCloseOnExec), out timer);

    /// <summary>Sets a timer, in place of any time before.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="due">When it ends, in nanoseconds of the monotonic clock, over 0; a time that is past ends it at once.</param>
    /// <returns>None, or why not.</returns>
    public static Errno SetTimer(FileDescriptor timer, long due)
    {
        var setting = stackalloc long[4] { 0, 0, due / NanosecondsPerSecond, due % NanosecondsPerSecond };
        return Done(Libc.TimerFdSetTime(timer, TimerAbsolute, setting, null));
    }
}

internal static unsafe partial class Libc
{
    [LibraryImport(Name, EntryPoint = "timerfd_create", SetLastError = true)]
    public static partial int TimerFdCreate(int clock, int flags);

    [LibraryImport(Name, EntryPoint = "timerfd_settime", SetLastError = true)]
    public static partial int TimerFdSetTime(FileDescriptor timer, int flags, long* setting, long* before);
}
