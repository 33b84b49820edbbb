using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Tree;

/// <summary>How much room there is, as STATFS tells it.</summary>
internal static class FileSystemSpace
{
    /// <summary>The answer for a file system.</summary>
    /// <param name="stat">What its own statfs told.</param>
    public static FuseKStatFs Of(in StatFs stat) => new()
    {
        Blocks = stat.Blocks,
        Bfree = stat.FreeBlocks,
        Bavail = stat.AvailableBlocks,
        Files = stat.Files,
        Ffree = stat.FreeFiles,
        Bsize = (uint)stat.BlockSize,
        Namelen = (uint)stat.NameLength,
        Frsize = (uint)stat.FragmentSize,
    };
}
