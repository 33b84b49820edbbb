using System.Globalization;
using System.Text;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// The kernel's control of FUSE connections (<c>Documentation/filesystems/fuse.rst</c>): writing to <c>N/abort</c> of the
/// file system <c>fusectl</c> ends connection N. Where nobody has mounted it, root opens it without mounting.
/// </summary>
internal static class ConnectionControl
{
    private const string Directory = "/sys/fs/fuse/connections";

    /// <summary>Aborts a connection.</summary>
    /// <param name="connection">Its number.</param>
    /// <returns>None, or why not; ENOENT where it is gone already.</returns>
    public static Errno Abort(uint connection)
    {
        var file = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{connection}/abort"));
        var error = Syscall.Open(Directory, Linux.O_PATH | Linux.O_DIRECTORY, out var directory);
        if (error == Errno.None)
            error = Abort(directory!, file);
        if (error != Errno.ENOENT)
            return error;
        error = Syscall.OpenFileSystem("fusectl"u8, out directory);
        return error == Errno.None ? Abort(directory!, file) : error;
    }

    private static Errno Abort(FileDescriptor directory, ReadOnlySpan<byte> file)
    {
        using (directory)
        {
            var error = Syscall.OpenAt(directory, file, Linux.O_WRONLY, 0, out var abort);
            if (error != Errno.None)
                return error;
            using (abort)
                return Syscall.Write(abort!, "1"u8, out _);
        }
    }
}
