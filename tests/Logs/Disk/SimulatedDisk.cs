namespace StreamActors.Logs.Tests;

/// <summary>What a fault is injected into.</summary>
public enum DiskCall
{
    Write,
    Sync,
    SetLength,
    Create,
    Rename,
    Delete,
    SyncDirectory,
    SyncFileSystem,
    Reserve,
    PunchHole,
}

/// <summary>
/// A disk in memory that behaves as badly as a real one may: what was not synced is lost or torn at power loss, in any
/// order of sectors and a prefix of each directory's changes; calls fail as the test says; the process can be killed
/// before, within or after any call.
/// </summary>
internal sealed class SimulatedDisk(int seed) : ILogFileSystem
{
    private readonly Random _random = new(seed);
    private readonly SortedDictionary<string, SimulatedDirectory> _directories = new(StringComparer.Ordinal) { ["/"] = new() };
    private readonly SortedDictionary<string, SimulatedDirectory> _removed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _locked = [];
    private int _life;

    /// <summary>How many changing calls there were.</summary>
    public long Calls { get; private set; }

    /// <summary>The process is killed within this call.</summary>
    public long KillAt { get; set; } = long.MaxValue;

    /// <summary>How many bytes fit.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Chooses calls that fail, by kind and path; it throws.</summary>
    public Action<DiskCall, string>? Fault { get; set; }

    /// <summary>Told of each file that is opened.</summary>
    public Action<string>? Opened { get; set; }

    /// <summary>Told before names are looked for, and before a file that is there is opened.</summary>
    public Action<string>? Looking { get; set; }

    /// <summary>Whether <see cref="ILogFile.Reserve"/> does anything, as on ext4, or nothing, as on some network disks.</summary>
    public bool CanReserve { get; set; } = true;

    /// <summary>Whether <see cref="ILogFile.TrySyncFileSystem"/> does anything, as on ext4, or nothing, as on network disks.</summary>
    public bool CanSyncFileSystem { get; set; } = true;

    /// <summary>How many bytes files take.</summary>
    public long Used => _directories.Values.SelectMany(d => d.Now.Values).Sum(inode => inode.Allocated);

    /// <summary>Which of several hosts makes the next calls.</summary>
    public int Writer { get; set; }

    /// <summary>How many files are open.</summary>
    public int OpenFiles { get; internal set; }

    private bool Dead { get; set; }

    /// <summary>All files, as processes see them.</summary>
    public IReadOnlyList<string> Files => [.. _directories.SelectMany(d => d.Value.Now.Select(f => Join(d.Key, f.Key)))];

    public Content ContentOf(string path) => Find(path).Cache;

    public void Flip(string path, long bit)
    {
        var inode = Find(path);
        inode.Cache.Span[(int)(bit / 8)] ^= (byte)(1 << (int)(bit % 8));
        inode.Sync();
    }

    public void Cut(string path, long length)
    {
        var inode = Find(path);
        inode.SetLength(length);
        inode.Sync();
    }

    public void Replace(string path, byte[] content)
    {
        var directory = _directories[Parent(path)];
        var inode = new SimulatedInode();
        inode.Write(content, 0);
        inode.Sync();
        directory.Change(Writer, now => now[Name(path)] = inode);
        directory.Sync();
    }

    public void Remove(string path)
    {
        _directories[Parent(path)].Change(Writer, now => now.Remove(Name(path)));
        _directories[Parent(path)].Sync();
    }

    /// <summary>A disk with the same files, all of them synced.</summary>
    public SimulatedDisk Copy()
    {
        var copy = new SimulatedDisk(seed);
        foreach (var path in _directories.Keys.Where(path => path != "/"))
            copy.CreateDirectory(path);
        foreach (var file in Files)
            copy.Replace(file, ContentOf(file).Span.ToArray());
        foreach (var directory in copy._directories.Values)
            directory.Sync();
        return copy;
    }

    /// <summary>A new process begins, after the old one died or the power failed.</summary>
    public void Restart(bool powerLoss)
    {
        Dead = false;
        _life++;
        KillAt = long.MaxValue;
        Fault = null;
        _locked.Clear();
        if (!powerLoss)
            return;
        foreach (var (path, directory) in _removed)
            _directories.TryAdd(path, directory);
        _removed.Clear();
        var inodes = _directories.Values.SelectMany(d => d.Everything).Distinct().ToList();
        foreach (var directory in _directories.Values)
            directory.LosePower(_random);
        foreach (var path in _directories.Keys.Where(path => path != "/" && !IsThere(path)).ToList())
            _directories.Remove(path);
        foreach (var inode in inodes)
            inode.LosePower(_random);
    }

    /// <summary>One of several hosts loses its power; what the others wrote stays.</summary>
    public void LosePower(int writer)
    {
        foreach (var inode in _directories.Values.SelectMany(d => d.Everything).Distinct().ToList())
            inode.LosePower(_random, writer);
        foreach (var directory in _directories.Values)
            directory.LosePower(_random, writer);
        foreach (var path in _directories.Keys.Where(path => path != "/" && !IsThere(path)).ToList())
            _directories.Remove(path);
    }

