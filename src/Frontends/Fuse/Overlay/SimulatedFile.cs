using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Messages.Simulated;

namespace StreamActors.Fuse.Overlay;

/// <summary>The place of a file that is a simulated stream: a name in a directory of SOURCE.</summary>
internal sealed class SimulatedFile : ISimulatedFile
{
    /// <summary>How long a reader waits for a writer whose last close is on its way.</summary>
    private static readonly TimeSpan LeavingWriter = TimeSpan.FromMilliseconds(20);

    private readonly OverlayDirectory _parent;
    private readonly byte[] _name;

    static SimulatedFile()
    {
        // Whoever opens a file that has a lease makes the kernel send this signal, whose default is to end the process.
        Syscall.IgnoreSignal(Linux.SIGIO);
    }

    /// <summary>Notes where a file was found.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="stat">What has the name.</param>
    public SimulatedFile(OverlayDirectory parent, ReadOnlySpan<byte> name, in Statx stat)
    {
        _parent = parent;
        _name = name.ToArray();
        Version = VersionOf(stat);
    }

    /// <inheritdoc/>
    public FileVersion Version { get; }

    /// <inheritdoc/>
    public string Path
    {
        get
        {
            var path = Encoding.UTF8.GetString(_name);
            // As deep as a path can be: PATH_MAX holds half as many names.
            for (var (at, depth) = (_parent.Name, 0); at is not null && depth < 2048; at = at.Parent.Name, depth++)
                path = $"{Encoding.UTF8.GetString(at.Name)}/{path}";
            return path;
        }
    }

    /// <inheritdoc/>
    public FileReadResult Read(long maxBytes)
    {
        var error = Open(out var opened);
        if (error == Errno.EAGAIN)
            return new FileReadResult.BeingWritten();
        if (opened is null)
            return new FileReadResult.Failed((int)error);
        using (opened)
            return Read(opened, maxBytes);
    }

    /// <inheritdoc/>
    public int Rewrite(FileVersion expected, ReadOnlySpan<byte> content)
    {
        if (!_parent.TryReach(out var directory, out var error))
            return (int)error;
        using (new Reached(directory))
        {
            using var victim = Victim.Find(_parent.Volume, directory, _name);
            if (!victim.IsRegular || VersionOf(victim.Stat) != expected)
                return (int)Errno.ESTALE;
            using var replacement = new Replacement(_parent.Volume, directory);
            error = replacement.Write(victim.Descriptor!, victim.Stat, content);
            if (error != Errno.None)
                return (int)error;
            if (OverlayVolume.StatAt(directory, _name, out var now) != Errno.None || VersionOf(now) != expected)
                return (int)Errno.ESTALE;
            _parent.Volume.BeginRename();
            error = replacement.TakeName(_name);
            if (error == Errno.None)
                victim.LostName(_parent, _name);
            _parent.Volume.EndRename();
            return (int)(error == Errno.None ? Sync(directory) : error);
        }
    }

    /// <inheritdoc/>
    public int Remove(FileVersion expected)
    {
        if (!_parent.TryReach(out var directory, out var error))
            return (int)error;
        using (new Reached(directory))
        {
            using var victim = Victim.Find(_parent.Volume, directory, _name);
            if (!victim.IsRegular || VersionOf(victim.Stat) != expected)
                return (int)Errno.ESTALE;
            _parent.Volume.BeginRename();
            error = Syscall.UnlinkAt(directory, _name, 0);
            if (error == Errno.None)
                victim.LostName(_parent, _name);
            _parent.Volume.EndRename();
            return (int)error;
        }
    }

    private static FileVersion VersionOf(in Statx stat) => new(
        stat.Device,
        stat.Inode,
        (stat.Mask & Linux.STATX_BTIME) != 0 ? stat.BirthTime.TotalNanoseconds : 0,
        stat.ModifyTime.TotalNanoseconds,
        stat.ChangeTime.TotalNanoseconds,
        (long)stat.Size);

    /// <summary>Opens the file for reading where it is a regular one; anything else is never opened.</summary>
    private Errno Open(out FileDescriptor? opened)
    {
        opened = null;
        if (!_parent.TryReach(out var directory, out var error))
            return error;
        FileDescriptor? found;
        using (new Reached(directory))
            error = _parent.Volume.OpenPath(directory, _name, out found);
        if (found is null)
            return error;
        using (found)
        {
            error = OverlayVolume.StatOf(found, out var stat);
            if (error != Errno.None)
                return error;
            if (!stat.IsRegular)
                return Errno.ESTALE;
            AwaitLeavingWriter(stat);
            return _parent.Volume.Reopen(found, Linux.O_RDONLY | Linux.O_NONBLOCK, out opened);
        }
    }

    private static FileReadResult Read(FileDescriptor file, long maxBytes)
    {
        var error = OverlayVolume.StatOf(file, out var before);
        if (error != Errno.None)
            return new FileReadResult.Failed((int)error);
        if (HasWriter(file))
            return new FileReadResult.BeingWritten();
        if ((long)before.Size > maxBytes || before.Size > int.MaxValue)
            return new FileReadResult.TooLarge((long)before.Size);
        var content = new byte[before.Size];
        var length = 0;
        while (length < content.Length)
        {
            error = Syscall.PRead(file, content.AsSpan(length), length, out var count);
            if (error != Errno.None)
                return new FileReadResult.Failed((int)error);
            if (count == 0)
                break;
            length += count;
        }
        error = OverlayVolume.StatOf(file, out var after);
        if (error != Errno.None)
            return new FileReadResult.Failed((int)error);
        if (length < content.Length || VersionOf(before) != VersionOf(after) || HasWriter(file))
            return new FileReadResult.BeingWritten();
        return new FileReadResult.Content(content, VersionOf(after));
    }

    /// <summary>
    /// Whether somebody has the file open for writing: then a read lease is refused. Where there are no leases, or not
    /// for this user, the version before and after has to do.
    /// </summary>
    private static bool HasWriter(FileDescriptor file)
    {
        var error = Syscall.SetLease(file, Linux.F_RDLCK);
        if (error == Errno.None)
            Syscall.SetLease(file, Linux.F_UNLCK);
        return error == Errno.EAGAIN;
    }

    /// <summary>
    /// The kernel tells of the last close of a file after close(2) has returned: who looks the file up then would still
    /// find its writer.
    /// </summary>
    private void AwaitLeavingWriter(in Statx stat)
    {
        if (_parent.Volume.Known.Hold(Identity.Of(stat)) is not { } inode)
            return;
        (inode as OverlayFile)?.AwaitLeavingWriters(LeavingWriter);
        inode.LetGo();
    }

    private Errno Sync(FileDescriptor directory)
    {
        var error = _parent.Volume.OpenAt(directory, "."u8, Linux.O_RDONLY | Linux.O_DIRECTORY, 0, out var opened);
        if (opened is null)
            return error;
        using (opened)
            return Syscall.FSync(opened);
    }
}
