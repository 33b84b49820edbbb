using System.Buffers;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// Extended attributes of an object that was reached, of every name space, ACLs too. They go through
/// <c>/proc/self/fd</c>, because the calls on descriptors refuse O_PATH.
/// </summary>
internal static class ExtendedAttributes
{
    /// <summary><c>FUSE_SETXATTR_ACL_KILL_SGID</c>: the caller is not in the file's group.</summary>
    private const uint KillSetGroupId = 1;

    /// <summary><c>XATTR_LIST_MAX</c> and <c>XATTR_SIZE_MAX</c>, bytes.</summary>
    private const int MaxSize = 65_536;

    /// <summary>SETXATTR.</summary>
    /// <param name="file">The object.</param>
    /// <param name="request">The arguments.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Set(FileDescriptor file, in SetXattrRequest request)
    {
        var path = Syscall.ProcPath(file, stackalloc byte[Syscall.ProcPathSize]);
        var error = Syscall.SetXattr(path, request.Name, request.Value, (int)request.Flags, follow: true);
        if (error != Errno.None || (request.SetXattrFlags & KillSetGroupId) == 0)
            return error;
        error = Syscall.Statx(file, out var stat);
        if (error != Errno.None || (stat.Mode & Linux.S_ISGID) == 0)
            return error;
        return Syscall.FChModAt2(file, default, stat.Mode & 0xFFFu & ~Linux.S_ISGID, Linux.AT_EMPTY_PATH);
    }

    /// <summary>GETXATTR.</summary>
    /// <param name="call">The call to answer.</param>
    /// <param name="file">The object.</param>
    /// <param name="name">The attribute.</param>
    /// <param name="size">Bytes of the caller's buffer; 0 asks for the size.</param>
    public static void Get(Call call, FileDescriptor file, ReadOnlySpan<byte> name, int size)
    {
        var path = Syscall.ProcPath(file, stackalloc byte[Syscall.ProcPathSize]);
        byte[]? rented = null;
        try
        {
            size = Math.Min(size, MaxSize);
            var value = size <= 1024 ? stackalloc byte[1024] : rented = ArrayPool<byte>.Shared.Rent(size);
            var error = Syscall.GetXattr(path, name, value[..size], follow: true, out var length);
            if (error != Errno.None)
                call.Finish(error);
            else if (size == 0)
                call.XattrSize(length);
            else
                call.Data(value[..length]);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>LISTXATTR. Only root sees the names of <c>trusted.</c>, as on a local file system.</summary>
    /// <param name="call">The call to answer.</param>
    /// <param name="file">The object.</param>
    /// <param name="size">Bytes of the caller's buffer; 0 asks for the size.</param>
    public static void List(Call call, FileDescriptor file, int size)
    {
        var path = Syscall.ProcPath(file, stackalloc byte[Syscall.ProcPathSize]);
        var list = ArrayPool<byte>.Shared.Rent(MaxSize);
        try
        {
            var error = Syscall.ListXattr(path, list.AsSpan(0, MaxSize), follow: true, out var length);
            if (error != Errno.None)
            {
                call.Finish(error);
                return;
            }
            if (call.Caller.Uid != 0)
                length = WithoutTrusted(list.AsSpan(0, length));
            if (size == 0)
                call.XattrSize(length);
            else if (size < length)
                call.Finish(Errno.ERANGE);
            else
                call.Data(list.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(list);
        }
    }

    /// <summary>REMOVEXATTR.</summary>
    /// <param name="file">The object.</param>
    /// <param name="name">The attribute.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Remove(FileDescriptor file, ReadOnlySpan<byte> name)
    {
        var path = Syscall.ProcPath(file, stackalloc byte[Syscall.ProcPathSize]);
        return Syscall.RemoveXattr(path, name, follow: true);
    }

    private static int WithoutTrusted(Span<byte> list)
    {
        var (from, to) = (0, 0);
        while (from < list.Length)
        {
            var length = list[from..].IndexOf((byte)0) + 1;
            if (length == 0)
                length = list.Length - from;
            var name = list.Slice(from, length);
            from += length;
            if (name.StartsWith("trusted."u8))
                continue;
            name.CopyTo(list[to..]);
            to += length;
        }
        return to;
    }
}
