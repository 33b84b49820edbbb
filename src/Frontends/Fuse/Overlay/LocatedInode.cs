using System.Diagnostics.CodeAnalysis;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// How an object of SOURCE is reached without holding a descriptor on each: by the names under which it was last seen,
/// verified by its identity; by a descriptor where there is one anyway (a directory that is kept open, an open file, or
/// a pin on an object that lost its last name). No step follows a symbolic link, and each is a single component.
/// </summary>
internal abstract class LocatedInode : Inode
{
    /// <summary>Hard links remembered for each object, besides the one that worked last.</summary>
    private const int MaxOtherNames = 7;

    /// <summary>Directories on the way to an object; more than this is taken for a circle of stale names.</summary>
    private const int MaxDepth = 100_000;

    private static readonly Location[] NoNames = [];

    private Location? _name;
    private Location[] _otherNames = NoNames;
    private DescriptorCache.Entry? _kept;
    private FileDescriptor? _open;
    private FileDescriptor? _pin;
    private List<FileDescriptor>? _opens;
    private int _holders = 1;

    /// <summary>Makes an inode that its maker holds.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="identity">What it stands for.</param>
    protected LocatedInode(OverlayVolume volume, in Identity identity)
    {
        Volume = volume;
        Identity = identity;
    }

    /// <summary>The volume.</summary>
    public OverlayVolume Volume { get; }

    /// <summary>What it stands for.</summary>
    public Identity Identity { get; }

    /// <summary>The name that worked last; null for the root, and for what has lost its last name.</summary>
    public Location? Name => Volatile.Read(ref _name);

    /// <summary>Finds a descriptor on the object: one that is open anyway, or a new one (O_PATH).</summary>
    /// <param name="descriptor">The descriptor, acquired: the caller gives it back.</param>
    /// <param name="error">ESTALE where the object is at none of its names any more, or why it can't be reached.</param>
    /// <returns>Whether it was reached.</returns>
    public bool TryReach([NotNullWhen(true)] out FileDescriptor? descriptor, out Errno error)
    {
        error = Errno.None;
        descriptor = Acquire();
        if (descriptor is not null || TryReachByName(out descriptor, out error))
            return true;
        if (error != Errno.ESTALE)
            return false;
        Volume.AwaitRenames();
        descriptor = Acquire();
        return descriptor is not null || TryReachByName(out descriptor, out error);
    }

    /// <summary>Asks for the object's attributes: one system call where it or its directory is open.</summary>
    /// <param name="stat">The attributes.</param>
    /// <returns>None; ESTALE where the object is at none of its names any more, or why it can't be reached.</returns>
    public Errno Stat(out Statx stat)
    {
        var error = StatOnce(out stat);
        if (error != Errno.ESTALE)
            return error;
        Volume.AwaitRenames();
        return StatOnce(out stat);
    }

    /// <summary>Notes a name under which the object was just seen.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="links">Names that the object has; directories have one.</param>
    public void Seen(LocatedInode parent, ReadOnlySpan<byte> name, uint links)
    {
        var last = Name;
        if (last is not null && last.Is(parent, name) && (links > 1 || _otherNames.Length == 0))
            return;
        lock (TableGate)
        {
            last = _name;
            if (links <= 1)
                _otherNames = NoNames;
            else if (last is not null && !last.Is(parent, name))
                _otherNames = [last, .. Without(_otherNames, parent, name).Take(MaxOtherNames - 1)];
            if (last is null || !last.Is(parent, name))
                Volatile.Write(ref _name, new Location(parent, name.ToArray()));
        }
    }

    /// <summary>Forgets a name that the object no longer has.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name.</param>
    public void Lost(LocatedInode parent, ReadOnlySpan<byte> name)
    {
        lock (TableGate)
        {
            _otherNames = Without(_otherNames, parent, name);
            if (_name is null || !_name.Is(parent, name))
                return;
            Volatile.Write(ref _name, _otherNames.Length > 0 ? _otherNames[0] : null);
            _otherNames = _otherNames.Length > 1 ? _otherNames[1..] : NoNames;
        }
    }

    /// <summary>Keeps a descriptor on an object that has no name any more, for as long as somebody holds the inode.</summary>
    /// <param name="descriptor">The descriptor; taken over.</param>
    public void Pin(FileDescriptor descriptor)
    {
        lock (TableGate)
        {
            if (_pin is null && Volatile.Read(ref _holders) > 0)
            {
                Volatile.Write(ref _pin, descriptor);
                return;
            }
        }
        descriptor.Dispose();
    }

    /// <summary>Notes an open file or directory: its descriptor reaches the object whatever becomes of its names.</summary>
    /// <param name="descriptor">The handle's descriptor.</param>
    public void Opened(FileDescriptor descriptor)
    {
        lock (TableGate)
        {
            (_opens ??= []).Add(descriptor);
            Volatile.Write(ref _open, descriptor);
        }
    }

    /// <summary>The handle is gone. The last descriptor of an object without a name stays, as its pin.</summary>
    /// <param name="descriptor">What <see cref="Opened"/> was given; disposed of, now or with the pin.</param>
    public void Closed(FileDescriptor descriptor)
    {
        lock (TableGate)
        {
            _opens!.Remove(descriptor);
            Volatile.Write(ref _open, _opens.Count > 0 ? _opens[^1] : null);
            if (_opens.Count == 0)
                _opens = null;
            if (_open is null && _name is null && _pin is null && Volatile.Read(ref _holders) > 0)
            {
                Volatile.Write(ref _pin, descriptor);
                return;
            }
        }
        descriptor.Dispose();
    }

