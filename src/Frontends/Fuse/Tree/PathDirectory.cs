using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Tree;

/// <summary>A directory that is nowhere, on the way to volumes. Nothing is in it but what leads there.</summary>
/// <param name="uid">Its owner.</param>
/// <param name="gid">Its group.</param>
/// <param name="since">How old it is.</param>
/// <param name="number">Its inode number.</param>
public sealed class PathDirectory(uint uid, uint gid, DateTimeOffset since, ulong number) : Inode, IVolumeRoot
{
    private const uint Mode = 0x4000 | 0x1ED;
    private const uint BlockSize = 4096;
    private const uint MaxNameBytes = 255;

    /// <inheritdoc/>
    public ulong Number => number;

    private FuseAttr Attributes
    {
        get
        {
            var seconds = (ulong)since.ToUnixTimeSeconds();
            return new FuseAttr { Ino = number, Mode = Mode, Nlink = 1, Uid = uid, Gid = gid, Atime = seconds, Mtime = seconds, Ctime = seconds, Blksize = BlockSize };
        }
    }

    /// <inheritdoc/>
    public void Show(Call call) => call.Entry(this, Attributes);

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name) => call.Finish(Errno.ENOENT);

    /// <inheritdoc/>
    public override void GetAttr(Call call, in GetAttrRequest request) => call.Attr(this, Attributes);

    /// <inheritdoc/>
    public override void OpenDir(Call call, in OpenRequest request) => call.Opened(new Nothing(this), OpenReplyFlags.None);

    /// <inheritdoc/>
    public override void Rename(Call call, in RenameRequest request) => call.Finish(Errno.EXDEV);

    /// <inheritdoc/>
    public override void Link(Call call, Inode source, ReadOnlySpan<byte> name) => call.Finish(Errno.EXDEV);

    /// <inheritdoc/>
    public override void GetXattr(Call call, ReadOnlySpan<byte> name, int size) => call.Finish(Errno.ENODATA);

    /// <inheritdoc/>
    public override void ListXattr(Call call, int size)
    {
        if (size == 0)
            call.XattrSize(0);
        else
            call.Data(default);
    }

    /// <inheritdoc/>
    public override void StatFs(Call call) =>
        call.Struct(new FuseKStatFs { Bsize = BlockSize, Frsize = BlockSize, Namelen = MaxNameBytes });

    /// <summary>Lists the directory and the one above.</summary>
    private sealed class Nothing(PathDirectory directory) : Handle(directory)
    {
        private const uint DirectoryType = 4;

        /// <inheritdoc/>
        public override void ReadDir(Call call, in ReadDirRequest request, Span<byte> buffer)
        {
            var writer = new DirectoryWriter(call.Tree, buffer[..request.Size], request.Plus);
            if (request.Offset < 1)
                writer.TryAdd("."u8, directory.Number, DirectoryType, 1);
            // The kernel knows which one is above; any number but 0 makes the entry show.
            if (request.Offset < 2)
                writer.TryAdd(".."u8, InodeTable.RootId, DirectoryType, 2);
            call.Data(writer.Written);
        }
    }
}
