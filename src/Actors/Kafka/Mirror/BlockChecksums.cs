using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <summary>
/// Checksums of blocks of logs whose messages were found right, so that who reads them again compares one checksum for each block
/// instead of one for each message. What was right once is so for good: bytes never change. Safe for several threads.
/// </summary>
internal sealed class BlockChecksums
{
    /// <summary>How many bytes a block has; it begins at a multiple of that, from the log's first byte ever.</summary>
    public const int BlockBytes = 16 << 10;

    /// <summary>The most blocks that are remembered (4 GiB, in 2 MiB); a later one takes the place of an earlier one.</summary>
    public const int MaxBlocks = 1 << 18;

    // Each a hash of its name, and its checksum. Where two have one place, or even one name, checksums differ, and messages are compared.
    private readonly Lazy<ulong[]> _blocks = new(() => new ulong[MaxBlocks]);

    /// <summary>How many of some bytes are right, as far as is remembered: whole blocks from the first byte on.</summary>
    /// <param name="log">Whose bytes.</param>
    /// <param name="position">The first byte's place; nothing is told of those that do not begin with a block.</param>
    /// <param name="bytes">The bytes.</param>
    public int CountRight(IncarnationId log, long position, ReadOnlySpan<byte> bytes)
    {
        var right = 0;
        if (position % BlockBytes != 0)
            return right;
        while (bytes.Length - right >= BlockBytes && Find(log, position + right) is { } crc && crc == Crc32C.Compute(bytes.Slice(right, BlockBytes)))
            right += BlockBytes;
        return right;
    }

    /// <summary>Remembers the whole blocks of bytes whose messages were found right.</summary>
    /// <param name="log">Whose bytes.</param>
    /// <param name="position">The first byte's place.</param>
    /// <param name="bytes">The bytes.</param>
    public void Note(IncarnationId log, long position, ReadOnlySpan<byte> bytes)
    {
        var at = (int)((BlockBytes - (position % BlockBytes)) % BlockBytes);
        for (; bytes.Length - at >= BlockBytes; at += BlockBytes)
        {
            var (place, name) = Hash(log, position + at);
            Volatile.Write(ref _blocks.Value[place], ((ulong)name << 32) | Crc32C.Compute(bytes.Slice(at, BlockBytes)));
        }
    }

    private uint? Find(IncarnationId log, long position)
    {
        var (place, name) = Hash(log, position);
        var known = Volatile.Read(ref _blocks.Value[place]);
        return known >> 32 == name ? (uint)known : null;
    }

    /// <summary>A place for the block, and a name other than 0.</summary>
    private static (int Place, uint Name) Hash(IncarnationId log, long position)
    {
        var hash = (uint)HashCode.Combine(log, position / BlockBytes);
        return ((int)(hash % MaxBlocks), hash | 1);
    }
}
