namespace StreamActors.Fuse.Kernel;

// Calls on one file: attributes and data. Unsafe code: each pointer is that of a CString or a local in the caller's
// frame, or of a span that is fixed for the length of the call, and passed with that span's length.
public static unsafe partial class Syscall
{
    /// <summary><c>fchmod(2)</c>; not for O_PATH.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mode">Permission bits.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FChMod(FileDescriptor file, uint mode) => Done(Libc.FChMod(file, mode));

    /// <summary><c>fchmodat2(2)</c> (Linux 6.6), and where the kernel lacks it the same through <c>/proc/self/fd</c>.</summary>
    /// <param name="directory">Where a relative path starts, or the file itself (O_PATH too) with an empty path and AT_EMPTY_PATH.</param>
    /// <param name="path">The path.</param>
    /// <param name="mode">Permission bits.</param>
    /// <param name="flags">AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW or 0.</param>
    /// <returns>None, or why not; EOPNOTSUPP for a symbolic link.</returns>
    public static Errno FChModAt2(FileDescriptor directory, ReadOnlySpan<byte> path, uint mode, int flags)
    {
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
        {
            var error = Done(Libc.SyscallAt(SyscallNumber.FChModAt2, directory, p, (nint)mode, flags));
            if (error != Errno.ENOSYS)
                return error;
            if (path.IsEmpty || (flags & Linux.AT_SYMLINK_NOFOLLOW) == 0)
                return ChModByProc(directory, path, mode);
            return Done(Libc.FChModAt(directory, p, mode, flags));
        }
    }

    private static Errno ChModByProc(FileDescriptor directory, ReadOnlySpan<byte> path, uint mode)
    {
        if (!path.IsEmpty)
        {
            var name = new CString(path, stackalloc byte[CString.Inline]);
            fixed (byte* p = name)
                return Done(Libc.FChModAt(directory, p, mode, 0));
        }
        if (!directory.TryAcquire())
            return Errno.EBADF;
        try
        {
            var link = new CString(ProcPath(directory, stackalloc byte[ProcPathSize]), stackalloc byte[CString.Inline]);
            fixed (byte* p = link)
                return Done(Libc.FChModAt(FileDescriptor.WorkingDirectory, p, mode, 0));
        }
        finally
        {
            directory.Return();
        }
    }

    /// <summary><c>fchownat(2)</c>.</summary>
    /// <param name="directory">Where a relative path starts, or the file itself (O_PATH too) with an empty path and AT_EMPTY_PATH.</param>
    /// <param name="path">The path.</param>
    /// <param name="uid">New owner; <see cref="uint.MaxValue"/> leaves it.</param>
    /// <param name="gid">New group; <see cref="uint.MaxValue"/> leaves it.</param>
    /// <param name="flags">AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW or 0.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FChOwnAt(FileDescriptor directory, ReadOnlySpan<byte> path, uint uid, uint gid, int flags)
    {
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
            return Done(Libc.FChOwnAt(directory, p, uid, gid, flags));
    }

    /// <summary><c>utimensat(2)</c>.</summary>
    /// <param name="directory">Where a relative path starts, or the file itself (O_PATH too, Linux 5.8) with an empty path and AT_EMPTY_PATH.</param>
    /// <param name="path">The path.</param>
    /// <param name="access">New time of access.</param>
    /// <param name="modification">New time of modification.</param>
    /// <param name="flags">AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW or 0.</param>
    /// <returns>None, or why not.</returns>
    public static Errno UTimeNsAt(FileDescriptor directory, ReadOnlySpan<byte> path, Timespec access, Timespec modification, int flags)
    {
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        var times = stackalloc Timespec[2] { access, modification };
        fixed (byte* p = name)
            return Done(Libc.UTimeNsAt(directory, p, times, flags));
    }

    /// <summary><c>futimens(3)</c>: the times of an open file; not for O_PATH.</summary>
    /// <param name="file">The file.</param>
    /// <param name="access">New time of access.</param>
    /// <param name="modification">New time of modification.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FUTimeNs(FileDescriptor file, Timespec access, Timespec modification)
    {
        var times = stackalloc Timespec[2] { access, modification };
        return Done(Libc.FUTimeNs(file, times));
    }

    /// <summary><c>ftruncate(2)</c>.</summary>
    /// <param name="file">The file, open for writing.</param>
    /// <param name="length">New size, bytes.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FTruncate(FileDescriptor file, long length) => Done(Libc.FTruncate(file, length));

    /// <summary><c>pread(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="buffer">Gets the bytes.</param>
    /// <param name="offset">Position, bytes.</param>
    /// <param name="count">Bytes read; 0 at the end.</param>
    /// <returns>None, or why not.</returns>
    public static Errno PRead(FileDescriptor file, Span<byte> buffer, long offset, out int count)
    {
        fixed (byte* b = buffer)
            return Done(Libc.PRead(file, b, (nuint)buffer.Length, offset), out count);
    }

    /// <summary><c>pwrite(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="offset">Position, bytes; without meaning under O_APPEND.</param>
    /// <param name="count">Bytes written, may be fewer.</param>
    /// <returns>None, or why not.</returns>
    public static Errno PWrite(FileDescriptor file, ReadOnlySpan<byte> data, long offset, out int count)
    {
        fixed (byte* d = data)
            return Done(Libc.PWrite(file, d, (nuint)data.Length, offset), out count);
    }

    /// <summary><c>read(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="buffer">Gets the bytes.</param>
    /// <param name="count">Bytes read; 0 at the end.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Read(FileDescriptor file, Span<byte> buffer, out int count)
    {
        fixed (byte* b = buffer)
            return Done(Libc.Read(file, b, (nuint)buffer.Length), out count);
    }

