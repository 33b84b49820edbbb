using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;
using StreamActors.Messages.Simulated;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// A directory (SOURCE) that is passed through with POSIX semantics. It is opened before anything is mounted, so that it
/// can be mounted over, and everything is reached beneath that one descriptor.
/// </summary>
public sealed class OverlayVolume : IDisposable
{
    private readonly ReaderWriterLockSlim _renames = new();
    private readonly ulong _device;
    private readonly ulong _numberSalt;
    private readonly OverlayDirectory _root;
    private readonly DescriptorReserve _reserve = new();
    private readonly List<OverlayInode> _held = [];

    private OverlayVolume(FileDescriptor source, in Statx stat, IOverlayStreams streams, OverlayOptions options)
    {
        _device = stat.Device;
        _numberSalt = options.NumberSalt;
        Streams = streams;
        Directories = new DescriptorCache(options.MaxDirectories);
        LockWaiters = new LockWaiters(options.MaxLockWaiters);
        _root = new OverlayDirectory(this, Identity.Of(stat));
        _root.Pin(source);
        Known.Add(_root);
    }

    /// <summary>The root directory; of one mount.</summary>
    public Inode Root => _root;

    /// <summary>How many objects of SOURCE are known: what the kernel knows, and what requests are working on.</summary>
    public int KnownObjects => Known.Count;

    /// <summary>How many directories are kept open.</summary>
    public int OpenDirectories => Directories.Count;

    internal IOverlayStreams Streams { get; }

    /// <summary>Pulsed when a file's handle is gone that <see cref="OverlayFile.AwaitLeavingWriters"/> may wait for.</summary>
    internal object WriterGone { get; } = new();

    internal IdentityTable Known { get; } = new();

    internal DescriptorCache Directories { get; }

    internal LockWaiters LockWaiters { get; }

    /// <summary>Opens a directory to pass through.</summary>
    /// <param name="source">Its path.</param>
    /// <param name="streams">The simulated streams in it.</param>
    /// <param name="options">How to pass it through.</param>
    /// <param name="volume">The volume; null where there is an error.</param>
    /// <returns>None; ENOTDIR, ENOENT, EACCES or whatever else opening gives; ENOSYS where /proc is not mounted.</returns>
    public static Errno Open(string source, IOverlayStreams streams, OverlayOptions options, out OverlayVolume? volume)
    {
        volume = null;
        var path = Encoding.UTF8.GetBytes(source);
        var error = Syscall.OpenAt(FileDescriptor.WorkingDirectory, path, Linux.O_PATH | Linux.O_DIRECTORY, 0, out var opened);
        if (opened is null)
            return error;
        error = StatOf(opened, out var stat);
        if (error == Errno.None)
            error = MaySearch(opened);
        if (error == Errno.None && !ProcWorks(opened))
            error = Errno.ENOSYS;
        if (error == Errno.None)
            volume = new OverlayVolume(opened, stat, streams, options);
        else
            opened.Dispose();
        return error;
    }

    /// <summary>Finds a directory, and holds it as long as the volume lives: it stays the inode that it is.</summary>
    /// <param name="names">The names that lead to it, from the root on; none is a link.</param>
    /// <param name="directory">The directory; null where there is an error.</param>
    /// <returns>None; ENOTDIR, ENOENT or whatever else looking gives.</returns>
    public Errno Hold(IEnumerable<string> names, out Inode? directory)
    {
        OverlayDirectory at = _root;
        directory = null;
        foreach (var text in names)
        {
            var name = Encoding.UTF8.GetBytes(text);
            if (!at.TryReach(out var reached, out var error))
                return error;
            Statx stat;
            using (new Reached(reached))
                error = StatAt(reached, name, out stat);
            if (error != Errno.None || !stat.IsDirectory)
                return error == Errno.None ? Errno.ENOTDIR : error;
            at = (OverlayDirectory)Hold(stat, at, name);
            _held.Add(at);
        }
        directory = at;
        return Errno.None;
    }

