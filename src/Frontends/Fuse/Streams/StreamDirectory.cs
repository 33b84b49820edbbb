using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>A stream: the directory of its topics.</summary>
internal sealed class StreamDirectory : StreamInode, IListedDirectory
{
    private static ReadOnlySpan<byte> FollowSuffix => ".follow"u8;

    private readonly StreamId _stream;
    private volatile StreamAttributes _attributes;
    private int _saidNotShown;

    public StreamDirectory(StreamsContext context, StreamId stream, StreamAttributes attributes)
        : base(context, InodeKind.Stream, stream.Value)
    {
        _stream = stream;
        _attributes = attributes;
    }

    /// <summary>What its objects look like; each look-up of the JSON file tells anew.</summary>
    public StreamAttributes Attributes
    {
        get => _attributes;
        set => _attributes = value;
    }

    /// <summary>What it looks like itself.</summary>
    public FuseAttr DirectoryAttr => Attributes.OfDirectory(Number);

    /// <inheritdoc/>
    /// <remarks>It is in a directory of the overlay, whose number the kernel knows; any number but 0 makes the entry show.</remarks>
    public ulong ParentNumber => InodeTable.RootId;

    protected override StreamDirectory Root => this;

    /// <inheritdoc/>
    public override void GetAttr(Call call, in GetAttrRequest request) => call.Attr(this, DirectoryAttr);

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        var isFollow = Context.Options.Layout == StreamLayout.Topics && name.Length > FollowSuffix.Length && name.EndsWith(FollowSuffix);
        var followed = isFollow ? NameEncoding.Decode(name[..^FollowSuffix.Length]) : null;
        FindTopic(
            call, name, (parked, topic) => ShowTopic(parked, topic, InodeKind.Partition),
            // A topic that is called so comes before the followed view of another.
            followed is null ? null : parked => Find(parked, new EntityName(followed), topic => ShowTopic(parked, topic, InodeKind.FollowedPartition)));
    }

    /// <inheritdoc/>
    public override void OpenDir(Call call, in OpenRequest request) => call.Opened(new ListingHandle(this, this), OpenReplyFlags.None);

    /// <inheritdoc/>
    public override void RmDir(Call call, ReadOnlySpan<byte> name) => DeleteTopic(call, name);

    /// <inheritdoc/>
    public override void Unlink(Call call, ReadOnlySpan<byte> name) => DeleteTopic(call, name);

    /// <inheritdoc/>
    public void List(Call call, Action<IReadOnlyList<ListedName>> listed) =>
        Context.Ask<StreamReply.Topics>(call, Context.Addresses.Streams, new StreamRequest.ListTopics(_stream), topics => listed(NamesOf(topics)));

    private List<ListedName> NamesOf(StreamReply.Topics topics)
    {
        var names = new List<ListedName>(topics.Entries.Count);
        var saysNotShown = Interlocked.Exchange(ref _saidNotShown, 1) == 0;
        var isFile = Context.Options.Layout == StreamLayout.Topics;
        foreach (var topic in topics.Entries)
        {
            if (NameEncoding.Encode(topic.Name.Bytes) is { } name)
            {
                var only = isFile ? topic.Only : null;
                var ino = only is { } partition
                    ? Context.Numbers.Of(InodeKind.Partition, partition.Value)
                    : Context.Numbers.Of(InodeKind.Topic, topic.Id.Value);
                names.Add(new ListedName(name, ino, only is null, topic.Place));
            }
            else if (saysNotShown)
            {
                Context.LogNotShown(_stream, topic.Name);
            }
        }
        return names;
    }

    private void DeleteTopic(Call call, ReadOnlySpan<byte> name)
    {
        if (!MayWrite(call))
        {
            call.Finish(Errno.EACCES);
            return;
        }
        FindTopic(
            call, name,
            (parked, topic) => Context.Ask<StreamReply.Done>(
                parked, Context.Addresses.Streams, new StreamRequest.DeleteTopic(_stream, topic), _ => parked.Finish(Errno.None)),
            // The followed view of a topic is no object of its own.
            name.EndsWith(FollowSuffix) ? parked => parked.Finish(Errno.EPERM) : null);
    }

    private void FindTopic(Call call, ReadOnlySpan<byte> name, Action<Call, TopicId> found, Action<Call>? notFound)
    {
        if (name.Length > NameEncoding.MaxBytes)
        {
            call.Finish(Errno.ENAMETOOLONG);
            return;
        }
        var topic = NameEncoding.Decode(name);
        if (topic is null && notFound is null)
        {
            call.Finish(Errno.ENOENT);
            return;
        }
        var parked = call.Park();
        if (topic is null)
            notFound!(parked);
        else
            Find(parked, new EntityName(topic), id => found(parked, id), notFound);
    }

    private void Find(Call parked, EntityName name, Action<TopicId> found, Action<Call>? notFound = null) =>
        Context.Ask<StreamReply.Found>(
            parked, Context.Addresses.Streams, new StreamRequest.FindTopic(_stream, name), reply => found(reply.Entry.Id),
            failure =>
            {
                if (failure.Fault != Fault.NotFound || notFound is null)
                    return false;
                notFound(parked);
                return true;
            });

    private void ShowTopic(Call parked, TopicId topic, InodeKind kind)
    {
        if (Context.Options.Layout == StreamLayout.Partitions)
        {
            ShowDirectory(parked, topic);
            return;
        }
        Context.Ask<TopicReply.Partitions>(parked, Context.Addresses.Topics, new TopicRequest.ListPartitions(topic), partitions =>
        {
            if (partitions.Ids is [var only])
                PartitionFile.Show(Context, parked, this, only, kind);
            else
                ShowDirectory(parked, topic);
        });
    }

    private void ShowDirectory(Call parked, TopicId topic)
    {
        var directory = Context.Inode(InodeKind.Topic, topic.Value, () => new TopicDirectory(Context, this, topic, InodeKind.Topic));
        parked.Entry(directory, directory.DirectoryAttr);
    }
}
