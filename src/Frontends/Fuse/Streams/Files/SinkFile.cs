using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// <c>.produce</c>: what is written to it goes to partitions that the topic chooses. It is always empty, so that there is
/// nothing to cut.
/// </summary>
internal sealed class SinkFile : StreamFile
{
    private const uint WriteByOwnerGroupAndOthers = 0x92;
    private const uint PermissionBits = 0x1FF;

    private readonly WriteTarget _target;

    private SinkFile(StreamsContext context, StreamDirectory stream, TopicId topic, ViewKind kind)
        : base(context, stream, InodeKind.Sink, FileIds.OfView(topic.Value, FileView.Plain with { Kind = kind })) =>
        _target = new WriteTarget.OfTopic(context, stream.Stream, topic, kind);

    /// <inheritdoc/>
    protected override bool IgnoresCuts => true;

    /// <summary>Answers a look-up with it.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="kind">In which form is written.</param>
    public static void Show(StreamsContext context, Call parked, StreamDirectory stream, TopicId topic, ViewKind kind)
    {
        var file = context.Inode(
            InodeKind.Sink, FileIds.OfView(topic.Value, FileView.Plain with { Kind = kind }), () => new SinkFile(context, stream, topic, kind));
        parked.Entry(file, file.EmptyAttr());
    }

    /// <inheritdoc/>
    public override void Open(Call call, in OpenRequest request)
    {
        if (Context.Options.IsReadOnly)
            call.Finish(Errno.EROFS);
        else if ((request.Flags & AccessModes) != WriteOnly)
            call.Finish(Errno.EACCES);
        else if (MayOpen(call, writes: true))
            call.Opened(new SinkHandle(this, _target), OpenReplyFlags.DirectIo);
    }

    /// <inheritdoc/>
    protected override void Tell(Call call, Action<Call, FuseAttr> known) => known(call, EmptyAttr());

    private FuseAttr EmptyAttr()
    {
        var attr = Look.OfFile(Number, 0);
        attr.Mode &= ~PermissionBits | WriteByOwnerGroupAndOthers;
        return attr;
    }

    /// <summary>An open sink: it can be written everywhere, and has no end.</summary>
    private sealed class SinkHandle(SinkFile file, WriteTarget target) : WriteHandle(file, target)
    {
        protected override long? End => null;

        protected override void GiveBack()
        {
        }
    }
}