    /// <summary>Holds the inode in the identity table.</summary>
    /// <returns>False where everyone has let go of it: another inode stands for the object, or will.</returns>
    public bool TryHold()
    {
        var holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
                return true;
            holders = seen;
        }
        return false;
    }

    /// <summary>Lets go; who lets go last takes the inode out of the table and gives its descriptors back.</summary>
    public void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) > 0)
            return;
        Volume.Known.Remove((OverlayInode)this);
        lock (TableGate)
        {
            if (_kept is { } kept)
                Volume.Directories.Remove(kept);
            _pin?.Dispose();
            _kept = null;
            Volatile.Write(ref _pin, null);
        }
    }

    /// <inheritdoc/>
    protected internal override void Referenced()
    {
        if (Interlocked.Increment(ref _holders) == 1)
            Volume.Known.Restore((OverlayInode)this);
    }

    /// <inheritdoc/>
    protected internal override void Forgotten() => LetGo();

    /// <summary>Whether the object is a directory, whose descriptor is worth keeping.</summary>
    protected virtual bool IsDirectory => false;

    /// <summary>A descriptor that is open anyway.</summary>
    /// <returns>The descriptor, acquired; null where there is none.</returns>
    protected virtual FileDescriptor? Acquire()
    {
        if (Volatile.Read(ref _kept)?.Acquire() is { } kept)
            return kept;
        if (Volatile.Read(ref _open) is { } open && open.TryAcquire())
            return open;
        return Volatile.Read(ref _pin) is { } pin && pin.TryAcquire() ? pin : null;
    }

    private bool TryReachByName([NotNullWhen(true)] out FileDescriptor? descriptor, out Errno error)
    {
        descriptor = null;
        error = Errno.ESTALE;
        var others = _otherNames;
        for (var i = -1; i < others.Length; i++)
        {
            if ((i < 0 ? Name : others[i]) is not { } name)
                continue;
            if (!TryReachDirectory(name.Parent, out var parent, out var failure))
            {
                error = Weightier(error, failure);
                continue;
            }
            using (new Reached(parent))
                failure = OpenBeneath(parent, name.Name, out descriptor);
            if (descriptor is not null)
                return true;
            error = Weightier(error, failure);
        }
        return false;
    }

    private Errno StatOnce(out Statx stat)
    {
        if (Acquire() is { } own)
        {
            using (new Reached(own))
                return OverlayVolume.StatOf(own, out stat);
        }
        var error = Errno.ESTALE;
        var others = _otherNames;
        for (var i = -1; i < others.Length; i++)
        {
            if ((i < 0 ? Name : others[i]) is not { } name)
                continue;
            if (!TryReachDirectory(name.Parent, out var parent, out var failure))
            {
                error = Weightier(error, failure);
                continue;
            }
            using (new Reached(parent))
                failure = OverlayVolume.StatAt(parent, name.Name, out stat);
            if (failure == Errno.None && Identity.Of(stat) == Identity)
                return Errno.None;
            error = Weightier(error, failure);
        }
        stat = default;
        return error;
    }

    /// <summary>
    /// Reaches a directory from the nearest one above that is open. A loop rather than recursion: paths may be deeper
    /// than the stack.
    /// </summary>
    private static bool TryReachDirectory(LocatedInode directory, [NotNullWhen(true)] out FileDescriptor? descriptor, out Errno error)
    {
        error = Errno.None;
        descriptor = directory.Acquire();
        if (descriptor is not null)
            return true;
        var below = new Stack<(LocatedInode Inode, byte[] Name)>();
        var at = directory;
        while (descriptor is null)
        {
            if (at.Name is not { } name || below.Count == MaxDepth)
            {
                error = Errno.ESTALE;
                return false;
            }
            below.Push((at, name.Name));
            at = name.Parent;
            descriptor = at.Acquire();
        }
        while (below.TryPop(out var next))
        {
            FileDescriptor? opened;
            using (new Reached(descriptor))
                error = next.Inode.OpenBeneath(descriptor, next.Name, out opened);
            descriptor = opened;
            if (descriptor is null)
                return false;
        }
        return true;
    }

    /// <summary>Opens the object under a name, and makes sure that it is the object.</summary>
    private Errno OpenBeneath(FileDescriptor parent, ReadOnlySpan<byte> name, out FileDescriptor? acquired)
    {
        acquired = null;
        var error = Volume.OpenPath(parent, name, out var opened);
        if (opened is null)
            return error;
        // Acquired before anybody else can dispose of it, so that this can't fail.
        opened.TryAcquire();
        error = OverlayVolume.StatOf(opened, out var stat);
        if (error != Errno.None || Identity.Of(stat) != Identity)
        {
            opened.Return();
            opened.Dispose();
            return error == Errno.None ? Errno.ESTALE : error;
        }
        acquired = opened;
        if (IsDirectory && Volume.MayKeep(opened))
            Keep(opened);
        else
            opened.Dispose();
        return Errno.None;
    }

    private void Keep(FileDescriptor opened)
    {
        var kept = Volume.Directories.Add(opened, Volume.IsMounted(Identity));
        DescriptorCache.Entry? before;
        lock (TableGate)
        {
            before = _kept;
            Volatile.Write(ref _kept, kept);
        }
        if (before is not null)
            Volume.Directories.Remove(before);
    }

    /// <summary>Of several reasons the one to tell: that a name is gone says less than that a disk is broken.</summary>
    private static Errno Weightier(Errno one, Errno other) =>
        other is Errno.None or Errno.ENOENT or Errno.ENOTDIR or Errno.ESTALE || one != Errno.ESTALE ? one : other;

    private static Location[] Without(Location[] names, LocatedInode parent, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < names.Length; i++)
            if (names[i].Is(parent, name))
                return [.. names[..i], .. names[(i + 1)..]];
        return names;
    }
}
