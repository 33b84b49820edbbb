using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Streams;

/// <summary>A volume of streams that have names of their own, as a directory.</summary>
public sealed class StreamsVolume
{
    /// <summary>Makes the front-end of a volume.</summary>
    /// <param name="system">Where the actors run.</param>
    /// <param name="addresses">Where they are asked.</param>
    /// <param name="options">How streams are shown.</param>
    /// <param name="owner">Whom everything belongs to.</param>
    /// <param name="space">Tells how much room there is; null where that is not known.</param>
    /// <param name="logger">Told of failures, and of names that can't be shown.</param>
    public StreamsVolume(
        ActorSystem system, StreamsAddresses addresses, StreamsOptions options, StreamOwner owner, Func<FuseKStatFs>? space, ILogger logger)
    {
        var context = new StreamsContext(system, addresses, options, logger) { Space = space };
        Root = context.Inode(InodeKind.Volume, ViewPath.None.IdOf(""), () => new VolumeDirectory(context, owner, ViewPath.None));
    }

    /// <summary>The root directory; of one mount.</summary>
    public Inode Root { get; }
}
