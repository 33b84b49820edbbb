using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace StreamActors.Logs;

/// <summary>CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's instruction where it has one.</summary>
public static class Crc32C
{
    // The instruction takes three cycles and can begin anew in each: long bytes are three lanes beside one another.
    private static readonly Crc32CLanes LongLanes = new(1024);
    private static readonly Crc32CLanes ShortLanes = new(128);

    /// <summary>The checksum of bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>Their CRC-32C; of no bytes, 0.</returns>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>Goes on with a checksum.</summary>
    /// <param name="crc">The checksum of what came before.</param>
    /// <param name="bytes">What follows it.</param>
    /// <returns>The checksum of both.</returns>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var state = ~crc;
        if (bytes.Length >= ShortLanes.BlockBytes)
        {
            state = LongLanes.Append(state, ref bytes);
            state = ShortLanes.Append(state, ref bytes);
        }
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            state = Step(state, word);
        bytes = bytes[(bytes.Length & ~7)..];
        if (bytes.Length >= sizeof(uint))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
            bytes = bytes[sizeof(uint)..];
        }
        foreach (var rest in bytes)
            state = BitOperations.Crc32C(state, rest);
        return ~state;
    }

    /// <summary>Goes on with the bare state of a checksum, which begins and ends inverted, by eight bytes as they are in memory.</summary>
    internal static uint Step(uint state, ulong word) =>
        BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
}
