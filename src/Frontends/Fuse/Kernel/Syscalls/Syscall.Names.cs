namespace StreamActors.Fuse.Kernel;

// Calls on names in a directory. Unsafe code: each pointer is that of a CString in the caller's frame, or of a span that
// is fixed for the length of the call.
public static unsafe partial class Syscall
{
    /// <summary><c>openat(2)</c>. O_CLOEXEC is always set.</summary>
    /// <param name="directory">Where a relative path starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="flags">O_*.</param>
    /// <param name="mode">Permission bits of a new file.</param>
    /// <param name="descriptor">The open file.</param>
    /// <returns>None, or why not.</returns>
    public static Errno OpenAt(FileDescriptor directory, ReadOnlySpan<byte> path, int flags, uint mode, out FileDescriptor? descriptor)
    {
        descriptor = null;
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
            return Opened(Libc.OpenAt(directory, p, flags | Linux.O_CLOEXEC, mode), out descriptor);
    }

    /// <summary><c>openat2(2)</c>. O_CLOEXEC is always set.</summary>
    /// <param name="directory">Where a relative path starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="flags">O_*.</param>
    /// <param name="mode">Permission bits of a new file; has to be 0 without O_CREAT and O_TMPFILE.</param>
    /// <param name="resolve">RESOLVE_*.</param>
    /// <param name="descriptor">The open file.</param>
    /// <returns>None, or why not; EXDEV where the path leaves what <paramref name="resolve"/> allows.</returns>
    public static Errno OpenAt2(FileDescriptor directory, ReadOnlySpan<byte> path, int flags, uint mode, ulong resolve, out FileDescriptor? descriptor)
    {
        descriptor = null;
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        var how = new OpenHow { Flags = (uint)(flags | Linux.O_CLOEXEC), Mode = mode, Resolve = resolve };
        fixed (byte* p = name)
            return Opened((int)Libc.SyscallAt(SyscallNumber.OpenAt2, directory, p, (nint)(&how), sizeof(OpenHow)), out descriptor);
    }

    /// <summary><c>statx(2)</c>.</summary>
    /// <param name="directory">Where a relative path starts, or the file itself with an empty path and AT_EMPTY_PATH.</param>
    /// <param name="path">The path.</param>
    /// <param name="flags">AT_*.</param>
    /// <param name="mask">STATX_*.</param>
    /// <param name="result">The attributes.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Statx(FileDescriptor directory, ReadOnlySpan<byte> path, int flags, uint mask, out Statx result)
    {
        result = default;
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
        fixed (Statx* r = &result)
            return Done(Libc.Statx(directory, p, flags, mask, r));
    }

    /// <summary><c>statx(2)</c> of an open file: what stat gives, and the time of birth.</summary>
    /// <param name="file">The file; O_PATH will do.</param>
    /// <param name="result">The attributes.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Statx(FileDescriptor file, out Statx result) =>
        Statx(file, default, Linux.AT_EMPTY_PATH | Linux.AT_SYMLINK_NOFOLLOW, Linux.STATX_BASIC_STATS | Linux.STATX_BTIME, out result);

    /// <summary><c>mkdirat(2)</c>.</summary>
    /// <param name="directory">Where a relative path starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="mode">Permission bits, under the thread's umask.</param>
    /// <returns>None, or why not.</returns>
    public static Errno MkDirAt(FileDescriptor directory, ReadOnlySpan<byte> path, uint mode)
    {
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
            return Done(Libc.MkDirAt(directory, p, mode));
    }

    /// <summary><c>mknodat(2)</c>.</summary>
    /// <param name="directory">Where a relative path starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="mode">Type and permission bits, under the thread's umask.</param>
    /// <param name="device">Device number as <see cref="DeviceNumber.ToDevT"/> makes it; 0 but for devices.</param>
    /// <returns>None, or why not.</returns>
    public static Errno MkNodAt(FileDescriptor directory, ReadOnlySpan<byte> path, uint mode, ulong device)
    {
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
            return Done(Libc.MkNodAt(directory, p, mode, device));
    }

    /// <summary><c>symlinkat(2)</c>.</summary>
    /// <param name="target">What the link says.</param>
    /// <param name="directory">Where a relative path starts.</param>
    /// <param name="path">The new link.</param>
    /// <returns>None, or why not.</returns>
    public static Errno SymlinkAt(ReadOnlySpan<byte> target, FileDescriptor directory, ReadOnlySpan<byte> path)
    {
        var says = new CString(target, stackalloc byte[CString.Inline]);
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (says.Error != Errno.None || name.Error != Errno.None)
            return says.Error != Errno.None ? says.Error : name.Error;
        fixed (byte* t = says)
        fixed (byte* p = name)
            return Done(Libc.SymlinkAt(t, directory, p));
    }

