namespace StreamActors.Logs;

/// <summary>
/// The one seam between the log and a disk. Paths are absolute. All failures are <see cref="LogIOException"/>.
/// </summary>
public interface ILogFileSystem
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">What for.</param>
    /// <returns>The open file.</returns>
    ILogFile Open(string path, LogFileMode mode);

    /// <summary>Whether a file or directory of this name is there.</summary>
    /// <param name="path">The name.</param>
    /// <returns>True if so.</returns>
    bool Exists(string path);

    /// <summary>The names in a directory, in ordinal order.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>The names, without the directory's path.</returns>
    IReadOnlyList<string> List(string path);

    /// <summary>Makes a directory, mode 0700, in one that is there. One that is there already is fine.</summary>
    /// <param name="path">The directory.</param>
    void CreateDirectory(string path);

    /// <summary>Renames a file, atomically replacing what has the new name.</summary>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name.</param>
    void Rename(string from, string to);

    /// <summary>Removes a file's name; open files of it stay readable. A name that is not there is fine.</summary>
    /// <param name="path">The file.</param>
    void Delete(string path);

    /// <summary>Removes an empty directory. One that is not there is fine.</summary>
    /// <param name="path">The directory.</param>
    void DeleteDirectory(string path);

    /// <summary>Makes the names in a directory survive a power loss.</summary>
    /// <param name="path">The directory.</param>
    void SyncDirectory(string path);

    /// <summary>Makes the name of a directory survive a power loss.</summary>
    /// <param name="path">The directory.</param>
    void SyncNameOf(string path) => SyncDirectory(path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/");

    /// <summary>Takes a lock that ends with this process at the latest.</summary>
    /// <param name="path">The lock file, made where it is not there.</param>
    /// <param name="holder">Who takes it, for those who find it taken.</param>
    /// <returns>Gives the lock back when disposed.</returns>
    /// <exception cref="LogIOException"><see cref="LogError.Locked"/>, with the holder's own words.</exception>
    IDisposable Lock(string path, string holder);
}