    /// <summary><c>write(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="count">Bytes written, may be fewer.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Write(FileDescriptor file, ReadOnlySpan<byte> data, out int count)
    {
        fixed (byte* d = data)
            return Done(Libc.Write(file, d, (nuint)data.Length), out count);
    }

    /// <summary><c>writev(2)</c> of up to three pieces, as one write.</summary>
    /// <param name="file">The file.</param>
    /// <param name="first">The first bytes.</param>
    /// <param name="second">What follows; may be empty.</param>
    /// <param name="third">What follows; may be empty.</param>
    /// <returns>None where the kernel took all, EIO where it took a part, else why not.</returns>
    public static Errno WriteV(FileDescriptor file, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        fixed (byte* a = first)
        fixed (byte* b = second)
        fixed (byte* c = third)
        {
            var vectors = stackalloc IoVector[3];
            vectors[0] = new IoVector { Base = a, Length = (nuint)first.Length };
            var used = 1;
            if (!second.IsEmpty)
                vectors[used++] = new IoVector { Base = b, Length = (nuint)second.Length };
            if (!third.IsEmpty)
                vectors[used++] = new IoVector { Base = c, Length = (nuint)third.Length };
            var written = Libc.WriteV(file, vectors, used);
            if (written < 0)
                return LastError;
            return written == first.Length + second.Length + third.Length ? Errno.None : Errno.EIO;
        }
    }

    /// <summary><c>fsync(2)</c>.</summary>
    /// <param name="file">The file or directory.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FSync(FileDescriptor file) => Done(Libc.FSync(file));

    /// <summary><c>fdatasync(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FDataSync(FileDescriptor file) => Done(Libc.FDataSync(file));

    /// <summary><c>syncfs(2)</c>: the whole file system that holds the file.</summary>
    /// <param name="file">Any file in it.</param>
    /// <returns>None, or why not.</returns>
    public static Errno SyncFs(FileDescriptor file) => Done(Libc.SyncFs(file));

    /// <summary><c>fallocate(2)</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mode">FALLOC_FL_*.</param>
    /// <param name="offset">Position, bytes.</param>
    /// <param name="length">Length, bytes.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FAllocate(FileDescriptor file, int mode, long offset, long length) =>
        Done(Libc.FAllocate(file, mode, offset, length));

    /// <summary><c>lseek(2)</c>.</summary>
    /// <param name="file">The file or directory.</param>
    /// <param name="offset">Position, bytes; of a directory one that it gave.</param>
    /// <param name="whence">SEEK_*.</param>
    /// <param name="position">The new position.</param>
    /// <returns>None, or why not; ENXIO past the end for SEEK_DATA and SEEK_HOLE.</returns>
    public static Errno LSeek(FileDescriptor file, long offset, int whence, out long position)
    {
        position = Libc.LSeek(file, offset, whence);
        return position < 0 ? LastError : Errno.None;
    }

    /// <summary><c>copy_file_range(2)</c>.</summary>
    /// <param name="source">Read from.</param>
    /// <param name="sourceOffset">Position in it, bytes.</param>
    /// <param name="target">Written to.</param>
    /// <param name="targetOffset">Position in it, bytes.</param>
    /// <param name="length">Bytes to copy.</param>
    /// <param name="flags">0.</param>
    /// <param name="count">Bytes copied, may be fewer.</param>
    /// <returns>None, or why not.</returns>
    public static Errno CopyFileRange(
        FileDescriptor source, long sourceOffset, FileDescriptor target, long targetOffset, ulong length, uint flags, out int count)
    {
        // The count fits an int: the kernel itself never copies more than 2 GiB less a page at once.
        var wanted = (nuint)Math.Min(length, 0x7FFFF000);
        return Done(Libc.CopyFileRange(source, &sourceOffset, target, &targetOffset, wanted, flags), out count);
    }

    /// <summary><c>fstatfs(2)</c>.</summary>
    /// <param name="file">Any file of the file system; O_PATH will do.</param>
    /// <param name="result">Its sizes.</param>
    /// <returns>None, or why not.</returns>
    public static Errno FStatFs(FileDescriptor file, out StatFs result)
    {
        result = default;
        fixed (StatFs* r = &result)
            return Done(Libc.FStatFs(file, r));
    }

    /// <summary><c>statfs(2)</c>.</summary>
    /// <param name="path">Any file of the file system.</param>
    /// <param name="result">Its sizes.</param>
    /// <returns>None, or why not; ENOTCONN where it is a mount whose server is gone.</returns>
    public static Errno StatFs(ReadOnlySpan<byte> path, out StatFs result)
    {
        result = default;
        var name = new CString(path, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        fixed (byte* p = name)
        fixed (StatFs* r = &result)
            return Done(Libc.StatFs(p, r));
    }

    /// <summary>Bytes that <see cref="ProcPath"/> needs at most.</summary>
    public const int ProcPathSize = 32;

    /// <summary>Writes <c>/proc/self/fd/N</c>: a path to what an O_PATH descriptor names, for calls that take paths alone.</summary>
    /// <param name="file">The descriptor; the caller keeps it acquired for as long as the path is used.</param>
    /// <param name="space">At least <see cref="ProcPathSize"/> bytes.</param>
    /// <returns>The path, in <paramref name="space"/>.</returns>
    public static ReadOnlySpan<byte> ProcPath(FileDescriptor file, Span<byte> space)
    {
        "/proc/self/fd/"u8.CopyTo(space);
        System.Buffers.Text.Utf8Formatter.TryFormat(file.Number, space[14..], out var digits);
        return space[..(14 + digits)];
    }
}