    /// <summary><c>readlinkat(2)</c>.</summary>
    /// <param name="directory">Where a relative path starts, or with an empty path an O_PATH descriptor of the link itself.</param>
    /// <param name="path">The path.</param>
    /// <param name="buffer">Gets what the link says, cut to its length.</param>
    /// <param name="length">Bytes in the buffer.</param>
    /// <returns>None, or why not.</returns>
    public static Errno ReadLinkAt(FileDescriptor directory, ReadOnlySpan<byte> path, Span<byte> buffer, out int length)
    {
        length = 0;
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
        fixed (byte* b = buffer)
            return Done(Libc.ReadLinkAt(directory, p, b, (nuint)buffer.Length), out length);
    }

    /// <summary><c>linkat(2)</c>.</summary>
    /// <param name="oldDirectory">Where a relative old path starts, or the file itself with an empty path and AT_EMPTY_PATH (CAP_DAC_READ_SEARCH).</param>
    /// <param name="oldPath">The file.</param>
    /// <param name="newDirectory">Where a relative new path starts.</param>
    /// <param name="newPath">The new name.</param>
    /// <param name="flags">AT_SYMLINK_FOLLOW, AT_EMPTY_PATH or 0.</param>
    /// <returns>None, or why not.</returns>
    public static Errno LinkAt(FileDescriptor oldDirectory, ReadOnlySpan<byte> oldPath, FileDescriptor newDirectory, ReadOnlySpan<byte> newPath, int flags)
    {
        var oldName = new CString(oldPath, stackalloc byte[CString.Inline]);
        var newName = new CString(newPath, stackalloc byte[CString.Inline]);
        if (oldName.Error != Errno.None || newName.Error != Errno.None)
            return oldName.Error != Errno.None ? oldName.Error : newName.Error;
        fixed (byte* o = oldName)
        fixed (byte* n = newName)
            return Done(Libc.LinkAt(oldDirectory, o, newDirectory, n, flags));
    }

    /// <summary><c>renameat2(2)</c>.</summary>
    /// <param name="oldDirectory">Where a relative old path starts.</param>
    /// <param name="oldPath">The old name.</param>
    /// <param name="newDirectory">Where a relative new path starts.</param>
    /// <param name="newPath">The new name.</param>
    /// <param name="flags">RENAME_*.</param>
    /// <returns>None, or why not.</returns>
    public static Errno RenameAt2(FileDescriptor oldDirectory, ReadOnlySpan<byte> oldPath, FileDescriptor newDirectory, ReadOnlySpan<byte> newPath, uint flags)
    {
        var oldName = new CString(oldPath, stackalloc byte[CString.Inline]);
        var newName = new CString(newPath, stackalloc byte[CString.Inline]);
        if (oldName.Error != Errno.None || newName.Error != Errno.None)
            return oldName.Error != Errno.None ? oldName.Error : newName.Error;
        fixed (byte* o = oldName)
        fixed (byte* n = newName)
            return Done(Libc.RenameAt2(oldDirectory, o, newDirectory, n, flags));
    }

    /// <summary><c>unlinkat(2)</c>.</summary>
    /// <param name="directory">Where a relative path starts.</param>
    /// <param name="path">The name.</param>
    /// <param name="flags">AT_REMOVEDIR or 0.</param>
    /// <returns>None, or why not.</returns>
    public static Errno UnlinkAt(FileDescriptor directory, ReadOnlySpan<byte> path, int flags)
    {
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
            return Done(Libc.UnlinkAt(directory, p, flags));
    }

    /// <summary><c>faccessat(2)</c>.</summary>
    /// <param name="directory">Where a relative path starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="mode">R_OK 4, W_OK 2, X_OK 1, F_OK 0.</param>
    /// <param name="flags">AT_EACCESS, AT_SYMLINK_NOFOLLOW or 0.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FAccessAt(FileDescriptor directory, ReadOnlySpan<byte> path, int mode, int flags)
    {
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
            return Done(Libc.FAccessAt(directory, p, mode, flags));
    }

    /// <summary>Reads entries of an open directory (<c>getdents64</c>).</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="buffer">Gets whole entries; <see cref="DirectoryEntries"/> reads them.</param>
    /// <param name="length">Bytes in the buffer; 0 at the end.</param>
    /// <returns>None, or why not; EINVAL where not even one entry fits.</returns>
    public static Errno GetDents(FileDescriptor directory, Span<byte> buffer, out int length)
    {
        fixed (byte* b = buffer)
            return Done(Libc.SyscallOn(SyscallNumber.GetDents64, directory, b, buffer.Length), out length);
    }

    /// <summary>Opens a path from the root or the working directory.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags">O_*.</param>
    /// <param name="descriptor">The open file.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Open(string path, int flags, out FileDescriptor? descriptor) =>
        OpenAt(FileDescriptor.WorkingDirectory, System.Text.Encoding.UTF8.GetBytes(path), flags, 0, out descriptor);
}
