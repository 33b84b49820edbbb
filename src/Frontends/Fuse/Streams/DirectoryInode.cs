using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// A directory of a volume of streams: what it shows, by the dot directories that it was reached by. Names are made, moved
/// and taken away only where there are none of those.
/// </summary>
internal abstract class DirectoryInode : StreamInode, IListedDirectory, IVolumeRoot
{
    /// <summary><c>RENAME_NOREPLACE</c>, the one flag that is honoured.</summary>
    protected const uint NoReplace = 1;

    protected DirectoryInode(StreamsContext context, InodeKind kind, string id, ViewPath path, ulong parentNumber)
        : base(context, kind, id)
    {
        Path = path;
        ParentNumber = parentNumber;
    }

    /// <summary>The dot directories that it was reached by.</summary>
    public ViewPath Path { get; }

    /// <inheritdoc/>
    public ulong ParentNumber { get; protected set; }

    /// <summary>What it looks like.</summary>
    public FuseAttr DirectoryAttr => Look.OfDirectory(Number);

    /// <inheritdoc/>
    /// <remarks>They are those of its stream, and may be as old as any: the kernel asks for them at each step of a path.</remarks>
    public override TimeSpan? AttrTimeout => null;

    /// <inheritdoc/>
    public override void GetAttr(Call call, in GetAttrRequest request) => call.Attr(this, DirectoryAttr);

    /// <inheritdoc/>
    /// <remarks>As of files: times can be set, as cp and tar do, and are not kept, and what it is already.</remarks>
    public override void SetAttr(Call call, in SetAttrRequest request)
    {
        if ((Context.Options.IsReadOnly && (request.Valid & (Times | Kept)) != 0) || Changes(request.Valid, request, DirectoryAttr))
            call.Finish(Refusal);
        else
            call.Attr(this, DirectoryAttr);
    }

    /// <inheritdoc/>
    public override void OpenDir(Call call, in OpenRequest request) => call.Opened(new ListingHandle(this, this), OpenReplyFlags.None);

    /// <inheritdoc/>
    public abstract void List(Call call, Action<IReadOnlyList<ListedName>> listed);

    /// <summary>The directory that shows the same by more dot directories.</summary>
    /// <param name="path">All of them.</param>
    /// <param name="parentNumber">The inode number of the directory above.</param>
    public abstract DirectoryInode By(ViewPath path, ulong parentNumber);

    /// <summary>Answers a look-up with this directory.</summary>
    public void Show(Call call) => call.Entry(this, DirectoryAttr);

    /// <summary>Answers the look-up of a dot directory that each level of the tree has.</summary>
    /// <returns>False where the name is none, or makes no sense here; the call is not answered then.</returns>
    protected bool TryShowView(Call call, ReadOnlySpan<byte> name)
    {
        if (name[0] != (byte)'.')
            return false;
        if (Path.Enter(name, Context.Options.HasViews) is { } path)
            By(path, Number).Show(call);
        else if (Context.Options.HasViews && Path.HasPlaces && name.SequenceEqual(ViewPath.PlacesName))
            Context.Inode(InodeKind.Places, Id, () => new PlacesDirectory(this)).Show(call);
        else
            return false;
        return true;
    }

    /// <summary>Whether a change of names may go on; else the call is answered.</summary>
    protected bool MayChange(Call call)
    {
        if (Context.Options.IsReadOnly || !Path.IsNone)
            call.Finish(Refusal);
        else if (!MayWrite(call))
            call.Finish(Errno.EACCES);
        else
            return true;
        return false;
    }

    /// <summary>Whether a deletion may go on; else the call is answered.</summary>
    protected bool MayDelete(Call call)
    {
        if (!Context.Options.MayDelete || !Path.IsNone)
            call.Finish(Errno.EPERM);
        else if (!MayWrite(call))
            call.Finish(Errno.EACCES);
        else
            return true;
        return false;
    }
}
