using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Tree;

/// <summary>
/// A file, directory or other object of the tree, as the kernel knows it. One method for each operation on an inode;
/// what a kind of inode does not have answers here with the errno that a local file system gives. Every method answers
/// its call exactly once, at once or after <see cref="Call.Park"/>. Called from several device threads at a time.
/// </summary>
public abstract class Inode
{
    /// <summary>The id in this mount; set by <see cref="InodeTable"/>.</summary>
    public ulong NodeId { get; internal set; }

    /// <summary>How long names of this inode may be cached; null for the mount's setting.</summary>
    public virtual TimeSpan? EntryTimeout => null;

    /// <summary>How long its attributes may be cached; null for the mount's setting.</summary>
    public virtual TimeSpan? AttrTimeout => null;

    internal ulong Lookups { get; set; }

    internal Lock TableGate { get; } = new();

    /// <summary>LOOKUP of a name in this directory: an <see cref="Call.Entry"/>, or ENOENT.</summary>
    /// <param name="call">The call.</param>
    /// <param name="name">One component, without NUL; never empty, <c>.</c>, <c>..</c> or with a slash.</param>
    public virtual void Lookup(Call call, ReadOnlySpan<byte> name) => call.Finish(Errno.ENOTDIR);

    /// <summary>GETATTR: an <see cref="Call.Attr"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public abstract void GetAttr(Call call, in GetAttrRequest request);

    /// <summary>SETATTR (chmod, chown, truncate, utimens): an <see cref="Call.Attr"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void SetAttr(Call call, in SetAttrRequest request) => call.Finish(Errno.EPERM);

    /// <summary>READLINK: the target as <see cref="Call.Data"/>.</summary>
    /// <param name="call">The call.</param>
    public virtual void ReadLink(Call call) => call.Finish(Errno.EINVAL);

    /// <summary>MKNOD: an <see cref="Call.Entry"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void MkNod(Call call, in MakeRequest request) => call.Finish(Errno.EPERM);

    /// <summary>MKDIR: an <see cref="Call.Entry"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void MkDir(Call call, in MakeRequest request) => call.Finish(Errno.EPERM);

    /// <summary>SYMLINK: an <see cref="Call.Entry"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="name">The new name.</param>
    /// <param name="target">What the link says.</param>
    public virtual void Symlink(Call call, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) => call.Finish(Errno.EPERM);

    /// <summary>LINK: a new name in this directory for a file; an <see cref="Call.Entry"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="source">The file.</param>
    /// <param name="name">The new name.</param>
    public virtual void Link(Call call, Inode source, ReadOnlySpan<byte> name) => call.Finish(Errno.EPERM);

    /// <summary>UNLINK of a name in this directory.</summary>
    /// <param name="call">The call.</param>
    /// <param name="name">The name.</param>
    public virtual void Unlink(Call call, ReadOnlySpan<byte> name) => call.Finish(Errno.EPERM);

    /// <summary>RMDIR of a name in this directory.</summary>
    /// <param name="call">The call.</param>
    /// <param name="name">The name.</param>
    public virtual void RmDir(Call call, ReadOnlySpan<byte> name) => call.Finish(Errno.EPERM);

    /// <summary>RENAME of a name in this directory.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void Rename(Call call, in RenameRequest request) => call.Finish(Errno.EPERM);

    /// <summary>OPEN: an <see cref="Call.Opened"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void Open(Call call, in OpenRequest request) => call.Finish(Errno.ENOSYS);

    /// <summary>OPENDIR: an <see cref="Call.Opened"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void OpenDir(Call call, in OpenRequest request) => call.Finish(Errno.ENOTDIR);

    /// <summary>CREATE in this directory: a <see cref="Call.Created"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void Create(Call call, in CreateRequest request) => call.Finish(Errno.EPERM);

    /// <summary>TMPFILE (O_TMPFILE) in this directory: a <see cref="Call.Created"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void TmpFile(Call call, in CreateRequest request) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>STATFS: a <c>struct fuse_kstatfs</c>.</summary>
    /// <param name="call">The call.</param>
    public abstract void StatFs(Call call);

    /// <summary>SYNCFS: the whole file system is to reach the disk.</summary>
    /// <param name="call">The call.</param>
    public virtual void SyncFs(Call call) => call.Finish(Errno.ENOSYS);

    /// <summary>SETXATTR.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void SetXattr(Call call, in SetXattrRequest request) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>GETXATTR: <see cref="Call.Data"/>, <see cref="Call.XattrSize"/> where <paramref name="size"/> is 0, ENODATA or ERANGE.</summary>
    /// <param name="call">The call.</param>
    /// <param name="name">Name with its name space.</param>
    /// <param name="size">Bytes of the caller's buffer.</param>
    public virtual void GetXattr(Call call, ReadOnlySpan<byte> name, int size) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>LISTXATTR: names, each ended by NUL, as <see cref="Call.Data"/>, or their size.</summary>
    /// <param name="call">The call.</param>
    /// <param name="size">Bytes of the caller's buffer.</param>
    public virtual void ListXattr(Call call, int size) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>REMOVEXATTR.</summary>
    /// <param name="call">The call.</param>
    /// <param name="name">Name with its name space.</param>
    public virtual void RemoveXattr(Call call, ReadOnlySpan<byte> name) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>ACCESS; asked only where the mount does not have default_permissions.</summary>
    /// <param name="call">The call.</param>
    /// <param name="mask">R_OK 4, W_OK 2, X_OK 1.</param>
    public virtual void Access(Call call, uint mask) => call.Finish(Errno.ENOSYS);

    /// <summary>The kernel is about to learn of the inode, for the first time or again after it was forgotten.</summary>
    protected internal virtual void Referenced()
    {
    }

    /// <summary>The kernel has forgotten the inode: what it holds can be given back. It may be looked up again.</summary>
    protected internal virtual void Forgotten()
    {
    }
}
