using System.Buffers.Binary;

namespace StreamActors.Streams;

/// <summary>
/// Chooses partitions as Kafka's default partitioner does: by the hash of the key (murmur2); without a key, all of a batch
/// go to one partition, and those of the next batch to the next.
/// </summary>
public sealed class Partitioner
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;

    private uint _batches;

    /// <summary>The partition for the messages of the next batch that have no key.</summary>
    /// <param name="partitions">How many there are, at least 1.</param>
    /// <returns>Its index.</returns>
    public int NextSticky(int partitions) => (int)(_batches++ % (uint)partitions);

    /// <summary>The partition of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="partitions">How many there are, at least 1.</param>
    /// <returns>Its index.</returns>
    public static int OfKey(ReadOnlySpan<byte> key, int partitions) => (int)((Murmur2(key) & 0x7fffffff) % (uint)partitions);

    /// <summary>MurmurHash2 (A. Appleby, public domain), with Kafka's seed.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The hash.</returns>
    public static uint Murmur2(ReadOnlySpan<byte> bytes)
    {
        var hash = Seed ^ (uint)bytes.Length;
        var rest = bytes;
        for (; rest.Length >= sizeof(uint); rest = rest[sizeof(uint)..])
        {
            var block = BinaryPrimitives.ReadUInt32LittleEndian(rest) * Multiplier;
            block ^= block >> 24;
            hash = (hash * Multiplier) ^ (block * Multiplier);
        }
        for (var i = rest.Length - 1; i >= 0; i--)
            hash ^= (uint)rest[i] << (8 * i);
        if (!rest.IsEmpty)
            hash *= Multiplier;
        hash ^= hash >> 13;
        hash *= Multiplier;
        return hash ^ (hash >> 15);
    }
}
