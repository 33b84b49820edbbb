namespace StreamActors.Fuse.Kernel;

// Extended attributes, by open file (not O_PATH) and by path. Unsafe code: each pointer is that of a CString in the
// caller's frame, or of a span that is fixed for the length of the call, and passed with that span's length.
public static unsafe partial class Syscall
{
    /// <summary><c>fgetxattr(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Name with its name space.</param>
    /// <param name="value">Gets the value; empty asks for its size.</param>
    /// <param name="size">Bytes of the value.</param>
    /// <returns>None; ENODATA, ERANGE where the value is longer, or why not.</returns>
    public static Errno FGetXattr(FileDescriptor file, ReadOnlySpan<byte> name, Span<byte> value, out int size)
    {
        size = 0;
        var key = new CString(name, stackalloc byte[CString.Inline]);
        if (key.Error != Errno.None)
            return key.Error;
        fixed (byte* k = key)
        fixed (byte* v = value)
            return Done(Libc.FGetXattr(file, k, v, (nuint)value.Length), out size);
    }

    /// <summary><c>getxattr(2)</c>, or <c>lgetxattr(2)</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name with its name space.</param>
    /// <param name="value">Gets the value; empty asks for its size.</param>
    /// <param name="follow">Whether a symbolic link at the end is followed, as the links of /proc/self/fd have to be.</param>
    /// <param name="size">Bytes of the value.</param>
    /// <returns>None; ENODATA, ERANGE where the value is longer, or why not.</returns>
    public static Errno GetXattr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, Span<byte> value, bool follow, out int size)
    {
        size = 0;
        var file = new CString(path, stackalloc byte[CString.Inline]);
        var key = new CString(name, stackalloc byte[CString.Inline]);
        if (file.Error != Errno.None || key.Error != Errno.None)
            return file.Error != Errno.None ? file.Error : key.Error;
        fixed (byte* p = file)
        fixed (byte* k = key)
        fixed (byte* v = value)
        {
            var length = (nuint)value.Length;
            return Done(follow ? Libc.GetXattr(p, k, v, length) : Libc.LGetXattr(p, k, v, length), out size);
        }
    }

    /// <summary><c>fsetxattr(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Name with its name space.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">XATTR_CREATE, XATTR_REPLACE or 0.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FSetXattr(FileDescriptor file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int flags)
    {
        var key = new CString(name, stackalloc byte[CString.Inline]);
        if (key.Error != Errno.None)
            return key.Error;
        fixed (byte* k = key)
        fixed (byte* v = value)
            return Done(Libc.FSetXattr(file, k, v, (nuint)value.Length, flags));
    }

    /// <summary><c>setxattr(2)</c>, or <c>lsetxattr(2)</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name with its name space.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">XATTR_CREATE, XATTR_REPLACE or 0.</param>
    /// <param name="follow">Whether a symbolic link at the end is followed, as the links of /proc/self/fd have to be.</param>
    /// <returns>None, or why not.</returns>
    public static Errno SetXattr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int flags, bool follow)
    {
        var file = new CString(path, stackalloc byte[CString.Inline]);
        var key = new CString(name, stackalloc byte[CString.Inline]);
        if (file.Error != Errno.None || key.Error != Errno.None)
            return file.Error != Errno.None ? file.Error : key.Error;
        fixed (byte* p = file)
        fixed (byte* k = key)
        fixed (byte* v = value)
        {
            var length = (nuint)value.Length;
            return Done(follow ? Libc.SetXattr(p, k, v, length, flags) : Libc.LSetXattr(p, k, v, length, flags));
        }
    }

    /// <summary><c>flistxattr(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="list">Gets the names, each ended by NUL; empty asks for their size.</param>
    /// <param name="size">Bytes of the list.</param>
    /// <returns>None; ERANGE where the list is longer, or why not.</returns>
    public static Errno FListXattr(FileDescriptor file, Span<byte> list, out int size)
    {
        fixed (byte* l = list)
            return Done(Libc.FListXattr(file, l, (nuint)list.Length), out size);
    }

    /// <summary><c>listxattr(2)</c>, or <c>llistxattr(2)</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="list">Gets the names, each ended by NUL; empty asks for their size.</param>
    /// <param name="follow">Whether a symbolic link at the end is followed, as the links of /proc/self/fd have to be.</param>
    /// <param name="size">Bytes of the list.</param>
    /// <returns>None; ERANGE where the list is longer, or why not.</returns>
    public static Errno ListXattr(ReadOnlySpan<byte> path, Span<byte> list, bool follow, out int size)
    {
        size = 0;
        var file = new CString(path, stackalloc byte[CString.Inline]);
        if (file.Error != Errno.None)
            return file.Error;
        fixed (byte* p = file)
        fixed (byte* l = list)
        {
            var length = (nuint)list.Length;
            return Done(follow ? Libc.ListXattr(p, l, length) : Libc.LListXattr(p, l, length), out size);
        }
    }

    /// <summary><c>fremovexattr(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Name with its name space.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FRemoveXattr(FileDescriptor file, ReadOnlySpan<byte> name)
    {
        var key = new CString(name, stackalloc byte[CString.Inline]);
        if (key.Error != Errno.None)
            return key.Error;
        fixed (byte* k = key)
            return Done(Libc.FRemoveXattr(file, k));
    }

    /// <summary><c>removexattr(2)</c>, or <c>lremovexattr(2)</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name with its name space.</param>
    /// <param name="follow">Whether a symbolic link at the end is followed, as the links of /proc/self/fd have to be.</param>
    /// <returns>None, or why not.</returns>
    public static Errno RemoveXattr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow)
    {
        var file = new CString(path, stackalloc byte[CString.Inline]);
        var key = new CString(name, stackalloc byte[CString.Inline]);
        if (file.Error != Errno.None || key.Error != Errno.None)
            return file.Error != Errno.None ? file.Error : key.Error;
        fixed (byte* p = file)
        fixed (byte* k = key)
            return Done(follow ? Libc.RemoveXattr(p, k) : Libc.LRemoveXattr(p, k));
    }
}
