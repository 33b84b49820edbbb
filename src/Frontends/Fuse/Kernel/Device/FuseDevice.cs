using System.Runtime.CompilerServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>One descriptor of <c>/dev/fuse</c> that belongs to a mount: requests are read from it and answered on it.</summary>
public sealed class FuseDevice : IFuseChannel, IDisposable
{
    /// <summary>The device.</summary>
    public const string Path = "/dev/fuse";

    private const int SmallReply = 512;

    /// <summary>Takes a descriptor over.</summary>
    /// <param name="descriptor">An open descriptor that was given to a mount, or cloned from one.</param>
    public FuseDevice(FileDescriptor descriptor)
    {
        Descriptor = descriptor;
        Syscall.SetFlags(descriptor, Linux.O_NONBLOCK);
    }

    /// <summary>The descriptor.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>A further descriptor of the same mount, for another thread; possible after INIT alone.</summary>
    /// <returns>A clone, or null where the device can't be opened again (it may be root's own).</returns>
    public FuseDevice? Clone()
    {
        if (Syscall.Open(Path, Linux.O_RDWR, out var opened) != Errno.None || opened is null)
            return null;
        if (Syscall.CloneFuseDevice(opened, Descriptor) == Errno.None)
            return new FuseDevice(opened);
        opened.Dispose();
        return null;
    }

    /// <summary>Whether a request waits to be read; also true where the mount is gone, which a read then tells.</summary>
    public bool HasRequest => Syscall.Poll(Descriptor, (short)Linux.POLLIN, 0, out var events) != Errno.None || events != 0;

    /// <summary>Sleeps until a request waits to be read, or the mount is gone. With several that sleep each may be woken.</summary>
    public void Wait() => Syscall.Poll(Descriptor, (short)Linux.POLLIN, -1, out _);

    /// <summary>Reads a request.</summary>
    /// <param name="buffer">Gets the request, whole.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>
    /// None; EAGAIN where no request waits; ENOENT where it was withdrawn, EINTR; ENODEV after unmount, ECONNABORTED after an abort;
    /// EIO where the request was too long (the kernel answered it).
    /// </returns>
    public Errno Read(Span<byte> buffer, out int length) => Syscall.Read(Descriptor, buffer, out length);

    /// <inheritdoc/>
    [SkipLocalsInit]
    public Errno Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
    {
        // A finalizer may come here after the mount is gone.
        if (!Descriptor.TryAcquire())
            return Errno.ENODEV;
        try
        {
            // One piece is cheaper for the kernel than three, so short ones are put together.
            var length = header.Length + head.Length;
            if (length > SmallReply)
                return Syscall.WriteV(Descriptor, header, head, payload);
            Span<byte> start = stackalloc byte[SmallReply];
            header.CopyTo(start);
            head.CopyTo(start[header.Length..]);
            if (!payload.IsEmpty && length + payload.Length <= SmallReply)
            {
                payload.CopyTo(start[length..]);
                length += payload.Length;
                payload = default;
            }
            return payload.IsEmpty
                ? Syscall.Write(Descriptor, start[..length], out _)
                : Syscall.WriteV(Descriptor, start[..length], payload, default);
        }
        finally
        {
            Descriptor.Return();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
