using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// <c>.merged</c>: all partitions of a topic in one file, by time. Each open file has an order of its own, of what was there
/// when it was opened, and then as messages arrive.
/// </summary>
internal sealed class MergedFile : StreamFile
{
    private readonly TopicId _topic;
    private readonly FileView _view;

    private MergedFile(StreamsContext context, StreamDirectory stream, TopicId topic, FileView view)
        : base(context, stream, InodeKind.Merged, FileIds.OfView(topic.Value, view))
    {
        _topic = topic;
        _view = view;
    }

    /// <summary>Answers a look-up with it.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="view">How it is shown; not by a cursor.</param>
    public static void Show(StreamsContext context, Call parked, StreamDirectory stream, TopicId topic, FileView view) =>
        context.Ask<TopicReply.Stated>(parked, context.Addresses.Topics, new TopicRequest.StatMerged(topic, view.Kind, view.Start), stated =>
        {
            var file = context.Inode(InodeKind.Merged, FileIds.OfView(topic.Value, view), () => new MergedFile(context, stream, topic, view));
            parked.Entry(file, file.Attr(stated.Value));
        });

    /// <inheritdoc/>
    public override void Open(Call call, in OpenRequest request)
    {
        if (!MayOpenToRead(call, request.Flags))
            return;
        var parked = call.Park();
        var link = new ReaderLink.OfTopic(Context, Context.NewHandle(), _topic, _view.Kind, _view.Start);
        OpenReader(
            parked, link,
            open => parked.Opened(_view.Follows ? new FollowHandle(this, open) : new ReadHandle(this, open), OpenReplyFlags.DirectIo));
    }

    /// <inheritdoc/>
    protected override void Tell(Call call, Action<Call, FuseAttr> known)
    {
        if (TryTellOpen(call, known))
            return;
        var parked = call.Park();
        Context.Ask<TopicReply.Stated>(
            parked, Context.Addresses.Topics, new TopicRequest.StatMerged(_topic, _view.Kind, _view.Start),
            stated => known(parked, Attr(stated.Value)));
    }
}
