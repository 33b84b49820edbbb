namespace StreamActors.Logs.Tests;

/// <summary>An open file of the simulated disk.</summary>
internal sealed class SimulatedFile(SimulatedDisk disk, string path, SimulatedInode inode, int life) : ILogFile
{
    private bool _closed;

    public string Path => path;

    public long Length
    {
        get
        {
            Check();
            return inode.Cache.Length;
        }
    }

    public int Read(Span<byte> buffer, long position)
    {
        Check();
        return inode.Cache.Read(buffer, position);
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        Check();
        var copy = bytes.ToArray();
        disk.Call(DiskCall.Write, path, () => WriteWhatFits(copy, position),
            part => inode.Write(copy.AsSpan(0, SimulatedInode.Torn(position, copy.Length, part)), position, disk.Writer));
    }

    public void SetLength(long length)
    {
        Check();
        disk.Call(DiskCall.SetLength, path, () => inode.SetLength(length, disk.Writer));
    }

    public bool Reserve(long position, long length)
    {
        Check();
        if (!disk.CanReserve)
            return false;
        disk.Call(DiskCall.Reserve, path, () =>
        {
            var end = Math.Max(inode.Allocated, position + length);
            if (end > disk.Free(inode))
                throw new LogIOException(LogError.NoSpace, $"reserve {path}");
            inode.Reserved = end;
        });
        return true;
    }

    public void PunchHole(long position, long length)
    {
        Check();
        var count = (int)Math.Min(length, inode.Cache.Length - position);
        disk.Call(DiskCall.PunchHole, path, () => inode.Write(new byte[count], position, disk.Writer));
    }

    public void Sync()
    {
        Check();
        try
        {
            disk.Call(DiskCall.Sync, path, inode.Sync);
        }
        catch (LogIOException)
        {
            inode.LosePending();
            throw;
        }
    }

    public bool TrySyncFileSystem()
    {
        Check();
        return disk.TrySyncFileSystem(path);
    }

    public void Dispose()
    {
        if (!_closed)
            disk.OpenFiles--;
        _closed = true;
    }

    private void WriteWhatFits(byte[] bytes, long position)
    {
        var free = Math.Max(disk.Free(inode), inode.Allocated);
        var fits = (int)Math.Clamp(free - position, 0, bytes.Length);
        inode.Write(bytes.AsSpan(0, fits), position, disk.Writer);
        if (fits < bytes.Length)
            throw new LogIOException(LogError.NoSpace, $"write {path}");
    }

    private void Check()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        disk.Alive(life);
    }
}
