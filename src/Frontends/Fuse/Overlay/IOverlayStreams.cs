using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;
using StreamActors.Messages.Simulated;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// What the overlay asks of the simulated streams: it finds the files, they say which of them are streams. The overlay
/// calls them only for regular files whose name <see cref="Claims"/>.
/// </summary>
public interface IOverlayStreams
{
    /// <summary>Whether a regular file of this name may be a stream (<c>*.dir</c>).</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether to ask.</returns>
    bool Claims(ReadOnlySpan<byte> name);

    /// <summary>Answers a LOOKUP: with the stream's directory, or with the ordinary file where it is no stream.</summary>
    /// <param name="call">The call; parked by this method where it needs the actors.</param>
    /// <param name="file">The file.</param>
    /// <param name="ordinary">The overlay's own inode of the file.</param>
    /// <param name="attr">The file's attributes; owner, group and mode of the stream follow from them.</param>
    void Lookup(Call call, ISimulatedFile file, Inode ordinary, in FuseAttr attr);

    /// <summary>Answers a RMDIR of the name: removes the file where it is a stream, else ENOTDIR.</summary>
    /// <param name="call">The call.</param>
    /// <param name="file">The file.</param>
    void Remove(Call call, ISimulatedFile file);
}
