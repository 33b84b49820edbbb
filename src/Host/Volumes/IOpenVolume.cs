using StreamActors.Fuse.Tree;

namespace StreamActors.Host.Volumes;

/// <summary>A volume that is open. Disposing ends its actors and closes its source, after the unmount.</summary>
internal interface IOpenVolume : IAsyncDisposable
{
    /// <summary>Its root directory.</summary>
    Inode Root { get; }

    /// <summary>Waits, once the mount is gone, for what its last closes have begun: actors of this host and of others are needed until then.</summary>
    Task CompleteAsync() => Task.CompletedTask;

    /// <summary>Finds a directory in it in which another volume is to be; it stays the inode that it is.</summary>
    /// <param name="names">The names that lead to it from the root.</param>
    /// <param name="path">Where it is in the mount, for messages.</param>
    /// <exception cref="StreamActors.Fuse.Kernel.MountException">There is none.</exception>
    Inode Find(IReadOnlyList<string> names, string path);
}
