using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace StreamActors.Logs;

/// <summary>CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's instruction where it has one.</summary>
public static class Crc32C
{
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
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            state = BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
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
}
