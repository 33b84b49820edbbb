using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Streams;

/// <summary><c>.at</c>: each name in it is a place, and shows what is there with all its files beginning at that place. It lists none.</summary>
/// <param name="shown">What it is in.</param>
internal sealed class PlacesDirectory(DirectoryInode shown) : DirectoryInode(shown.Context, InodeKind.Places, shown.Id, shown.Path, shown.Number)
{
    /// <inheritdoc/>
    protected internal override StreamAttributes Look => shown.Look;

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        if (Path.EnterPlace(name) is { } path)
            shown.By(path, Number).Show(call);
        else
            call.Finish(Errno.ENOENT);
    }

    /// <inheritdoc/>
    public override void List(Call call, Action<IReadOnlyList<ListedName>> listed) => listed([]);

    /// <inheritdoc/>
    public override DirectoryInode By(ViewPath path, ulong parentNumber) => shown.By(path, parentNumber);
}
