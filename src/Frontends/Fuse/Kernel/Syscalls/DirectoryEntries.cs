using System.Buffers.Binary;

namespace StreamActors.Fuse.Kernel;

/// <summary>Walks the entries that <see cref="Syscall.GetDents"/> read (<c>struct linux_dirent64</c>).</summary>
public ref struct DirectoryEntries
{
    private const int NameOffset = 19;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts before the first entry.</summary>
    /// <param name="entries">The bytes that were read.</param>
    public DirectoryEntries(ReadOnlySpan<byte> entries) => _rest = entries;

    /// <summary>Bytes up to the end of the entry.</summary>
    public int Consumed { get; private set; }

    /// <summary>Inode number of the entry.</summary>
    public ulong Inode { get; private set; }

    /// <summary>Where the directory goes on behind the entry (for <see cref="Syscall.LSeek"/>).</summary>
    public long NextOffset { get; private set; }

    /// <summary>DT_*; 0 where the file system does not say.</summary>
    public byte Type { get; private set; }

    /// <summary>The name; in the buffer, so no longer valid than it.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Goes to the next entry.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (_rest.Length < NameOffset)
            return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest[16..]);
        if (length < NameOffset || length > _rest.Length)
            return false;
        Inode = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        NextOffset = BinaryPrimitives.ReadInt64LittleEndian(_rest[8..]);
        Type = _rest[18];
        var name = _rest[NameOffset..length];
        var end = name.IndexOf((byte)0);
        Name = end < 0 ? name : name[..end];
        _rest = _rest[length..];
        Consumed += length;
        return true;
    }
}