    /// <summary>Finds the file at a path; may block.</summary>
    /// <param name="path">The names that lead to it from the root, with slashes between them; none is a link.</param>
    /// <returns>The file; null where there is none.</returns>
    public ISimulatedFile? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var names = path.Split('/').Select(Encoding.UTF8.GetBytes).ToArray();
        OverlayDirectory at = _root;
        var held = new List<OverlayInode>();
        try
        {
            for (var depth = 0; ; depth++)
            {
                if (names[depth] is [] or [(byte)'.'] or [(byte)'.', (byte)'.'] || !at.TryReach(out var reached, out _))
                    return null;
                Statx stat;
                using (new Reached(reached))
                    if (StatAt(reached, names[depth], out stat) != Errno.None)
                        return null;
                if (depth == names.Length - 1)
                    return stat.IsRegular ? new SimulatedFile(at, names[depth], stat) : null;
                if (!stat.IsDirectory)
                    return null;
                var inode = Hold(stat, at, names[depth]);
                held.Add(inode);
                at = (OverlayDirectory)inode;
            }
        }
        finally
        {
            foreach (var inode in held)
                inode.LetGo();
        }
    }

    /// <summary>Whether a directory is one of those that <see cref="Hold(IEnumerable{string}, out Inode?)"/> found: a volume is in it.</summary>
    internal bool IsWayToVolume(in Statx stat)
    {
        if (_held.Count == 0 || !stat.IsDirectory)
            return false;
        var identity = Identity.Of(stat);
        return _held.Exists(held => held.Identity == identity);
    }

    /// <summary>Gives back what is held, after the unmount.</summary>
    public void Dispose()
    {
        foreach (var inode in _held)
            inode.LetGo();
        LockWaiters.Dispose();
        Directories.Dispose();
        _root.LetGo();
        _renames.Dispose();
    }

    /// <summary>Attributes of what is open.</summary>
    internal static Errno StatOf(FileDescriptor file, out Statx stat) =>
        Syscall.Statx(file, default, Linux.AT_EMPTY_PATH | Linux.AT_SYMLINK_NOFOLLOW, Identity.StatxMask, out stat);

    /// <summary>Attributes of a name; of a link itself.</summary>
    internal static Errno StatAt(FileDescriptor directory, ReadOnlySpan<byte> name, out Statx stat) =>
        Syscall.Statx(directory, name, Linux.AT_SYMLINK_NOFOLLOW | Linux.AT_NO_AUTOMOUNT, Identity.StatxMask, out stat);

    /// <summary>
    /// Opens beneath a directory. Where the process has run out of descriptors, the directories that are kept open make
    /// room.
    /// </summary>
    internal Errno OpenAt(FileDescriptor directory, ReadOnlySpan<byte> path, int flags, uint mode, out FileDescriptor? opened)
    {
        var error = OpenAtOnce(directory, path, flags, mode, out opened);
        if (error is not (Errno.EMFILE or Errno.ENFILE))
            return error;
        Directories.Clear();
        return OpenAtOnce(directory, path, flags, mode, out opened);
    }

    /// <summary>Whether a directory may be kept open: not with one of the last descriptors of the process.</summary>
    internal bool MayKeep(FileDescriptor directory) => !_reserve.Has(directory);

    /// <summary>Whether a directory is of a file system that is mounted below SOURCE.</summary>
    internal bool IsMounted(in Identity directory) => directory.Mount != _root.Identity.Mount || directory.Device != _device;

    /// <summary>Refers to a name (O_PATH, of a link itself).</summary>
    internal Errno OpenPath(FileDescriptor directory, ReadOnlySpan<byte> name, out FileDescriptor? opened) =>
        OpenAt(directory, name, Linux.O_PATH | Linux.O_NOFOLLOW, 0, out opened);

    /// <summary>Opens what a descriptor (as a rule O_PATH) stands for; the caller knows that it is a regular file.</summary>
    internal Errno Reopen(FileDescriptor file, int flags, out FileDescriptor? opened)
    {
        var path = Syscall.ProcPath(file, stackalloc byte[Syscall.ProcPathSize]);
        return OpenAt(FileDescriptor.WorkingDirectory, path, flags, 0, out opened);
    }

    /// <summary>The attributes as the mount shows them.</summary>
    internal FuseAttr Attr(in Statx stat)
    {
        var attr = stat.ToAttr();
        attr.Ino = Number(stat.Device, stat.Inode);
        return attr;
    }

    /// <summary>
    /// SOURCE's own inode number, unless the overlay is below another; of a file system mounted below SOURCE one with the
    /// device mixed in. The highest bit is never set: such numbers are those of streams.
    /// </summary>
    internal ulong Number(ulong device, ulong inode)
    {
        if (device != _device)
            inode ^= (device + 1) * 0x9E3779B97F4A7C15ul;
        return (inode ^ _numberSalt) & long.MaxValue;
    }

    /// <summary>The inode of an object that was just seen under a name; held, to be let go of by the caller.</summary>
    internal OverlayInode Hold(in Statx stat, LocatedInode parent, ReadOnlySpan<byte> name)
    {
        var inode = Hold(stat);
        inode.Seen(parent, name, stat.IsDirectory ? 1 : stat.Links);
        return inode;
    }

    /// <summary>The inode of an object without a name; held, to be let go of by the caller.</summary>
    internal OverlayInode Hold(in Statx stat)
    {
        var identity = Identity.Of(stat);
        return Known.Hold(identity) ?? Known.Add(Make(stat.Type, identity));
    }

    /// <summary>Says that names are about to change. Renames go on beside each other.</summary>
    internal void BeginRename() => _renames.EnterReadLock();

    /// <summary>Says that the inodes know their new names.</summary>
    internal void EndRename() => _renames.ExitReadLock();

    /// <summary>Waits until every inode that is being renamed knows its new name: for who did not find one at its old name.</summary>
    internal void AwaitRenames()
    {
        _renames.EnterWriteLock();
        _renames.ExitWriteLock();
    }

    private Errno OpenAtOnce(FileDescriptor directory, ReadOnlySpan<byte> path, int flags, uint mode, out FileDescriptor? opened)
    {
        opened = null;
        if ((flags & Linux.O_PATH) == 0 && !_reserve.HasRoom(directory))
            return Errno.EMFILE;
        var error = Syscall.OpenAt(directory, path, flags | Linux.O_NOCTTY, mode, out opened);
        if (opened is not null)
            _reserve.Note(opened);
        return error;
    }

    private static Errno MaySearch(FileDescriptor directory)
    {
        var error = Syscall.OpenAt(directory, "."u8, Linux.O_PATH | Linux.O_DIRECTORY, 0, out var opened);
        opened?.Dispose();
        return error;
    }

    private static bool ProcWorks(FileDescriptor directory)
    {
        var path = Syscall.ProcPath(directory, stackalloc byte[Syscall.ProcPathSize]);
        var works = Syscall.OpenAt(FileDescriptor.WorkingDirectory, path, Linux.O_PATH, 0, out var opened) == Errno.None;
        opened?.Dispose();
        return works;
    }

    private OverlayInode Make(uint type, in Identity identity) => type switch
    {
        Linux.S_IFDIR => new OverlayDirectory(this, identity),
        Linux.S_IFREG => new OverlayFile(this, identity),
        Linux.S_IFLNK => new OverlayLink(this, identity),
        _ => new OverlayInode(this, identity),
    };
}
