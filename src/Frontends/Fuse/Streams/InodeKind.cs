using System.Globalization;

namespace StreamActors.Fuse.Streams;

/// <summary>What an inode of a stream is; a part of its inode number.</summary>
internal enum InodeKind
{
    /// <summary>A stream.</summary>
    Stream = 1,

    /// <summary>A topic with its partitions.</summary>
    Topic,

    /// <summary>A partition.</summary>
    Partition,

    /// <summary>A topic with its partitions as they are followed.</summary>
    FollowedTopic,

    /// <summary>A partition whose end is waited at.</summary>
    FollowedPartition,
}

/// <summary>
/// Inode numbers of streams. Bit 63 is set, which no ordinary file's number has; below it stand the kind (3 bits), stream
/// (24), topic (24) and partition (12), mixed with a number that differs from mount to mount, since incarnations are
/// counted anew in each. Numbers are unique among the last 16,777,216 incarnations of streams.
/// </summary>
internal sealed class InodeNumbers(long salt)
{
    private const ulong SyntheticBit = 1UL << 63;

    /// <summary>The number of an incarnation.</summary>
    /// <param name="kind">What it is shown as.</param>
    /// <param name="id">Its id: up to three numbers with dots between them.</param>
    public ulong Of(InodeKind kind, string id)
    {
        Span<ulong> numbers = [0, 0, 0];
        var index = 0;
        foreach (var part in id.AsSpan().Split('.'))
            numbers[index++] = ulong.Parse(id.AsSpan(part), CultureInfo.InvariantCulture);
        var packed = ((ulong)kind << 60) | ((numbers[0] & 0xFFFFFF) << 36) | ((numbers[1] & 0xFFFFFF) << 12) | (numbers[2] & 0xFFF);
        return SyntheticBit | (packed ^ (ulong)salt);
    }
}