    public ILogFile Open(string path, LogFileMode mode)
    {
        Alive(_life);
        Opened?.Invoke(path);
        if (mode != LogFileMode.CreateNew)
            Looking?.Invoke(path);
        var directory = DirectoryOf(path);
        if (mode == LogFileMode.CreateNew)
        {
            if (directory.Now.ContainsKey(Name(path)))
                throw new LogIOException(LogError.Exists, $"open {path}");
            var made = new SimulatedInode();
            Call(DiskCall.Create, path, () => directory.Change(Writer, now => now[Name(path)] = made));
        }
        if (!directory.Now.TryGetValue(Name(path), out var inode))
            throw new LogIOException(LogError.NotFound, $"open {path}");
        OpenFiles++;
        return new SimulatedFile(this, path, inode, _life);
    }

    public bool Exists(string path)
    {
        Alive(_life);
        Looking?.Invoke(path);
        return _directories.ContainsKey(path) ||
            (_directories.TryGetValue(Parent(path), out var directory) && directory.Now.ContainsKey(Name(path)));
    }

    public IReadOnlyList<string> List(string path)
    {
        Alive(_life);
        Looking?.Invoke(path);
        return _directories.TryGetValue(path, out var directory)
            ? [.. directory.Now.Keys.Concat(directory.Folders).Order(StringComparer.Ordinal)]
            : throw new LogIOException(LogError.NotFound, $"list {path}");
    }

    public void CreateDirectory(string path)
    {
        Alive(_life);
        if (_directories.ContainsKey(path))
            return;
        Call(DiskCall.Create, path, () =>
        {
            DirectoryOf(path).ChangeFolders(Writer, folders => folders.Add(Name(path)));
            _directories[path] = new SimulatedDirectory();
        });
    }

    public void Rename(string from, string to) => Call(DiskCall.Rename, from, () =>
    {
        Assert.Equal(Parent(from), Parent(to));
        var inode = Find(from);
        _directories[Parent(from)].Change(Writer, now =>
        {
            now.Remove(Name(from));
            now[Name(to)] = inode;
        });
    });

    public void Delete(string path)
    {
        if (Exists(path))
            Call(DiskCall.Delete, path, () => DirectoryOf(path).Change(Writer, now => now.Remove(Name(path))));
    }

    public void DeleteDirectory(string path)
    {
        if (!Exists(path))
            return;
        Assert.Empty(List(path));
        Call(DiskCall.Delete, path, () =>
        {
            // Another process may have removed it in between.
            if (!_directories.Remove(path, out var directory))
                return;
            DirectoryOf(path).ChangeFolders(Writer, folders => folders.Remove(Name(path)));
            _removed[path] = directory;
        });
    }

    public void SyncDirectory(string path) => Call(DiskCall.SyncDirectory, path, () =>
    {
        if (!_directories.TryGetValue(path, out var directory))
            throw new LogIOException(LogError.NotFound, $"sync {path}");
        directory.Sync();
    });

    internal bool TrySyncFileSystem(string path)
    {
        if (!CanSyncFileSystem)
            return false;
        try
        {
            Call(DiskCall.SyncFileSystem, path, () => SyncSome(1), SyncSome);
            return true;
        }
        catch (LogIOException)
        {
            // The failure is that of some file, which tells of it once more when it is synced itself.
            return false;
        }
    }

    public IDisposable Lock(string path, string holder)
    {
        if (!_locked.Add(path))
            throw new LogIOException(LogError.Locked, $"{Parent(path)} is in use by {ReadText(path)}");
        Delete(path);
        using (var file = Open(path, LogFileMode.CreateNew))
            file.Write(System.Text.Encoding.UTF8.GetBytes(holder), 0);
        return new Lease(() => _locked.Remove(path));
    }

    internal void Alive(int life)
    {
        if (Dead || life != _life)
            throw new SimulatedCrashException();
    }

    /// <summary>Makes a changing call, unless it fails or is the last.</summary>
    internal void Call(DiskCall kind, string path, Action change, Action<double>? part = null)
    {
        Alive(_life);
        if (++Calls == KillAt)
        {
            Dead = true;
            if (part is not null)
                part(_random.NextDouble());
            else if (_random.Next(2) == 0)
                change();
            throw new SimulatedCrashException();
        }
        Fault?.Invoke(kind, path);
        change();
    }

    private void SyncSome(double part)
    {
        foreach (var inode in _directories.Values.SelectMany(d => d.Everything).Distinct().Where(_ => _random.NextDouble() < part).ToList())
            inode.Sync();
        foreach (var directory in _directories.Values.Where(_ => _random.NextDouble() < part))
            directory.Sync();
    }

    internal long Free(SimulatedInode inode) => Capacity == long.MaxValue
        ? long.MaxValue / 2
        : Capacity - _directories.Values.SelectMany(d => d.Now.Values).Where(other => other != inode).Sum(other => other.Allocated);

    private string ReadText(string path) => System.Text.Encoding.UTF8.GetString(Find(path).Cache.Span);

    private SimulatedInode Find(string path) => DirectoryOf(path).Now.TryGetValue(Name(path), out var inode)
        ? inode : throw new LogIOException(LogError.NotFound, $"find {path}");

    private SimulatedDirectory DirectoryOf(string path) => _directories.TryGetValue(Parent(path), out var directory)
        ? directory : throw new LogIOException(LogError.NotFound, $"find {Parent(path)}");

    private bool IsThere(string path) => path == "/" ||
        (IsThere(Parent(path)) && _directories.TryGetValue(Parent(path), out var parent) && parent.Folders.Contains(Name(path)));

    private static string Parent(string path) => path.LastIndexOf('/') is var slash && slash <= 0 ? "/" : path[..slash];

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Join(string directory, string name) => directory == "/" ? "/" + name : $"{directory}/{name}";

    private sealed class Lease(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
