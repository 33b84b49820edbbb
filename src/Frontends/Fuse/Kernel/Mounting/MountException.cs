namespace StreamActors.Fuse.Kernel;

/// <summary>A mount or unmount that can't be done; the message is one line for the user.</summary>
public sealed class MountException : IOException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What is wrong, and where there is something to do about it, what.</param>
    public MountException(string message)
        : base(message)
    {
    }

    /// <summary>A directory that can't be opened.</summary>
    /// <param name="what">What it is to be: <c>source</c> or <c>mountpoint</c>.</param>
    /// <param name="path">The path as the user gave it.</param>
    /// <param name="error">Why not.</param>
    /// <returns>The exception.</returns>
    public static MountException CanNotOpen(string what, string path, Errno error) => new(error switch
    {
        // What is not UTF-8 in an argument has become this character before anybody could read it.
        Errno.ENOENT when path.Contains('\uFFFD', StringComparison.Ordinal) => $"{what} {path} does not exist (only a path in UTF-8 can be given)",
        Errno.ENOENT => $"{what} {path} does not exist",
        Errno.ENOTDIR => $"{what} {path} is not a directory",
        Errno.EACCES => $"{what} {path} can't be reached: permission denied",
        _ => $"{what} {path} can't be opened: {error.InWords()}",
    });
}
