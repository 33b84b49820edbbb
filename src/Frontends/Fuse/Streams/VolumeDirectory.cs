using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>The root of a volume: the directory of its streams.</summary>
internal sealed class VolumeDirectory : DirectoryInode
{
    private readonly StreamOwner _owner;
    private int _saidNotShown;

    public VolumeDirectory(StreamsContext context, StreamOwner owner, ViewPath path, ulong parentNumber = InodeTable.RootId)
        : base(context, InodeKind.Volume, path.IdOf(""), path, parentNumber)
    {
        _owner = owner;
        Look = owner.LookOf(owner.Since);
    }

    /// <inheritdoc/>
    protected internal override StreamAttributes Look { get; }

    /// <inheritdoc/>
    public override DirectoryInode By(ViewPath path, ulong parentNumber) =>
        Context.Inode(InodeKind.Volume, path.IdOf(""), () => new VolumeDirectory(Context, _owner, path, parentNumber));

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        if (!TryShowView(call, name))
            Find(call, name, Show);
    }

    /// <inheritdoc/>
    public override void MkDir(Call call, in MakeRequest request)
    {
        if (!MayChange(call))
            return;
        if (NameEncoding.Decode(request.Name) is not { } name)
        {
            call.Finish(Errno.EINVAL);
            return;
        }
        var parked = call.Park();
        Context.Ask<VolumeReply.Found>(
            parked, Context.Addresses.Names, new VolumeRequest.CreateStream(new EntityName(name)), made => Show(parked, made.Entry));
    }

    /// <inheritdoc/>
    public override void RmDir(Call call, ReadOnlySpan<byte> name)
    {
        if (!MayDelete(call))
            return;
        if (name[0] == (byte)'.')
            call.Finish(Errno.EPERM);
        else
            Find(call, name, (parked, stream) => Context.Ask<StreamReply.Done>(
                parked, Context.Addresses.Streams, new StreamRequest.Delete(stream.Id), _ =>
                {
                    // Who has a file of it open sees that it has no name any more.
                    Context.KeptSizes.Changed();
                    parked.Finish(Errno.None);
                }));
    }

    /// <inheritdoc/>
    public override void Rename(Call call, in RenameRequest request)
    {
        if (request.NewParent is not StreamInode other || other.Context != Context)
            call.Finish(Errno.EXDEV);
        else if (!MayChange(call))
            return;
        else if ((request.Flags & ~NoReplace) != 0)
            call.Finish(Errno.EINVAL);
        // A stream is nowhere but here. What mv makes of EINVAL is that a directory can't be moved into itself.
        else if (request.NewParent != this || request.Name[0] == (byte)'.' || NameEncoding.Decode(request.NewName) is not { } name)
            call.Finish(Errno.EPERM);
        else
            RenameStream(call, request.Name, new EntityName(name), (request.Flags & NoReplace) != 0);
    }

    /// <inheritdoc/>
    public override void List(Call call, Action<IReadOnlyList<ListedName>> listed) =>
        Context.Ask<VolumeReply.Streams>(call, Context.Addresses.Names, new VolumeRequest.ListStreams(), streams => listed(NamesOf(streams)));

    private List<ListedName> NamesOf(VolumeReply.Streams streams)
    {
        var names = new List<ListedName>(streams.Entries.Count);
        var saysNotShown = Interlocked.Exchange(ref _saidNotShown, 1) == 0;
        foreach (var stream in streams.Entries)
        {
            if (NameEncoding.Encode(stream.Name.Bytes) is { } name)
                names.Add(ListedName.ByNumber(name, Context.Numbers.Of(InodeKind.Stream, Path.Descend().IdOf(stream.Id.Value)), true));
            else if (saysNotShown)
                Context.LogNotShown(stream.Name);
        }
        return ListedName.InOrder(names);
    }

    private void Show(Call call, StreamEntry stream) =>
        StreamDirectory.Of(Context, Number, stream.Id, _owner.LookOf(stream.CreatedAt), Path.Descend()).Show(call);

    private void RenameStream(Call call, ReadOnlySpan<byte> oldName, EntityName name, bool noReplace) =>
        Find(call, oldName, (parked, stream) => Context.Ask<VolumeReply.Done>(
            parked, Context.Addresses.Names, new VolumeRequest.RenameStream(stream.Id, name), _ => parked.Finish(Errno.None),
            // Nothing is ever replaced: that would delete messages.
            failure => failure.Fault == Fault.Exists && parked.Finish(noReplace ? Errno.EEXIST : Errno.ENOTEMPTY)));

    private void Find(Call call, ReadOnlySpan<byte> fileName, Action<Call, StreamEntry> found)
    {
        if (NameEncoding.Decode(fileName) is not { } name)
        {
            call.Finish(Errno.ENOENT);
            return;
        }
        var parked = call.Park();
        Context.Ask<VolumeReply.Found>(
            parked, Context.Addresses.Names, new VolumeRequest.FindStream(new EntityName(name)), reply => found(parked, reply.Entry));
    }
}
