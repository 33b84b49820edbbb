using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// An object of a stream. Streams grow and are replaced by themselves, so that neither names nor attributes are cached;
/// nothing in them can be made or changed through the file system.
/// </summary>
internal abstract class StreamInode : Inode
{
    private const uint BlockSize = 4096;

    protected StreamInode(StreamsContext context, InodeKind kind, string id)
    {
        Context = context;
        Kind = kind;
        Id = id;
        Number = context.Numbers.Of(kind, id);
    }

    /// <summary>What it is shown as.</summary>
    public InodeKind Kind { get; }

    /// <summary>The id of the incarnation.</summary>
    public string Id { get; }

    /// <summary>The inode number.</summary>
    public ulong Number { get; }

    /// <inheritdoc/>
    public override TimeSpan? EntryTimeout => TimeSpan.Zero;

    /// <inheritdoc/>
    public override TimeSpan? AttrTimeout => TimeSpan.Zero;

    protected StreamsContext Context { get; }

    /// <summary>The stream that it is in.</summary>
    protected abstract StreamDirectory Root { get; }

    /// <inheritdoc/>
    public override void SetAttr(Call call, in SetAttrRequest request) => call.Finish(Errno.EROFS);

    /// <inheritdoc/>
    public override void MkNod(Call call, in MakeRequest request) => call.Finish(Errno.EROFS);

    /// <inheritdoc/>
    public override void MkDir(Call call, in MakeRequest request) => call.Finish(Errno.EROFS);

    /// <inheritdoc/>
    public override void Symlink(Call call, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) => call.Finish(Errno.EROFS);

    /// <inheritdoc/>
    public override void Link(Call call, Inode source, ReadOnlySpan<byte> name) =>
        call.Finish(source is StreamInode ? Errno.EROFS : Errno.EXDEV);

    /// <inheritdoc/>
    public override void Create(Call call, in CreateRequest request) => call.Finish(Errno.EROFS);

    /// <inheritdoc/>
    public override void TmpFile(Call call, in CreateRequest request) => call.Finish(Errno.EROFS);

    /// <inheritdoc/>
    public override void Rename(Call call, in RenameRequest request) =>
        call.Finish(request.NewParent is StreamInode other && ReferenceEquals(other.Root, Root) ? Errno.EROFS : Errno.EXDEV);

    /// <inheritdoc/>
    public override void SetXattr(Call call, in SetXattrRequest request) => call.Finish(Errno.EROFS);

    /// <inheritdoc/>
    public override void GetXattr(Call call, ReadOnlySpan<byte> name, int size) => call.Finish(Errno.ENODATA);

    /// <inheritdoc/>
    public override void ListXattr(Call call, int size)
    {
        if (size == 0)
            call.XattrSize(0);
        else
            call.Data(default);
    }

    /// <inheritdoc/>
    public override void RemoveXattr(Call call, ReadOnlySpan<byte> name) => call.Finish(Errno.EROFS);

    /// <inheritdoc/>
    public override void Access(Call call, uint mask) =>
        call.Finish(StreamAttributes.Allow(Root.DirectoryAttr, call.Caller, mask) ? Errno.None : Errno.EACCES);

    /// <inheritdoc/>
    public override void StatFs(Call call) =>
        call.Struct(new FuseKStatFs { Bsize = BlockSize, Frsize = BlockSize, Namelen = NameEncoding.MaxBytes });

    /// <inheritdoc/>
    protected internal override void Referenced() => Context.Keep(this);

    /// <inheritdoc/>
    protected internal override void Forgotten() => Context.LetGo(this);

    /// <summary>Whether the caller may change the stream, where the kernel has not checked that.</summary>
    protected bool MayWrite(Call call) =>
        Context.Options.KernelChecksPermissions || StreamAttributes.Allow(Root.DirectoryAttr, call.Caller, 2);
}
