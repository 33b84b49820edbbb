using StreamActors.Logs;
using StreamActors.Logs.Tests;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>
/// The disk that all hosts share, as a process of one of them has it: its calls fail, or are the last that it makes, and what it
/// wrote and did not sync is lost with the power of its host.
/// </summary>
internal sealed class HostDisk(MountWorld world, MountHost host, Process process) : ILogFileSystem
{
    public ILogFile Open(string path, LogFileMode mode)
    {
        Enter();
        var file = mode == LogFileMode.CreateNew ? Change(path, () => world.Disk.Open(path, mode)) : world.Disk.Open(path, mode);
        return new File(this, file);
    }

    public bool Exists(string path)
    {
        Enter();
        return world.Disk.Exists(path);
    }

    public IReadOnlyList<string> List(string path)
    {
        Enter();
        return world.Disk.List(path);
    }

    public void CreateDirectory(string path) => Change(path, () => world.Disk.CreateDirectory(path), takesRoom: !Exists(path));

    public void Rename(string from, string to) => Change(from, () => world.Disk.Rename(from, to));

    public void Delete(string path) => Change(path, () => world.Disk.Delete(path), takesRoom: false);

    public void DeleteDirectory(string path) => Change(path, () => world.Disk.DeleteDirectory(path), takesRoom: false);

    public void SyncDirectory(string path) => Change(path, () => world.Disk.SyncDirectory(path), takesRoom: false);

    public IDisposable Lock(string path, string holder) => throw new NotSupportedException("shared logs are not locked");

    private void Enter()
    {
        world.CheckThread();
        if (!process.IsAlive) throw new SimulatedCrashException();
        world.Disk.Writer = process.Host;
    }

    private void Change(string path, Action change, bool takesRoom = true) => Change(path, () =>
    {
        change();
        return true;
    }, takesRoom);

    private T Change<T>(string path, Func<T> change, bool takesRoom = true)
    {
        Enter();
        if (host.DiesInThisCall())
        {
            if (world.Chance(500)) change();
            throw new SimulatedCrashException();
        }
        FailAtTimes(path, takesRoom);
        return change();
    }

    private void FailAtTimes(string path, bool takesRoom)
    {
        if (takesRoom && world.IsDiskFull) throw new LogIOException(LogError.NoSpace, $"no room for {path}");
        if (host.DiskErrorsPerMille > 0 && world.Chance(host.DiskErrorsPerMille)) throw new LogIOException(LogError.Io, $"the disk fails at {path}");
    }

    private sealed class File(HostDisk disk, ILogFile file) : ILogFile
    {
        public string Path => file.Path;

        public long Length
        {
            get
            {
                disk.Enter();
                return file.Length;
            }
        }

        public int Read(Span<byte> buffer, long position)
        {
            disk.Enter();
            return file.Read(buffer, position);
        }

        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            disk.Enter();
            var world = disk.World;
            if (disk.Host.DiesInThisCall())
            {
                file.Write(bytes[..world.Below(bytes.Length + 1)], position);
                throw new SimulatedCrashException();
            }
            disk.FailAtTimes(Path, takesRoom: position + bytes.Length > file.Length);
            file.Write(bytes, position);
        }

        public void SetLength(long length) => disk.Change(Path, () => file.SetLength(length), takesRoom: length > file.Length);

        public bool Reserve(long position, long length) => disk.Change(Path, () => file.Reserve(position, length));

        public void PunchHole(long position, long length) => disk.Change(Path, () => file.PunchHole(position, length), takesRoom: false);

        public void Sync()
        {
            if (disk.World.Plant == Plant.LyingSync) return;
            disk.Change(Path, file.Sync, takesRoom: false);
        }

        public bool TrySyncFileSystem()
        {
            disk.Enter();
            return disk.World.Plant != Plant.LyingSync && file.TrySyncFileSystem();
        }

        // A process that has died has closed its files.
        public void Dispose() => file.Dispose();
    }

    private MountWorld World => world;

    private MountHost Host => host;
}
