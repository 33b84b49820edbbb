using System.Collections.Concurrent;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>A partition: a file of its messages.</summary>
internal sealed class PartitionFile : StreamInode
{
    private const uint AccessModes = 0x3;
    private const uint Truncates = 0x200;

    private readonly StreamDirectory _stream;
    private readonly PartitionId _partition;
    private readonly ViewId _view;
    private readonly bool _follows;
    private readonly ConcurrentDictionary<HandleId, PartitionHandle> _open = new();

    private PartitionFile(StreamsContext context, StreamDirectory stream, PartitionId partition, ViewId view, bool follows)
        : base(context, InodeKind.Partition, FileIds.OfPartition(partition, view, follows))
    {
        _stream = stream;
        _partition = partition;
        _view = view;
        _follows = follows;
    }

    /// <inheritdoc/>
    protected internal override StreamAttributes Look => _stream.Attributes;

    /// <inheritdoc/>
    protected override IXattrs? Xattrs => Context.Options.HasViews ? new PartitionXattrs(Context, _partition) : null;

    /// <summary>Answers a look-up with a partition.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="view">How it is shown.</param>
    public static void Show(StreamsContext context, Call parked, StreamDirectory stream, PartitionId partition, FileView view) =>
        context.Ask<PartitionReply.Found>(parked, context.Addresses.Partitions, new PartitionRequest.FindView(partition, view.Kind, view.Start), found =>
        {
            var file = context.Inode(
                InodeKind.Partition, FileIds.OfPartition(partition, found.View, view.Follows),
                () => new PartitionFile(context, stream, partition, found.View, view.Follows));
            parked.Entry(file, file.Attr(found.Value));
        });

    /// <inheritdoc/>
    public override void GetAttr(Call call, in GetAttrRequest request)
    {
        // The kernel names no handle in fstat(2). Whoever has one sees what it reads, after a delete too.
        foreach (var (_, handle) in _open)
        {
            call.Attr(this, Attr(handle.Reader.Stat, handle.Reader.IsEnded));
            return;
        }
        var parked = call.Park();
        Context.Ask<PartitionReply.Stated>(
            parked, Context.Addresses.Partitions, new PartitionRequest.Stat(_partition, _view), stated => parked.Attr(this, Attr(stated.Value)));
    }

    /// <inheritdoc/>
    public override void Open(Call call, in OpenRequest request)
    {
        if ((request.Flags & AccessModes) != 0 || (request.Flags & Truncates) != 0)
        {
            call.Finish(Errno.EROFS);
            return;
        }
        var parked = call.Park();
        var handle = Context.NewHandle();
        Context.Ask<PartitionReply.Opened>(
            parked, Context.Addresses.Partitions, new PartitionRequest.Open(_partition, handle, _view),
            opened => parked.Opened(Add(handle, opened.Reader), OpenReplyFlags.DirectIo),
            _ =>
            {
                // It may be opened after all, once nobody waits for it any more.
                Context.Addresses.Partitions.Tell(new PartitionRequest.Close(_partition, handle), null);
                return false;
            });
    }

    /// <summary>Forgets a handle that was given back.</summary>
    public void Closed(HandleId handle) => _open.TryRemove(handle, out _);

    private PartitionHandle Add(HandleId id, IPartitionReader reader)
    {
        var handle = _follows
            ? new FollowHandle(this, Context, _partition, _view, id, reader)
            : new PartitionHandle(this, Context, _partition, id, reader);
        _open[id] = handle;
        return handle;
    }

    private FuseAttr Attr(PartitionStat stat, bool isDeleted = false) => _stream.Attributes.OfPartition(Number, stat, isDeleted);
}
