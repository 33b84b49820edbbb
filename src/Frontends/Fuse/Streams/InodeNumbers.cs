using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// Inode numbers of streams: a hash of what the inode shows, so that they are the same in every mount whose seed is. Bit 63
/// is set, which no ordinary file's number has. Among a million inodes the chance that two share a number is below 10⁻⁷.
/// </summary>
/// <param name="seed">
/// Whose numbers they are: the path of a volume whose incarnations outlive the mount, or chance where they are counted anew
/// in each.
/// </param>
internal sealed class InodeNumbers(string seed)
{
    private const ulong SyntheticBit = 1UL << 63;
    private const int MaxStackBytes = 512;

    /// <summary>The number of an inode.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="id">What it shows: an incarnation's id, and what else tells it from others of its kind.</param>
    public ulong Of(InodeKind kind, string id)
    {
        // No seed and no id holds a NUL, so that no two triples are the same text.
        var text = $"{seed}\0{(int)kind}\0{id}";
        var length = Encoding.UTF8.GetByteCount(text);
        var bytes = length <= MaxStackBytes ? stackalloc byte[MaxStackBytes] : new byte[length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(text, bytes)], hash);
        return SyntheticBit | BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
