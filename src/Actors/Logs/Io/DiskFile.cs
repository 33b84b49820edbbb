using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamActors.Logs;

/// <summary>A file of the real disk.</summary>
internal sealed class DiskFile(string path, SafeFileHandle handle) : ILogFile
{
    public string Path => path;

    /// <summary>The descriptor, for FUSE passthrough.</summary>
    internal SafeFileHandle Handle => handle;

    public long Length => Guard("stat", () => RandomAccess.GetLength(handle));

    public int Read(Span<byte> buffer, long position)
    {
        var done = 0;
        try
        {
            while (done < buffer.Length)
            {
                var count = RandomAccess.Read(handle, buffer[done..], position + done);
                if (count == 0)
                    break;
                done += count;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure("read", e);
        }
        return done;
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        try
        {
            RandomAccess.Write(handle, bytes, position);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure("write", e);
        }
    }

    public void SetLength(long length) => Guard("truncate", () =>
    {
        RandomAccess.SetLength(handle, length);
        return 0;
    });

    public bool Reserve(long position, long length) => Allocate("reserve space in", NativeFile.KeepSize, position, length);

    public void PunchHole(long position, long length) =>
        Allocate("punch a hole in", NativeFile.KeepSize | NativeFile.PunchHole, position, length);

    public void Sync() => NativeFile.Sync("sync", path, () => NativeFile.fdatasync(handle));

    public bool TrySyncFileSystem() => NativeFile.TellsOfFailedWrites(handle) && NativeFile.syncfs(handle) == 0;

    public void Dispose() => handle.Dispose();

    private bool Allocate(string what, int mode, long position, long length)
    {
        while (NativeFile.fallocate(handle, mode, position, length) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno is NativeFile.EOPNOTSUPP or NativeFile.ENOSYS)
                return false;
            if (errno != NativeFile.EINTR)
                throw NativeFile.Failure(what, path, errno);
        }
        return true;
    }

    private T Guard<T>(string what, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(what, e);
        }
    }

    /// <summary>.NET keeps the errno of a failed call in HResult, where it has no exception of its own for it.</summary>
    private LogIOException Failure(string what, Exception e) => e is UnauthorizedAccessException
        ? new LogIOException(LogError.Denied, $"{what} {path}: {e.Message}", e)
        : new LogIOException(NativeFile.Failure(what, path, e.HResult).Error, $"{what} {path}: {e.Message}", e);
}
