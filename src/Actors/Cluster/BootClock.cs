using System.Runtime.InteropServices;

namespace StreamActors.Cluster;

/// <summary>The time since the host was started, including the time in which it was suspended, which
/// <see cref="TimeProvider.System"/> leaves out. Setting the wall clock does not change it.</summary>
public sealed class BootClock : TimeProvider
{
    private const int ClockBootTime = 7;
    private const long NanosecondsPerTick = 100;

    private BootClock()
    {
    }

    /// <summary>The host's.</summary>
    public static BootClock Instance { get; } = new();

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        if (clock_gettime(ClockBootTime, out var time) != 0)
            throw new InvalidOperationException($"CLOCK_BOOTTIME can't be read (errno {Marshal.GetLastPInvokeError()}).");
        return (time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / NanosecondsPerTick);
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
