using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>A new file that is to take the place of another in its directory: unseen and unnamed until it is complete.</summary>
/// <param name="volume">The volume.</param>
/// <param name="directory">The directory; held open by the caller.</param>
internal ref struct Replacement(OverlayVolume volume, FileDescriptor directory)
{
    private const uint OwnerOnly = 0x180;

    /// <summary><c>XATTR_LIST_MAX</c> and <c>XATTR_SIZE_MAX</c>, bytes.</summary>
    private const int MaxXattr = 65_536;

    private static long s_last;

    private FileDescriptor? _file;
    private byte[]? _name;

    /// <summary>Writes and syncs the new file, and gives it the old one's owner, mode and extended attributes.</summary>
    /// <param name="old">The file to be replaced; O_PATH will do.</param>
    /// <param name="stat">Its attributes.</param>
    /// <param name="content">The new bytes.</param>
    /// <returns>None, or why not.</returns>
    public Errno Write(FileDescriptor old, in Statx stat, ReadOnlySpan<byte> content)
    {
        var error = Open();
        while (error == Errno.None && !content.IsEmpty)
        {
            error = Syscall.Write(_file!, content, out var count);
            content = content[count..];
        }
        if (error == Errno.None)
            error = Syscall.FChOwnAt(_file!, default, stat.Uid, stat.Gid, Linux.AT_EMPTY_PATH);
        if (error == Errno.None)
            error = CopyXattrs(old);
        if (error == Errno.None)
            error = Syscall.FChMod(_file!, stat.Mode & 0xFFFu);
        return error == Errno.None ? Syscall.FSync(_file!) : error;
    }

    /// <summary>Takes the place of what has a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>None, or why not.</returns>
    public Errno TakeName(ReadOnlySpan<byte> name)
    {
        if (_name is null)
        {
            var path = Syscall.ProcPath(_file!, stackalloc byte[Syscall.ProcPathSize]);
            var hidden = NewName();
            var error = Syscall.LinkAt(FileDescriptor.WorkingDirectory, path, directory, hidden, Linux.AT_SYMLINK_FOLLOW);
            if (error != Errno.None)
                return error;
            _name = hidden;
        }
        var renamed = Syscall.RenameAt2(directory, _name, directory, name, 0);
        if (renamed == Errno.None)
            _name = null;
        return renamed;
    }

    /// <summary>Removes what did not take its place.</summary>
    public readonly void Dispose()
    {
        if (_name is not null)
            Syscall.UnlinkAt(directory, _name, 0);
        _file?.Dispose();
    }

    private static byte[] NewName() =>
        System.Text.Encoding.ASCII.GetBytes($".streamactors-{Environment.ProcessId}-{Interlocked.Increment(ref s_last)}");

    private Errno Open()
    {
        var error = volume.OpenAt(directory, "."u8, Linux.O_TMPFILE | Linux.O_WRONLY, OwnerOnly, out _file);
        if (error is not (Errno.EOPNOTSUPP or Errno.EISDIR or Errno.EINVAL))
            return error;
        var name = NewName();
        error = volume.OpenAt(directory, name, Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW | Linux.O_WRONLY, OwnerOnly, out _file);
        _name = error == Errno.None ? name : null;
        return error;
    }

    private readonly Errno CopyXattrs(FileDescriptor old)
    {
        var path = Syscall.ProcPath(old, stackalloc byte[Syscall.ProcPathSize]);
        var names = new byte[MaxXattr];
        var error = Syscall.ListXattr(path, names, follow: true, out var listed);
        if (error == Errno.EOPNOTSUPP)
            return Errno.None;
        var value = new byte[MaxXattr];
        for (var rest = names.AsSpan(0, listed); error == Errno.None && !rest.IsEmpty;)
        {
            var length = rest.IndexOf((byte)0);
            var name = rest[..length];
            rest = rest[(length + 1)..];
            error = Syscall.GetXattr(path, name, value, follow: true, out var size);
            if (error == Errno.None)
                error = Syscall.FSetXattr(_file!, name, value.AsSpan(0, size), 0);
        }
        return error;
    }
}
