using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamActors.Host.Helper;

/// <summary>A descriptor of a process (pidfd_open(2), Linux 5.3): it stands for this process and no later one of the same number.</summary>
internal sealed class ProcessDescriptor : SafeHandleZeroOrMinusOneIsInvalid
{
    private const long PidfdOpen = 434;
    private const short Readable = 1; // POLLIN
    private const int Interrupted = 4; // EINTR

    private ProcessDescriptor(nint descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The process that has started this one, or adopted it.</summary>
    public static int Parent => getppid();

    /// <summary>Opens a process; null where there is none, or the kernel is too old.</summary>
    public static ProcessDescriptor? TryOpen(int process) => syscall(PidfdOpen, process, 0) is >= 0 and var descriptor ? new ProcessDescriptor((nint)descriptor) : null;

    /// <summary>Waits until the process has ended.</summary>
    public void WaitForExit()
    {
        var poll = new PollDescriptor { Descriptor = (int)handle, Events = Readable };
        while (PollOnce(ref poll, 1, -1) < 0)
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw new IOException($"poll: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Leaves the session and group of the server: a signal to all of them is not for the helper.</summary>
    public static void LeaveGroup() => _ = setsid();

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => close((int)handle) == 0;

    [DllImport("libc", SetLastError = true)]
    private static extern long syscall(long number, int process, uint flags);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static extern int PollOnce(ref PollDescriptor descriptor, nuint count, int timeout);

    [DllImport("libc")]
    private static extern int getppid();

    [DllImport("libc")]
    private static extern int setsid();

    [DllImport("libc")]
    private static extern int close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Found;
    }
}
