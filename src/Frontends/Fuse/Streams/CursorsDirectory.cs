using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// <c>.cursors</c>: the named cursors of a topic. mkdir makes one, rmdir forgets it, and each shows the topic's partitions as
/// it reads them.
/// </summary>
internal sealed class CursorsDirectory : DirectoryInode
{
    private readonly TopicDirectory _shown;
    private readonly TopicId _topic;

    public CursorsDirectory(TopicDirectory shown, TopicId topic)
        : base(shown.Context, InodeKind.Cursors, shown.Id, shown.Path, shown.Number)
    {
        _shown = shown;
        _topic = topic;
    }

    /// <inheritdoc/>
    protected internal override StreamAttributes Look => _shown.Look;

    /// <inheritdoc/>
    public override DirectoryInode By(ViewPath path, ulong parentNumber) => _shown.By(path, parentNumber);

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        if (NameEncoding.Decode(name) is not { } decoded)
        {
            call.Finish(Errno.ENOENT);
            return;
        }
        var (parked, cursor, path) = (call.Park(), new EntityName(decoded), Path.EnterCursor(name, new EntityName(decoded)));
        Context.Ask<TopicReply.Done>(
            parked, Context.Addresses.Topics, new TopicRequest.FindCursor(_topic, cursor), _ => _shown.By(path, Number).Show(parked));
    }

    /// <inheritdoc/>
    public override void MkDir(Call call, in MakeRequest request)
    {
        if (!MayName(call, request.Name, Errno.EINVAL, out var cursor))
            return;
        var (parked, path) = (call.Park(), Path.EnterCursor(request.Name, cursor));
        Context.Ask<TopicReply.Done>(
            parked, Context.Addresses.Topics, new TopicRequest.CreateCursor(_topic, cursor), _ => _shown.By(path, Number).Show(parked));
    }

    /// <inheritdoc/>
    public override void RmDir(Call call, ReadOnlySpan<byte> name)
    {
        if (!MayName(call, name, Errno.ENOENT, out var cursor))
            return;
        var parked = call.Park();
        Context.Ask<TopicReply.Done>(
            parked, Context.Addresses.Topics, new TopicRequest.ForgetCursor(_topic, cursor), _ => parked.Finish(Errno.None));
    }

    /// <inheritdoc/>
    public override void List(Call call, Action<IReadOnlyList<ListedName>> listed) =>
        Context.Ask<TopicReply.Cursors>(call, Context.Addresses.Topics, new TopicRequest.ListCursors(_topic), cursors => listed(NamesOf(cursors.Names)));

    private List<ListedName> NamesOf(IReadOnlyList<EntityName> cursors)
    {
        var names = new List<ListedName>(cursors.Count);
        foreach (var cursor in cursors)
            if (NameEncoding.Encode(cursor.Bytes) is { } name)
                names.Add(ListedName.ByNumber(name, Context.Numbers.Of(InodeKind.Topic, Path.EnterCursor(name, cursor).IdOf(_topic.Value)), true));
        return ListedName.InOrder(names);
    }

    /// <summary>Whether the caller may make or forget a cursor of this name; else the call is answered. Dot directories do not matter: a cursor is the topic's.</summary>
    private bool MayName(Call call, ReadOnlySpan<byte> name, Errno wrong, out EntityName cursor)
    {
        cursor = null!;
        if (!MayWrite(call))
            call.Finish(Errno.EACCES);
        else if (NameEncoding.Decode(name) is not { } decoded)
            call.Finish(wrong);
        else
        {
            cursor = new EntityName(decoded);
            return true;
        }
        return false;
    }
}
