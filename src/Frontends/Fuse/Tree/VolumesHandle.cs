using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Tree;

/// <summary>
/// An open directory with volumes in it: lists them first, and then what is in the directory itself. Entries of its own
/// that they hide are left out by <see cref="DirectoryWriter"/>.
/// </summary>
internal sealed class VolumesHandle : Handle
{
    // What comes behind the volumes has the offsets of the directory itself. Those of local file systems end far below
    // this, or are hashes of which this many are a vanishing part.
    private const long FirstOffset = long.MaxValue - 0xFFFF;
    private const uint DirectoryType = 4;

    private readonly Handle _own;
    private readonly IReadOnlyList<MountedVolume> _volumes;

    public VolumesHandle(Handle own, IReadOnlyList<MountedVolume> volumes)
        : base(own.Inode)
    {
        _own = own;
        _volumes = volumes;
    }

    /// <inheritdoc/>
    public override void ReadDir(Call call, in ReadDirRequest request, Span<byte> buffer)
    {
        var next = request.Offset == 0 ? 0 : request.Offset - FirstOffset + 1;
        if (next < 0)
            _own.ReadDir(call, request, buffer);
        else if (next >= _volumes.Count)
            _own.ReadDir(call, request with { Offset = 0 }, buffer);
        else
            List(call, request, buffer, (int)next);
    }

    /// <inheritdoc/>
    public override void Fsync(Call call, bool dataOnly) => _own.Fsync(call, dataOnly);

    /// <inheritdoc/>
    public override void Release(Call call, in ReleaseRequest request) => _own.Release(call, request);

    /// <inheritdoc/>
    public override void Abandon() => _own.Abandon();

    private void List(Call call, in ReadDirRequest request, Span<byte> buffer, int first)
    {
        var writer = new DirectoryWriter(call.Tree, buffer[..request.Size], request.Plus);
        for (var index = first; index < _volumes.Count; index++)
        {
            // The kernel looks them up itself when it wants their attributes.
            if (!writer.TryAdd(_volumes[index].Name, _volumes[index].Root.Number, DirectoryType, FirstOffset + index))
                break;
        }
        call.Data(writer.Written);
    }
}
