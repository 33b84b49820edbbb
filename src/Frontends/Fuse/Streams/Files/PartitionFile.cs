using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>A partition: a file of its messages.</summary>
internal sealed class PartitionFile : StreamFile
{
    private readonly PartitionId _partition;
    private readonly ViewId _view;
    private readonly bool _follows;

    // Nobody but this mount changes it, and what it shows is the partition itself.
    private readonly bool _isOurs;
    private readonly WriteTarget.OfPartition? _target;
    private readonly BackingUse _backing = new();

    // The largest size that was told.
    private long _told;

    private PartitionFile(StreamsContext context, StreamDirectory stream, PartitionId partition, ViewId view, bool follows)
        : base(context, stream, InodeKind.Partition, FileIds.OfPartition(partition, view, follows))
    {
        _partition = partition;
        _view = view;
        _follows = follows;
        _isOurs = context.Options.OwnsFiles && view is { Kind: ViewKind.Default, HasStart: false } && !follows;
        // What waits at the end, or begins elsewhere than the partition, is only read.
        if (!follows && !view.HasStart && !context.Options.IsReadOnly)
            _target = new WriteTarget.OfPartition(context, partition, view.Kind);
    }

    /// <inheritdoc/>
    public override TimeSpan? EntryTimeout => _isOurs ? null : TimeSpan.Zero;

    /// <summary>The partition.</summary>
    public PartitionId Partition => _partition;

    /// <inheritdoc/>
    protected override IXattrs? Xattrs => Context.Options.HasViews ? new PartitionXattrs(Context, _partition) : null;

    /// <summary>Answers a look-up with a partition.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="view">How it is shown; not by a cursor.</param>
    public static void Show(StreamsContext context, Call parked, StreamDirectory stream, PartitionId partition, FileView view) =>
        Find(context, parked, stream, partition, view, (file, stat) => parked.Entry(file, file.Attr(stat)));

    /// <summary>Answers a CREATE with a partition that was just made, opened. There is nothing that O_TRUNC could change.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The call.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="flags">Flags of <c>open(2)</c>.</param>
    public static void Create(StreamsContext context, Call parked, StreamDirectory stream, PartitionId partition, uint flags) =>
        Find(context, parked, stream, partition, FileView.Plain, (file, stat) => file.Open(
            parked, flags & ~Truncates, (handle, how, backing) => parked.Created(file, file.Attr(stat), handle, how, backing)));

    /// <inheritdoc/>
    /// <remarks>
    /// What a look-up tells is never kept: the kernel may not know the inode yet, and could not be told that it has grown.
    /// </remarks>
    public override void GetAttr(Call call, in GetAttrRequest request)
    {
        if (_isOurs)
            Context.KeptSizes.Add(this, call.Tree);
        Tell(call, (known, attr) => known.Attr(this, attr, _isOurs));
    }

    /// <inheritdoc/>
    public override void Open(Call call, in OpenRequest request)
    {
        var parked = call.Park();
        Open(parked, request.Flags, (handle, how, backing) => parked.Opened(handle, how, backing));
    }

    /// <inheritdoc/>
    protected override void Tell(Call call, Action<Call, FuseAttr> known)
    {
        if (TryTellOpen(call, known))
            return;
        var parked = call.Park();
        Context.Ask<PartitionReply.Stated>(
            parked, Context.Addresses.Partitions, new PartitionRequest.Stat(_partition, _view), stated => known(parked, Attr(stated.Value)));
    }

    private static void Find(
        StreamsContext context, Call parked, StreamDirectory stream, PartitionId partition, FileView view, Action<PartitionFile, PartitionStat> found) =>
        context.Ask<PartitionReply.Found>(
            parked, context.Addresses.Partitions, new PartitionRequest.FindView(partition, view.Kind, view.Start), reply =>
            {
                var file = context.Inode(
                    InodeKind.Partition, FileIds.OfPartition(partition, reply.View, view.Follows),
                    () => new PartitionFile(context, stream, partition, reply.View, view.Follows));
                found(file, reply.Value);
            });

    private void Open(Call parked, uint flags, Action<Handle, OpenReplyFlags, int> opened)
    {
        var (mode, truncates) = (flags & AccessModes, (flags & Truncates) != 0);
        var error = mode == 0 && !truncates ? Errno.None
            : Context.Options.IsReadOnly ? Errno.EROFS
            : truncates && mode != WriteOnly ? Errno.EPERM
            : mode != WriteOnly || _target is null ? Errno.EACCES : Errno.None;
        if (error != Errno.None)
        {
            parked.Finish(error);
            return;
        }
        var writes = mode == WriteOnly;
        if (!MayOpen(parked, writes))
            return;
        var link = new ReaderLink.OfView(Context, Context.NewHandle(), _partition, _view, writes && !truncates);
        OpenReader(parked, link, open =>
        {
            // What is empty is not changed by a cut.
            if (truncates && (open.Reader.End > 0 || !open.Reader.IsComplete))
            {
                open.GiveBack();
                parked.Finish(Errno.EPERM);
                return;
            }
            if (_follows)
            {
                opened(new FollowHandle(this, open), OpenReplyFlags.DirectIo, 0);
                return;
            }
            var how = _backing.Enter(parked.Tree.Connection, open, writes, out var id);
            opened(writes ? new PartitionWriter(this, _target!, open) : new ReadHandle(this, open), how, id);
        });
    }

    /// <inheritdoc/>
    protected internal override void Forgotten()
    {
        Context.KeptSizes.Remove(this);
        base.Forgotten();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A view only grows. An owner that has not fetched as much of it yet as the one before tells less, and who reads waits
    /// for the rest.
    /// </remarks>
    protected override FuseAttr Attr(PartitionStat stat, bool isDeleted = false)
    {
        var told = Volatile.Read(ref _told);
        while (stat.Size > told)
        {
            var seen = Interlocked.CompareExchange(ref _told, stat.Size, told);
            told = seen == told ? stat.Size : seen;
        }
        return base.Attr(stat.Size < told ? stat with { Size = told } : stat, isDeleted);
    }

    /// <inheritdoc/>
    protected override void Closed(OpenReader open)
    {
        base.Closed(open);
        _backing.Leave(open);
    }
}
