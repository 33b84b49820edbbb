using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// A topic: the directory of its partitions. What is named by a dot answers a look-up and is not listed, so that nothing
/// that walks the tree comes to it.
/// </summary>
internal sealed class TopicDirectory : DirectoryInode
{
    private const uint Exclusive = 0x80;

    /// <summary>So many partitions are asked at a time where a listing needs to know what each of them begins with.</summary>
    private const int MaxAskedAtOnce = 64;

    private readonly TopicId _topic;
    private readonly DateTimeOffset? _createdAt;
    private volatile StreamDirectory _stream;

    private TopicDirectory(StreamsContext context, StreamDirectory stream, TopicId topic, DateTimeOffset? createdAt, ViewPath path, ulong parentNumber)
        : base(context, InodeKind.Topic, path.IdOf(topic.Value), path, parentNumber)
    {
        _stream = stream;
        _topic = topic;
        _createdAt = createdAt;
    }

    /// <inheritdoc/>
    /// <remarks>Where topics are files, one that mkdir made is a directory only until it is looked up.</remarks>
    public override TimeSpan? EntryTimeout =>
        Path.IsNone && Context.Options is { OwnsNames: true, Layout: StreamLayout.Partitions } ? null : TimeSpan.Zero;

    /// <inheritdoc/>
    protected internal override StreamAttributes Look => _createdAt is { } time ? _stream.Attributes.Since(time) : _stream.Attributes;

    /// <inheritdoc/>
    protected override IXattrs? Xattrs => Context.Options.HasViews ? new TopicXattrs(Context, _topic, _createdAt) : null;

    /// <summary>The directory of a topic.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="stream">The stream that it was found in.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="path">The dot directories that it was reached by.</param>
    /// <param name="parentNumber">The inode number of the directory above.</param>
    public static TopicDirectory Of(StreamsContext context, StreamDirectory stream, TopicEntry topic, ViewPath path, ulong parentNumber) =>
        Of(context, stream, topic.Id, topic.CreatedAt, path, parentNumber);

    /// <summary>A topic was moved to another stream, or has another name. The kernel need not look it up to know.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="stream">Where it is now.</param>
    public static void Moved(StreamsContext context, TopicId topic, StreamDirectory stream)
    {
        if (context.Known(InodeKind.Topic, ViewPath.None.IdOf(topic.Value)) is TopicDirectory directory)
            (directory._stream, directory.ParentNumber) = (stream, stream.Number);
    }

