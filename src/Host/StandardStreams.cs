using System.Text;
using StreamActors.Fuse.Kernel;

namespace StreamActors.Host;

/// <summary>Standard input, output and error as descriptors: 0, 1 and 2.</summary>
internal static class StandardStreams
{
    /// <summary>The descriptor of standard error.</summary>
    public const int Error = 2;

    // rw-------: a log names files of their owner.
    private const uint LogMode = 0x180;

    /// <summary>Lets descriptors stand for a file.</summary>
    /// <param name="path">The file; made where it is missing.</param>
    /// <param name="flags">O_* of the open.</param>
    /// <param name="descriptors">Which descriptors.</param>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static void Redirect(string path, int flags, ReadOnlySpan<int> descriptors)
    {
        var error = Syscall.OpenAt(FileDescriptor.WorkingDirectory, Encoding.UTF8.GetBytes(path), flags | Linux.O_CREAT | Linux.O_NOCTTY, LogMode, out var file);
        if (file is null)
            throw new IOException($"{path}: {error.InWords()}");
        using (file)
        {
            foreach (var descriptor in descriptors)
                if (Syscall.Dup2(file.Number, descriptor) is not Errno.None and var failed)
                    throw new IOException($"{path}: dup2: {failed.InWords()}");
        }
    }
}
