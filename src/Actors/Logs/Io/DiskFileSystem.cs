using System.Runtime.InteropServices;
using System.Text;

namespace StreamActors.Logs;

/// <summary>The real disk.</summary>
public sealed class DiskFileSystem : ILogFileSystem
{
    private const int FileMode = 0x180; // 0600
    private const int DirectoryMode = 0x1C0; // 0700
    private const int MaxHolderBytes = 4096;

    /// <summary>The only one; it has no state.</summary>
    public static DiskFileSystem Instance { get; } = new();

    /// <inheritdoc/>
    public ILogFile Open(string path, LogFileMode mode) => new DiskFile(path, NativeFile.Open(path, mode switch
    {
        LogFileMode.Read => NativeFile.ReadOnly,
        LogFileMode.Write => NativeFile.ReadWrite,
        _ => NativeFile.ReadWrite | NativeFile.Create | NativeFile.Exclusive,
    }, FileMode));

    /// <inheritdoc/>
    public bool Exists(string path) => Path.Exists(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string path)
    {
        try
        {
            var names = Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).ToArray();
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (DirectoryNotFoundException e)
        {
            throw new LogIOException(LogError.NotFound, $"list {path}: {e.Message}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new LogIOException(LogError.Denied, $"list {path}: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new LogIOException(NativeFile.ErrorOf(e.HResult), $"list {path}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path) =>
        Allow(NativeFile.EEXIST, "make directory", path, () => NativeFile.mkdir(path, DirectoryMode));

    /// <inheritdoc/>
    public void Rename(string from, string to) => NativeFile.Check("rename", from, () => NativeFile.rename(from, to));

    /// <inheritdoc/>
    public void Delete(string path) => Allow(NativeFile.ENOENT, "remove", path, () => NativeFile.unlink(path));

    /// <inheritdoc/>
    public void DeleteDirectory(string path) =>
        Allow(NativeFile.ENOENT, "remove directory", path, () => NativeFile.rmdir(path));

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        using var handle = NativeFile.Open(path, NativeFile.ReadOnly, 0);
        NativeFile.Sync("sync directory", path, () => NativeFile.fsync(handle));
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path, string holder)
    {
        var handle = NativeFile.Open(path, NativeFile.ReadWrite | NativeFile.Create, FileMode);
        var file = new DiskFile(path, handle);
        try
        {
            if (NativeFile.flock(handle, NativeFile.LockExclusive | NativeFile.LockNonBlocking) != 0)
                throw Taken(file, Marshal.GetLastPInvokeError());
            // Overwriting first needs no space, which a full disk would not have.
            var words = Encoding.UTF8.GetBytes(holder);
            file.Write(words, 0);
            file.SetLength(words.Length);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static LogIOException Taken(DiskFile file, int errno)
    {
        if (errno != NativeFile.EAGAIN)
            return NativeFile.Failure("lock", file.Path, errno);
        var buffer = new byte[MaxHolderBytes];
        var holder = Encoding.UTF8.GetString(buffer, 0, file.Read(buffer, 0)).Trim();
        return new LogIOException(LogError.Locked, $"{Path.GetDirectoryName(file.Path)} is in use by {holder}");
    }

    private static void Allow(int allowed, string what, string path, Func<int> call)
    {
        if (call() == 0)
            return;
        var errno = Marshal.GetLastPInvokeError();
        if (errno != allowed)
            throw NativeFile.Failure(what, path, errno);
    }
}
