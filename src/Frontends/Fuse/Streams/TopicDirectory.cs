using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// A topic: the directory of its partitions. Its <c>.follow</c> is another one, of the same partitions, whose readers wait
/// at the end; it answers a look-up and is not listed, so that nothing that walks the tree waits in it.
/// </summary>
internal sealed class TopicDirectory : StreamInode, IListedDirectory
{
    private static ReadOnlySpan<byte> FollowName => ".follow"u8;

    private readonly StreamDirectory _stream;
    private readonly TopicId _topic;

    public TopicDirectory(StreamsContext context, StreamDirectory stream, TopicId topic, InodeKind kind)
        : base(context, kind, topic.Value)
    {
        _stream = stream;
        _topic = topic;
    }

    /// <summary>What it looks like.</summary>
    public FuseAttr DirectoryAttr => _stream.Attributes.OfDirectory(Number);

    /// <inheritdoc/>
    public ulong ParentNumber => Kind == InodeKind.Topic ? _stream.Number : Context.Numbers.Of(InodeKind.Topic, Id);

    protected override StreamDirectory Root => _stream;

    private InodeKind PartitionKind => Kind == InodeKind.Topic ? InodeKind.Partition : InodeKind.FollowedPartition;

    /// <inheritdoc/>
    public override void GetAttr(Call call, in GetAttrRequest request) => call.Attr(this, DirectoryAttr);

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        if (Kind == InodeKind.Topic && name.SequenceEqual(FollowName))
        {
            var follow = Context.Inode(
                InodeKind.FollowedTopic, Id, () => new TopicDirectory(Context, _stream, _topic, InodeKind.FollowedTopic));
            call.Entry(follow, follow.DirectoryAttr);
            return;
        }
        if (!PartitionNames.TryParse(name, out var index))
        {
            call.Finish(name.Length > NameEncoding.MaxBytes ? Errno.ENAMETOOLONG : Errno.ENOENT);
            return;
        }
        var parked = call.Park();
        Context.Ask<TopicReply.Found>(
            parked, Context.Addresses.Topics, new TopicRequest.FindPartition(_topic, index),
            found => PartitionFile.Show(Context, parked, _stream, found.Partition, PartitionKind));
    }

    /// <inheritdoc/>
    public override void OpenDir(Call call, in OpenRequest request) => call.Opened(new ListingHandle(this, this), OpenReplyFlags.None);

    /// <inheritdoc/>
    public void List(Call call, Action<IReadOnlyList<ListedName>> listed) =>
        Context.Ask<TopicReply.Partitions>(
            call, Context.Addresses.Topics, new TopicRequest.ListPartitions(_topic), partitions => listed(NamesOf(partitions.Ids)));

    private ListedName[] NamesOf(IReadOnlyList<PartitionId> partitions)
    {
        var names = new ListedName[partitions.Count];
        for (var index = 0; index < names.Length; index++)
        {
            var ino = Context.Numbers.Of(PartitionKind, partitions[index].Value);
            names[index] = new ListedName(PartitionNames.Of(index), ino, false, index);
        }
        return names;
    }
}
