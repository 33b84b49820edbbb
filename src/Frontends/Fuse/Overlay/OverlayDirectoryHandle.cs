using System.Buffers;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// An open directory. Its offsets are those of SOURCE's own file system, which is what makes them stable while entries
/// come and go; entries that were read but did not fit the reply are kept for the next one.
/// </summary>
internal sealed class OverlayDirectoryHandle : Handle
{
    private const int BufferSize = 32 * 1024;
    private const uint Unknown = 0;
    private const uint Directory = 4;
    private const uint Regular = 8;

    private readonly Lock _gate = new();
    private readonly OverlayDirectory _directory;
    private readonly FileDescriptor _descriptor;
    private byte[]? _entries;
    private int _start;
    private int _end;
    private long _position;
    private bool _gone;

    /// <summary>Makes a handle.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="descriptor">The open directory; taken over.</param>
    public OverlayDirectoryHandle(OverlayDirectory directory, FileDescriptor descriptor)
        : base(directory)
    {
        _directory = directory;
        _descriptor = descriptor;
        directory.Opened(descriptor);
    }

    /// <inheritdoc/>
    public override void ReadDir(Call call, in ReadDirRequest request, Span<byte> buffer)
    {
        lock (_gate)
        {
            var writer = new DirectoryWriter(call.Tree, buffer[..request.Size], request.Plus, _directory);
            var error = _gone ? Errno.EBADF : Fill(ref writer, request);
            // An error after some entries is told by the next reply, which starts with it.
            if (error != Errno.None && writer.Length == 0)
                call.Finish(error);
            else if (!call.Data(writer.Written) && request.Plus)
                writer.TakeBack();
        }
    }

    /// <inheritdoc/>
    public override void Fsync(Call call, bool dataOnly) =>
        call.Finish(dataOnly ? Syscall.FDataSync(_descriptor) : Syscall.FSync(_descriptor));

    /// <inheritdoc/>
    public override void Abandon()
    {
        lock (_gate)
        {
            if (_gone)
                return;
            _gone = true;
            if (_entries is not null)
                ArrayPool<byte>.Shared.Return(_entries);
            _entries = null;
        }
        _directory.Closed(_descriptor);
    }

    private Errno Fill(ref DirectoryWriter writer, in ReadDirRequest request)
    {
        var error = Errno.None;
        // From the start, what was read before is old: rewinddir has to see what came since.
        if (request.Offset != _position || request.Offset == 0)
        {
            error = Syscall.LSeek(_descriptor, request.Offset, Linux.SEEK_SET, out _);
            (_start, _end, _position) = (0, 0, request.Offset);
        }
        _entries ??= ArrayPool<byte>.Shared.Rent(BufferSize);
        while (error == Errno.None)
        {
            var entries = new DirectoryEntries(_entries.AsSpan(_start, _end - _start));
            var before = _start;
            while (entries.MoveNext())
            {
                if (!TryAdd(ref writer, entries, request.Plus))
                    return Errno.None;
                _start = before + entries.Consumed;
                _position = entries.NextOffset;
            }
            error = Syscall.GetDents(_descriptor, _entries, out var length);
            (_start, _end) = (0, length);
            if (length == 0)
                break;
        }
        return error;
    }

    /// <returns>False where the reply is full.</returns>
    private bool TryAdd(ref DirectoryWriter writer, in DirectoryEntries entry, bool plus)
    {
        var name = entry.Name;
        if (!writer.Fits(name.Length))
            return false;
        var volume = _directory.Volume;
        var number = volume.Number(_directory.Identity.Device, entry.Inode);
        if (name is [(byte)'.'] or [(byte)'.', (byte)'.'])
            return writer.TryAdd(name, number, Directory, entry.NextOffset);
        // What may be a stream is for the kernel to look up.
        if (entry.Type is (byte)Unknown or (byte)Regular && volume.Streams.Claims(name))
            return writer.TryAdd(name, number, Unknown, entry.NextOffset);
        if (!plus)
            return writer.TryAdd(name, number, entry.Type, entry.NextOffset);
        var error = OverlayVolume.StatAt(_descriptor, name, out var stat);
        if (error == Errno.ENOENT)
            return true;
        if (error != Errno.None || (stat.IsRegular && volume.Streams.Claims(name)))
            return writer.TryAdd(name, number, Unknown, entry.NextOffset);
        var inode = volume.Hold(stat, _directory, name);
        var added = writer.TryAdd(name, inode, volume.Attr(stat), entry.NextOffset);
        inode.LetGo();
        return added;
    }
}
