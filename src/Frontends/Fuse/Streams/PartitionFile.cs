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
    private readonly ConcurrentDictionary<HandleId, PartitionHandle> _open = new();

    private PartitionFile(StreamsContext context, StreamDirectory stream, PartitionId partition, InodeKind kind)
        : base(context, kind, partition.Value)
    {
        _stream = stream;
        _partition = partition;
    }

    protected override StreamDirectory Root => _stream;

    /// <summary>Answers a look-up with a partition.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="kind">Whether it is followed.</param>
    public static void Show(StreamsContext context, Call parked, StreamDirectory stream, PartitionId partition, InodeKind kind) =>
        context.Ask<PartitionReply.Stated>(parked, context.Addresses.Partitions, new PartitionRequest.Stat(partition, ViewId.Default), stated =>
        {
            var file = context.Inode(kind, partition.Value, () => new PartitionFile(context, stream, partition, kind));
            parked.Entry(file, file.Attr(stated.Value));
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
            parked, Context.Addresses.Partitions, new PartitionRequest.Stat(_partition, ViewId.Default), stated => parked.Attr(this, Attr(stated.Value)));
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
            parked, Context.Addresses.Partitions, new PartitionRequest.Open(_partition, handle, ViewId.Default),
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
        var handle = Kind == InodeKind.FollowedPartition
            ? new FollowHandle(this, Context, _partition, id, reader)
            : new PartitionHandle(this, Context, _partition, id, reader);
        _open[id] = handle;
        return handle;
    }

    private FuseAttr Attr(PartitionStat stat, bool isDeleted = false) => _stream.Attributes.OfPartition(Number, stat, isDeleted);
}
