using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// An open file descriptor that can't be closed, and its number not given to another file, while a system call uses it:
/// every method of <see cref="Syscall"/> holds it for the length of the call, and <see cref="SafeHandle.Dispose()"/>
/// closes it after the last of them. A call on a descriptor that was disposed of before throws
/// <see cref="ObjectDisposedException"/>; who shares descriptors with a cache takes <see cref="TryAcquire"/> first.
/// </summary>
public sealed class FileDescriptor : SafeHandle
{
    /// <summary><c>AT_FDCWD</c>: paths are relative to the working directory. Never closed.</summary>
    public static readonly FileDescriptor WorkingDirectory = new(-100, ownsHandle: false);

    /// <summary>An empty one, for the marshaller.</summary>
    public FileDescriptor()
        : base(-1, ownsHandle: true)
    {
    }

    /// <summary>Takes a descriptor over.</summary>
    /// <param name="number">The descriptor's number.</param>
    /// <param name="ownsHandle">Whether disposing closes it.</param>
    public FileDescriptor(int number, bool ownsHandle = true)
        : base(-1, ownsHandle) => SetHandle(number);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == -1;

    /// <summary>The descriptor's number; its meaning holds only while the caller keeps the object in use.</summary>
    public int Number => (int)handle;

    /// <summary>Keeps the descriptor open until <see cref="Return"/>.</summary>
    /// <returns>False where it was disposed of already.</returns>
    public bool TryAcquire()
    {
        var acquired = false;
        try
        {
            DangerousAddRef(ref acquired);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        return acquired;
    }

    /// <summary>Ends one <see cref="TryAcquire"/>; the last one closes a descriptor that was disposed of.</summary>
    public void Return() => DangerousRelease();

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
