using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// An object of a volume of streams. Streams grow and are replaced by themselves, so that neither names nor the attributes of
/// files are cached, unless the kind of object says otherwise. What it does not let be made or changed answers here.
/// </summary>
internal abstract class StreamInode : Inode
{
    private const uint BlockSize = 4096;
    private const uint ModeBits = 0xFFF;

    /// <summary>What can be set and is not kept.</summary>
    protected const SetAttrValid Times =
        SetAttrValid.Atime | SetAttrValid.Mtime | SetAttrValid.AtimeNow | SetAttrValid.MtimeNow | SetAttrValid.Ctime;

    /// <summary>What can only be set to what it is.</summary>
    protected const SetAttrValid Kept = SetAttrValid.Size | SetAttrValid.Mode | SetAttrValid.Uid | SetAttrValid.Gid;

    private StreamLocks? _locks;

    protected StreamInode(StreamsContext context, InodeKind kind, string id)
    {
        Context = context;
        Kind = kind;
        Id = id;
        Number = context.Numbers.Of(kind, id);
    }

    /// <summary>What it is.</summary>
    public InodeKind Kind { get; }

    /// <summary>What it shows, as <see cref="InodeNumbers.Of"/> wants it.</summary>
    public string Id { get; }

    /// <summary>The inode number.</summary>
    public ulong Number { get; }

    /// <inheritdoc/>
    public override TimeSpan? EntryTimeout => TimeSpan.Zero;

    /// <inheritdoc/>
    public override TimeSpan? AttrTimeout => TimeSpan.Zero;

    /// <summary>What the inodes of its volume share.</summary>
    protected internal StreamsContext Context { get; }

    /// <summary>What the objects of its stream look like.</summary>
    protected internal abstract StreamAttributes Look { get; }

    /// <summary>The locks on it.</summary>
    public StreamLocks Locks => LocksInUse ?? Interlocked.CompareExchange(ref _locks, new StreamLocks(), null) ?? _locks;

    /// <summary>The locks on it; null where nobody ever locked it.</summary>
    public StreamLocks? LocksInUse => Volatile.Read(ref _locks);

    /// <summary>Its extended attributes; null for none.</summary>
    protected virtual IXattrs? Xattrs => null;

    /// <summary>The errno of what can't be done here: a source that is only read is a read-only file system.</summary>
    protected Errno Refusal => Context.Options.IsReadOnly ? Errno.EROFS : Errno.EPERM;

    /// <inheritdoc/>
    public override void SetAttr(Call call, in SetAttrRequest request) => call.Finish(Refusal);

    /// <inheritdoc/>
    public override void MkNod(Call call, in MakeRequest request) => call.Finish(Refusal);

    /// <inheritdoc/>
    public override void MkDir(Call call, in MakeRequest request) => call.Finish(Refusal);

    /// <inheritdoc/>
    public override void Symlink(Call call, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) => call.Finish(Refusal);

    /// <inheritdoc/>
    public override void Link(Call call, Inode source, ReadOnlySpan<byte> name) =>
        call.Finish(source is StreamInode other && other.Context == Context ? Refusal : Errno.EXDEV);

    /// <inheritdoc/>
    public override void Create(Call call, in CreateRequest request) => call.Finish(Refusal);

    /// <inheritdoc/>
    public override void TmpFile(Call call, in CreateRequest request) => call.Finish(Refusal);

    /// <inheritdoc/>
    public override void Rename(Call call, in RenameRequest request) =>
        call.Finish(request.NewParent is StreamInode other && other.Context == Context ? Refusal : Errno.EXDEV);

    /// <inheritdoc/>
    public override void SetXattr(Call call, in SetXattrRequest request)
    {
        if (Context.Options.IsReadOnly)
            call.Finish(Errno.EROFS);
        else if (!MayWrite(call))
            call.Finish(Errno.EACCES);
        else
            XattrCalls.Set(call, Xattrs, request);
    }

    /// <inheritdoc/>
    public override void GetXattr(Call call, ReadOnlySpan<byte> name, int size) => XattrCalls.Get(call, Xattrs, name, size);

    /// <inheritdoc/>
    public override void ListXattr(Call call, int size) => XattrCalls.List(call, Xattrs, size);

    /// <inheritdoc/>
    public override void RemoveXattr(Call call, ReadOnlySpan<byte> name)
    {
        if (Context.Options.IsReadOnly)
            call.Finish(Errno.EROFS);
        else
            XattrCalls.Remove(call, Xattrs, name);
    }

    /// <inheritdoc/>
    public override void Access(Call call, uint mask) =>
        call.Finish(StreamAttributes.Allow(Look.OfDirectory(Number), call.Caller, mask) ? Errno.None : Errno.EACCES);

    /// <inheritdoc/>
    public override void StatFs(Call call)
    {
        if (Context.Home is null)
            call.Struct(new FuseKStatFs { Bsize = BlockSize, Frsize = BlockSize, Namelen = NameEncoding.MaxBytes });
        else if (Syscall.FStatFs(Context.Home, out var stat) is var error && error == Errno.None)
            call.Struct(FileSystemSpace.Of(stat) with { Namelen = NameEncoding.MaxBytes });
        else
            call.Finish(error);
    }

    /// <inheritdoc/>
    protected internal override void Referenced() => Context.Keep(this);

    /// <inheritdoc/>
    protected internal override void Forgotten() => Context.LetGo(this);

    /// <summary>Whether something is to become another than it is.</summary>
    /// <param name="valid">What is meant.</param>
    /// <param name="wanted">What it is to be.</param>
    /// <param name="attr">What it is.</param>
    protected static bool Changes(SetAttrValid valid, in SetAttrRequest wanted, in FuseAttr attr) =>
        ((valid & SetAttrValid.Size) != 0 && wanted.Size != attr.Size) ||
        ((valid & SetAttrValid.Mode) != 0 && ((wanted.Mode ^ attr.Mode) & ModeBits) != 0) ||
        ((valid & SetAttrValid.Uid) != 0 && wanted.Uid != attr.Uid) || ((valid & SetAttrValid.Gid) != 0 && wanted.Gid != attr.Gid);

    /// <summary>Whether the caller may change the stream, where the kernel has not checked that.</summary>
    protected bool MayWrite(Call call) =>
        Context.Options.KernelChecksPermissions || StreamAttributes.Allow(Look.OfDirectory(Number), call.Caller, 2);
}
