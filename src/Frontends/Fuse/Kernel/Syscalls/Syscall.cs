using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Linux system calls with spans in place of pointers and <see cref="Errno"/> in place of <c>errno</c>. Names and paths
/// are bytes without a NUL: one inside is EINVAL, 4,096 and more are ENAMETOOLONG. A call that a signal interrupted
/// answers EINTR; the caller decides whether to repeat it.
/// </summary>
[SkipLocalsInit]
public static unsafe partial class Syscall
{
    private static Errno LastError => (Errno)Marshal.GetLastPInvokeError();

    private static Errno Done(nint result) => result < 0 ? LastError : Errno.None;

    private static Errno Done(nint result, out int count)
    {
        count = result < 0 ? 0 : (int)result;
        return result < 0 ? LastError : Errno.None;
    }

    private static Errno Opened(int number, out FileDescriptor? descriptor)
    {
        if (number < 0)
        {
            descriptor = null;
            return LastError;
        }
        descriptor = new FileDescriptor(number);
        return Errno.None;
    }
}
