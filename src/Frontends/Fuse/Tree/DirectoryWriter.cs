using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Tree;

/// <summary>
/// Lays directory entries into a reply: <c>struct fuse_dirent</c>, or with attributes <c>struct fuse_direntplus</c>,
/// each padded to 8 bytes. With attributes an entry counts as a look-up.
/// </summary>
public ref struct DirectoryWriter
{
    private const int DirentSize = 24;
    private const int EntryOutSize = 128;

    private readonly FuseTree _tree;
    private readonly Inode? _directory;
    private readonly Span<byte> _buffer;
    private readonly bool _plus;

    /// <summary>Starts an empty reply.</summary>
    /// <param name="tree">The mounted tree.</param>
    /// <param name="buffer">Where the entries go; its length is the size that was asked for.</param>
    /// <param name="plus">Whether entries carry attributes.</param>
    /// <param name="directory">What is listed: names in it that lead to other volumes are left out; null leaves out none.</param>
    public DirectoryWriter(FuseTree tree, Span<byte> buffer, bool plus, Inode? directory = null)
    {
        _tree = tree;
        _directory = directory;
        _buffer = buffer;
        _plus = plus;
    }

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>The entries.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    /// <summary>Whether an entry of this name still fits.</summary>
    /// <param name="nameLength">Bytes of the name.</param>
    /// <returns>False where the reply is full; the entry then comes first in the next one.</returns>
    public readonly bool Fits(int nameLength) => Length + EntrySize(nameLength) <= _buffer.Length;

    /// <summary>Adds an entry without attributes; in a READDIRPLUS reply the kernel then looks the name up itself.</summary>
    /// <param name="name">The name.</param>
    /// <param name="ino">The inode number.</param>
    /// <param name="type">DT_* (4 directory, 8 file, 10 link, 0 unknown).</param>
    /// <param name="nextOffset">Where the listing goes on after this entry; never 0.</param>
    /// <returns>False where it does not fit.</returns>
    public bool TryAdd(ReadOnlySpan<byte> name, ulong ino, uint type, long nextOffset)
    {
        if (IsHidden(name))
            return true;
        if (!Fits(name.Length))
            return false;
        var entry = default(FuseEntryOut);
        Write(name, ino, type, nextOffset, entry);
        return true;
    }

    /// <summary>Adds an entry with attributes to a READDIRPLUS reply, and counts the look-up.</summary>
    /// <param name="name">The name; never <c>.</c> or <c>..</c>, which are no look-ups.</param>
    /// <param name="inode">What it stands for.</param>
    /// <param name="attr">Its attributes.</param>
    /// <param name="nextOffset">Where the listing goes on after this entry; never 0.</param>
    /// <returns>False where it does not fit.</returns>
    public bool TryAdd(ReadOnlySpan<byte> name, Inode inode, in FuseAttr attr, long nextOffset)
    {
        if (IsHidden(name))
            return true;
        if (!Fits(name.Length))
            return false;
        var entry = default(FuseEntryOut);
        if (_plus)
        {
            _tree.Inodes.Reference(inode);
            entry = _tree.Entry(inode, attr);
        }
        Write(name, attr.Ino, attr.Mode >> 12, nextOffset, entry);
        return true;
    }

    /// <summary>Takes the look-ups back: the kernel did not take the reply.</summary>
    public readonly void TakeBack()
    {
        for (var at = 0; _plus && at < Length;)
        {
            _tree.Inodes.Forget(BinaryPrimitives.ReadUInt64LittleEndian(_buffer[at..]), 1);
            at += EntrySize(BinaryPrimitives.ReadInt32LittleEndian(_buffer[(at + EntryOutSize + 16)..]));
        }
    }

    private readonly bool IsHidden(ReadOnlySpan<byte> name) => _directory is not null && _tree.Volumes.Has(_directory, name);

    private readonly int EntrySize(int nameLength) => (_plus ? EntryOutSize : 0) + ((DirentSize + nameLength + 7) & ~7);

    private void Write(ReadOnlySpan<byte> name, ulong ino, uint type, long nextOffset, in FuseEntryOut entry)
    {
        var size = EntrySize(name.Length);
        var target = _buffer.Slice(Length, size);
        // All is written but the padding, which is at most the last 7 bytes.
        BinaryPrimitives.WriteUInt64LittleEndian(target[^8..], 0);
        if (_plus)
        {
            MemoryMarshal.Write(target, in entry);
            target = target[EntryOutSize..];
        }
        BinaryPrimitives.WriteUInt64LittleEndian(target, ino);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], nextOffset);
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], name.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], type);
        name.CopyTo(target[DirentSize..]);
        Length += size;
    }
}
