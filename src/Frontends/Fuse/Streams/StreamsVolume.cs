using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Streams;

/// <summary>A volume of streams that have names of their own, as a directory.</summary>
public sealed class StreamsVolume
{
    private readonly StreamsContext _context;

    /// <summary>Makes the front-end of a volume.</summary>
    /// <param name="system">Where the actors run.</param>
    /// <param name="addresses">Where they are asked.</param>
    /// <param name="options">How streams are shown.</param>
    /// <param name="owner">Whom everything belongs to.</param>
    /// <param name="home">A directory in the file system that messages are kept in; null where there is none. It is the caller's.</param>
    /// <param name="logger">Told of failures, and of names that can't be shown.</param>
    public StreamsVolume(
        ActorSystem system, StreamsAddresses addresses, StreamsOptions options, StreamOwner owner, FileDescriptor? home, ILogger logger)
    {
        _context = new StreamsContext(system, addresses, options, logger) { Home = home };
        Root = new VolumeDirectory(_context, owner, ViewPath.None);
    }

    /// <summary>The root directory; of one mount.</summary>
    public Inode Root { get; }

    /// <summary>
    /// Waits, once the mount is gone, for what its last closes have begun: the actors are needed until then. Bounded by what
    /// an actor has to answer in.
    /// </summary>
    public Task CompleteAsync() => _context.EndedAsync();
}
