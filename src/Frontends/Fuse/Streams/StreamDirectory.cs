using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>A stream: the directory of its topics. Under <see cref="StreamLayout.Topics"/> those with one partition are files.</summary>
internal sealed class StreamDirectory : DirectoryInode
{
    private const uint Exclusive = 0x80;

    private readonly StreamId _stream;
    private volatile StreamAttributes _attributes;
    private int _saidNotShown;

    private StreamDirectory(StreamsContext context, StreamId stream, StreamAttributes attributes, ViewPath path, ulong parentNumber)
        : base(context, InodeKind.Stream, path.IdOf(stream.Value), path, parentNumber)
    {
        _stream = stream;
        _attributes = attributes;
    }

    /// <summary>The stream that it shows.</summary>
    public StreamId Stream => _stream;

    /// <summary>What its objects look like; each look-up tells anew.</summary>
    public StreamAttributes Attributes => _attributes;

    /// <inheritdoc/>
    public override TimeSpan? EntryTimeout => Path.IsNone && Context.Options.OwnsNames ? null : TimeSpan.Zero;

    /// <inheritdoc/>
    protected internal override StreamAttributes Look => _attributes;

    /// <inheritdoc/>
    protected override IXattrs? Xattrs => Context.Options.HasViews ? new StreamXattrs(Context, _stream) : null;

    private bool TopicsAreFiles => Context.Options.Layout == StreamLayout.Topics;

    /// <summary>The directory of a stream.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parentNumber">The inode number of the directory above.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="attributes">What its objects look like now.</param>
    /// <param name="path">The dot directories that it was reached by.</param>
    public static StreamDirectory Of(StreamsContext context, ulong parentNumber, StreamId stream, StreamAttributes attributes, ViewPath path)
    {
        var directory = context.Inode(
            InodeKind.Stream, path.IdOf(stream.Value), () => new StreamDirectory(context, stream, attributes, path, parentNumber));
        directory._attributes = attributes;
        return directory;
    }

