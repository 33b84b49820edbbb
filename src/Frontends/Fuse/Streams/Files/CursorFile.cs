using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// A partition as a named cursor reads it: from where the name left off. Its bytes have no positions, and its size is told
/// as 0, as a pipe's is.
/// </summary>
internal sealed class CursorFile : StreamFile
{
    private readonly PartitionId _partition;
    private readonly FileView _view;

    private CursorFile(StreamsContext context, StreamDirectory stream, PartitionId partition, FileView view)
        : base(context, stream, InodeKind.Cursor, FileIds.OfView(partition.Value, view))
    {
        _partition = partition;
        _view = view;
    }

    /// <inheritdoc/>
    protected override IXattrs? Xattrs => new CursorXattrs(Context, _partition, _view.Cursor!);

    /// <summary>Answers a look-up with it.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="view">How it is shown, by a cursor.</param>
    public static void Show(StreamsContext context, Call parked, StreamDirectory stream, PartitionId partition, FileView view)
    {
        var file = context.Inode(
            InodeKind.Cursor, FileIds.OfView(partition.Value, view), () => new CursorFile(context, stream, partition, view));
        parked.Entry(file, file.Look.OfFile(file.Number, 0));
    }

    /// <inheritdoc/>
    public override void Open(Call call, in OpenRequest request)
    {
        if (!MayOpenToRead(call, request.Flags))
            return;
        var parked = call.Park();
        var link = new ReaderLink.OfCursor(Context, Context.NewHandle(), _partition, _view.Cursor!, _view.Kind);
        OpenReader(
            parked, link,
            open => parked.Opened(
                new CursorHandle(this, _partition, open, _view.Follows, parked.Tree.Connection.Features.MaxPages),
                OpenReplyFlags.DirectIo | OpenReplyFlags.Stream | OpenReplyFlags.NonSeekable));
    }

    /// <inheritdoc/>
    protected override void Tell(Call call, Action<Call, FuseAttr> known) => known(call, Look.OfFile(Number, 0));
}