    /// <inheritdoc/>
    public override DirectoryInode By(ViewPath path, ulong parentNumber) => Of(Context, _stream, _topic, _createdAt, path, parentNumber);

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        if (TryShowView(call, name))
            return;
        if (Context.Options.HasViews && name[0] == (byte)'.')
            LookupSpecial(call, name);
        else if (PartitionNames.TryParse(name, out var index))
            LookupPartition(call.Park(), index);
        else
            call.Finish(Errno.ENOENT);
    }

    /// <inheritdoc/>
    public override void Create(Call call, in CreateRequest request)
    {
        if (!MayAdd(call, request.Name, out var index))
            return;
        var (parked, flags) = (call.Park(), request.Flags);
        Add(
            parked, index, partition => TopicFiles.Create(Context, parked, _stream, partition, flags),
            // Made by another since the kernel looked: it looks again, and opens that.
            (flags & Exclusive) == 0 ? Errno.ESTALE : Errno.EEXIST);
    }

    /// <inheritdoc/>
    public override void MkNod(Call call, in MakeRequest request)
    {
        if (!MayAdd(call, request.Name, out var index))
            return;
        if (!TopicFiles.IsRegular(request.Mode))
        {
            call.Finish(Errno.EPERM);
            return;
        }
        var parked = call.Park();
        Add(parked, index, partition => TopicFiles.ShowPartition(Context, parked, _stream, partition, Path.View), Errno.EEXIST);
    }

    /// <inheritdoc/>
    public override void MkDir(Call call, in MakeRequest request)
    {
        if (MayAdd(call, request.Name, out _))
            call.Finish(Errno.EPERM);
    }

    /// <inheritdoc/>
    public override void List(Call call, Action<IReadOnlyList<ListedName>> listed) =>
        Context.Ask<TopicReply.Partitions>(
            call, Context.Addresses.Topics, new TopicRequest.ListPartitions(_topic), partitions =>
            {
                // Elsewhere each answer could take a round trip, or a deadline: who wants to know looks the name up.
                if (Path.View is { Start: { } start, Cursor: null } && Context.Options.OwnsNames)
                    _ = ListFromAsync(call, partitions, start, listed);
                else
                    listed(NamesOf(partitions));
            });

    /// <summary>Answers a look-up with the directory of named cursors.</summary>
    public void ShowCursors(Call call) => Context.Inode(InodeKind.Cursors, Id, () => new CursorsDirectory(this, _topic)).Show(call);

    private static TopicDirectory Of(
        StreamsContext context, StreamDirectory stream, TopicId topic, DateTimeOffset? createdAt, ViewPath path, ulong parentNumber)
    {
        var directory = context.Inode(
            InodeKind.Topic, path.IdOf(topic.Value), () => new TopicDirectory(context, stream, topic, createdAt, path, parentNumber));
        // It may have moved from another stream, and stays the same directory.
        directory._stream = stream;
        directory.ParentNumber = parentNumber;
        return directory;
    }

    private ListedName[] NamesOf(TopicReply.Partitions partitions)
    {
        var names = new ListedName[partitions.Ids.Count];
        for (var index = 0; index < names.Length; index++)
        {
            var number = TopicFiles.NumberOf(Context, partitions.Ids[index], partitions.GenerationOf(index), Path.View);
            names[index] = new ListedName(PartitionNames.Of(index), number, false, index);
        }
        return names;
    }

    /// <summary>Lists partitions that begin elsewhere: each is asked where, since its inode number follows from that.</summary>
    private async Task ListFromAsync(
        Call call, TopicReply.Partitions partitions, StartPlace start, Action<IReadOnlyList<ListedName>> listed)
    {
        try
        {
            var names = NamesOf(partitions);
            for (var first = 0; first < names.Length; first += MaxAskedAtOnce)
            {
                var asked = partitions.Ids.Skip(first).Take(MaxAskedAtOnce)
                    .Select(id => Context.AskAsync(Context.Addresses.Partitions, new PartitionRequest.FindView(id, Path.View.Kind, start)));
                var replies = await Task.WhenAll(asked).ConfigureAwait(false);
                for (var i = 0; i < replies.Length; i++)
                    // One that can't tell is listed all the same, and whoever looks it up learns why.
                    if (replies[i] is PartitionReply.Found found)
                        names[first + i] = names[first + i] with { Ino = TopicFiles.NumberOf(Context, partitions.Ids[first + i], found.View, Path.View.Follows) };
            }
            listed(names);
        }
        catch (Exception cause)
        {
            Context.Refuse(call, ErrnoTable.FailureOf(cause), nameof(TopicRequest.ListPartitions));
        }
    }

    private void LookupSpecial(Call call, ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual(ViewPath.CursorsName) && Path.HasCursors)
            ShowCursors(call);
        else if (name.SequenceEqual(TopicFiles.MergedName) && Path.View.Cursor is null)
            TopicFiles.ShowMerged(Context, call.Park(), _stream, _topic, Path.View);
        else if (name.SequenceEqual(TopicFiles.SinkName) && Path.View.IsWritable && !Context.Options.IsReadOnly)
            TopicFiles.ShowSink(Context, call.Park(), _stream, _topic, Path.View.Kind);
        else
            call.Finish(Errno.ENOENT);
    }

    private void LookupPartition(Call parked, int index) =>
        Context.Ask<TopicReply.Found>(
            parked, Context.Addresses.Topics, new TopicRequest.FindPartition(_topic, index),
            found => TopicFiles.ShowPartition(Context, parked, _stream, found.Partition, Path.View));

    /// <summary>Whether the name is one that a new partition can have; else the call is answered.</summary>
    private bool MayAdd(Call call, ReadOnlySpan<byte> name, out int index)
    {
        index = 0;
        if (!MayChange(call))
            return false;
        if (PartitionNames.TryParse(name, out index))
            return true;
        call.Finish(Errno.EINVAL);
        return false;
    }

    private void Add(Call parked, int index, Action<PartitionId> added, Errno exists) =>
        Context.Ask<TopicReply.Found>(
            parked, Context.Addresses.Topics, new TopicRequest.AddPartition(_topic, index), found => added(found.Partition),
            failure => failure.Fault == Fault.Exists && parked.Finish(exists));
}
