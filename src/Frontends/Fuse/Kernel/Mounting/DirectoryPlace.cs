namespace StreamActors.Fuse.Kernel;

/// <summary>Where one directory is, seen from another.</summary>
public enum DirectoryPlace
{
    /// <summary>Neither is in the other.</summary>
    Apart,

    /// <summary>They are the same.</summary>
    Same,

    /// <summary>It is in the other.</summary>
    Inside,

    /// <summary>The other is in it.</summary>
    Around,
}

/// <summary>
/// Compares places of directories by identity of what is on the way up to the root, so that links and bind mounts do not
/// hide anything.
/// </summary>
public static class DirectoryPlaces
{
    /// <summary>Directories from one up to the root, at most.</summary>
    private const int MaxDepth = 4096;

    /// <summary>Where a directory is.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="other">The other one.</param>
    /// <param name="place">Its place.</param>
    /// <returns>None, or why one of them can't be looked at.</returns>
    public static Errno Of(FileDescriptor directory, FileDescriptor other, out DirectoryPlace place)
    {
        place = DirectoryPlace.Apart;
        var error = Syscall.Statx(directory, out var one);
        if (error != Errno.None)
            return error;
        error = Syscall.Statx(other, out var two);
        if (error != Errno.None)
            return error;
        if (Same(one, two))
            place = DirectoryPlace.Same;
        else if (IsInside(directory, one, two))
            place = DirectoryPlace.Inside;
        else if (IsInside(other, two, one))
            place = DirectoryPlace.Around;
        return Errno.None;
    }

    private static bool IsInside(FileDescriptor directory, in Statx start, in Statx ancestor)
    {
        var (here, at) = (directory, start);
        try
        {
            for (var depth = 0; depth < MaxDepth; depth++)
            {
                if (Syscall.OpenAt(here, ".."u8, Linux.O_PATH | Linux.O_DIRECTORY, 0, out var parent) != Errno.None || parent is null)
                    return false;
                if (!ReferenceEquals(here, directory))
                    here.Dispose();
                here = parent;
                if (Syscall.Statx(here, out var stat) != Errno.None || Same(stat, at))
                    return false;
                if (Same(stat, ancestor))
                    return true;
                at = stat;
            }
            return false;
        }
        finally
        {
            if (!ReferenceEquals(here, directory))
                here.Dispose();
        }
    }

    private static bool Same(in Statx one, in Statx other) => one.Inode == other.Inode && one.Device == other.Device;
}