    /// <inheritdoc/>
    public override DirectoryInode By(ViewPath path, ulong parentNumber) => Of(Context, parentNumber, _stream, _attributes, path);

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        if (Context.Options.HasViews && TryShowView(call, name))
            return;
        if (Context.Options.HasViews && Path.IsNone && name.SequenceEqual(ConfigurationFile.Name))
            ConfigurationFile.Show(Context, call.Park(), this, _stream);
        else
            LookupTopic(call, name);
    }

    /// <inheritdoc/>
    public override void MkDir(Call call, in MakeRequest request)
    {
        if (!MayChange(call))
            return;
        Make(call, request.Name, static failure => null, (parked, topic) => TopicDirectory.Of(Context, this, topic, Path.Descend(), Number).Show(parked));
    }

    /// <inheritdoc/>
    /// <remarks>What is made like a file is a topic where those are files.</remarks>
    public override void Create(Call call, in CreateRequest request)
    {
        if (!MayChange(call))
            return;
        if (!TopicsAreFiles || !Context.Options.NewTopicsHaveOnePartition)
        {
            call.Finish(Errno.EPERM);
            return;
        }
        var flags = request.Flags;
        Make(
            call, request.Name,
            // Made by another since the kernel looked: it looks again, and opens that.
            failure => failure.Fault == Fault.Exists && (flags & Exclusive) == 0 ? Errno.ESTALE : null,
            (parked, topic) =>
            {
                if (topic.Only is { } partition)
                    TopicFiles.Create(Context, parked, this, partition, flags);
                else
                    parked.Finish(Errno.EISDIR);
            });
    }

    /// <inheritdoc/>
    public override void MkNod(Call call, in MakeRequest request)
    {
        if (!MayChange(call))
            return;
        if (!TopicsAreFiles || !Context.Options.NewTopicsHaveOnePartition || !TopicFiles.IsRegular(request.Mode))
        {
            call.Finish(Errno.EPERM);
            return;
        }
        Make(
            call, request.Name, static failure => null,
            (parked, topic) =>
            {
                if (topic.Only is { } partition)
                    TopicFiles.ShowPartition(Context, parked, this, partition, Path.View);
                else
                    parked.Finish(Errno.EISDIR);
            });
    }

    /// <inheritdoc/>
    public override void RmDir(Call call, ReadOnlySpan<byte> name) => DeleteTopic(call, name);

    /// <inheritdoc/>
    public override void Unlink(Call call, ReadOnlySpan<byte> name) => DeleteTopic(call, name);

    /// <inheritdoc/>
    public override void Rename(Call call, in RenameRequest request)
    {
        var target = request.NewParent as StreamDirectory;
        if (target?.Context != Context || (Context.Options.IsReadOnly && target._stream != _stream))
            call.Finish(target is null && request.NewParent is StreamInode other && other.Context == Context ? Refusal : Errno.EXDEV);
        else if (MayChange(call) && target.MayChange(call))
            RenameTopic(call, request, target);
    }

    /// <inheritdoc/>
    public override void List(Call call, Action<IReadOnlyList<ListedName>> listed) =>
        Context.Ask<StreamReply.Topics>(call, Context.Addresses.Streams, new StreamRequest.ListTopics(_stream), topics => listed(NamesOf(topics)));

    private List<ListedName> NamesOf(StreamReply.Topics topics)
    {
        var names = new List<ListedName>(topics.Entries.Count + 1);
        if (Context.Options.HasViews && Path.IsNone)
            names.Add(new ListedName(ConfigurationFile.Name.ToArray(), Context.Numbers.Of(InodeKind.Configuration, _stream.Value), false, 0));
        var saysNotShown = Interlocked.Exchange(ref _saidNotShown, 1) == 0;
        foreach (var topic in topics.Entries)
        {
            if (NameEncoding.Encode(topic.Name.Bytes) is { } name)
            {
                var only = TopicsAreFiles ? topic.Only : null;
                var ino = only is { } partition
                    ? TopicFiles.NumberOf(Context, partition, topic.OnlyGeneration, Path.View)
                    : Context.Numbers.Of(InodeKind.Topic, Path.Descend().IdOf(topic.Id.Value));
                names.Add(new ListedName(name, ino, only is null, 1 + topic.Place));
            }
            else if (saysNotShown)
            {
                Context.LogNotShown(_stream, topic.Name);
            }
        }
        return names;
    }

    private void LookupTopic(Call call, ReadOnlySpan<byte> name)
    {
        var views = ViewsOf(name);
        FindTopic(
            call, name, ShowTopic,
            // A topic that is called so comes before a view of another.
            views.Count == 0 ? null : parked => LookupView(parked, views, 0));
    }

    private void LookupView(Call parked, IReadOnlyList<SuffixedTopic> views, int tried)
    {
        if (tried == views.Count)
            parked.Finish(Errno.ENOENT);
        else
            Find(
                parked, new EntityName(views[tried].Topic), topic => ShowView(parked, topic, views[tried]),
                _ => LookupView(parked, views, tried + 1));
    }

    /// <summary>The views of topics that a name may mean, where topics are files.</summary>
    private IReadOnlyList<SuffixedTopic> ViewsOf(ReadOnlySpan<byte> name) =>
        TopicsAreFiles ? SuffixedTopic.Parse(name, Path, Context.Options) : [];

    private void ShowTopic(Call parked, TopicEntry topic)
    {
        if (TopicsAreFiles && topic.Only is { } partition)
            TopicFiles.ShowPartition(Context, parked, this, partition, Path.View);
        else
            TopicDirectory.Of(Context, this, topic, Path.Descend(), Number).Show(parked);
    }

    private void ShowView(Call parked, TopicEntry topic, SuffixedTopic view)
    {
        if (topic.Only is not { } partition)
            parked.Finish(Errno.ENOENT);
        else if (view.Part == TopicPart.Sink)
            TopicFiles.ShowSink(Context, parked, this, topic.Id, view.Path.View.Kind);
        else if (view.Part == TopicPart.Cursors)
            TopicDirectory.Of(Context, this, topic, view.Path.Descend(), Number).ShowCursors(parked);
        else
            TopicFiles.ShowPartition(Context, parked, this, partition, view.Path.View);
    }

    private void Make(Call call, ReadOnlySpan<byte> fileName, Func<Failure, Errno?> errnoOf, Action<Call, TopicEntry> made)
    {
        if (NameEncoding.Decode(fileName) is not { } name)
        {
            call.Finish(Errno.EINVAL);
            return;
        }
        var parked = call.Park();
        Context.Ask<StreamReply.Found>(
            parked, Context.Addresses.Streams, new StreamRequest.CreateTopic(_stream, new EntityName(name)),
            found => made(parked, found.Entry),
            failure => errnoOf(failure) is { } errno && parked.Finish(errno));
    }

    private void RenameTopic(Call call, in RenameRequest request, StreamDirectory target)
    {
        var noReplace = (request.Flags & NoReplace) != 0;
        if ((request.Flags & ~NoReplace) != 0)
        {
            call.Finish(Errno.EINVAL);
            return;
        }
        // What mv makes of EINVAL is that a directory can't be moved into itself.
        if (request.Name[0] == (byte)'.' || NameEncoding.Decode(request.NewName) is not { } name)
        {
            call.Finish(Errno.EPERM);
            return;
        }
        FindTopic(call, request.Name, (parked, topic) => Context.Ask<StreamReply.Done>(
            parked, Context.Addresses.Streams, new StreamRequest.RenameTopic(_stream, topic.Id, target._stream, new EntityName(name)),
            _ =>
            {
                TopicDirectory.Moved(Context, topic.Id, target);
                parked.Finish(Errno.None);
            },
            failure => failure.Fault switch
            {
                // Nothing is ever replaced: that would delete messages.
                Fault.Exists => parked.Finish(noReplace || TopicsAreFiles ? Errno.EEXIST : Errno.ENOTEMPTY),
                // The other stream is of another framing.
                Fault.Invalid => parked.Finish(Errno.EPERM),
                _ => false,
            }));
    }

    private void DeleteTopic(Call call, ReadOnlySpan<byte> name)
    {
        if (!MayDelete(call))
            return;
        if (name[0] == (byte)'.')
        {
            call.Finish(Errno.EPERM);
            return;
        }
        FindTopic(
            call, name,
            (parked, topic) => Context.Ask<StreamReply.Done>(
                parked, Context.Addresses.Streams, new StreamRequest.DeleteTopic(_stream, topic.Id), _ =>
                {
                    // Who has a file of it open sees that it has no name any more.
                    Context.KeptSizes.Changed();
                    parked.Finish(Errno.None);
                }),
            // A view of a topic is no object of its own.
            ViewsOf(name).Count > 0 ? parked => parked.Finish(Errno.EPERM) : null);
    }

    private void FindTopic(Call call, ReadOnlySpan<byte> name, Action<Call, TopicEntry> found, Action<Call>? notFound = null)
    {
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
            Find(parked, new EntityName(topic), entry => found(parked, entry), notFound);
    }

    private void Find(Call parked, EntityName name, Action<TopicEntry> found, Action<Call>? notFound = null) =>
        Context.Ask<StreamReply.Found>(
            parked, Context.Addresses.Streams, new StreamRequest.FindTopic(_stream, name), reply => found(reply.Entry),
            failure =>
            {
                if (failure.Fault != Fault.NotFound || notFound is null)
                    return false;
                notFound(parked);
                return true;
            });
}
