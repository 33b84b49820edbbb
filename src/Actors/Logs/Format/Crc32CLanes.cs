using System.Runtime.InteropServices;

namespace StreamActors.Logs;

/// <summary>
/// CRC-32C of three stretches at once. A checksum is linear: that of a whole is the first stretch's, moved on by as many
/// zeros as the next one is long, and the next one's begun with 0, both added (exclusive or).
/// </summary>
internal sealed class Crc32CLanes
{
    private const int ByteValues = 256;

    private readonly int _laneWords;

    // What a state becomes behind a lane of zeros, by each of its four bytes.
    private readonly uint[] _moved = new uint[sizeof(uint) * ByteValues];

    /// <summary>Makes lanes of a length.</summary>
    /// <param name="laneBytes">A multiple of 8.</param>
    public Crc32CLanes(int laneBytes)
    {
        _laneWords = laneBytes / sizeof(ulong);
        BlockBytes = 3 * laneBytes;
        for (var bit = 0; bit < 32; bit++)
        {
            var state = 1U << bit;
            for (var word = 0; word < _laneWords; word++)
                state = Crc32C.Step(state, 0);
            var (table, step) = (bit / 8 * ByteValues, 1 << (bit % 8));
            for (var value = 0; value < ByteValues; value++)
                if ((value & step) != 0)
                    _moved[table + value] ^= state;
        }
    }

    /// <summary>How many bytes the three lanes have.</summary>
    public int BlockBytes { get; }

    /// <summary>Goes on with a checksum's bare state over as many blocks as there are.</summary>
    /// <param name="state">The state.</param>
    /// <param name="bytes">The bytes; afterwards what is left of them.</param>
    /// <returns>The new state.</returns>
    public uint Append(uint state, ref ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= BlockBytes; bytes = bytes[BlockBytes..])
        {
            var words = MemoryMarshal.Cast<byte, ulong>(bytes[..BlockBytes]);
            var first = words[.._laneWords];
            var second = words.Slice(_laneWords, first.Length);
            var third = words.Slice(2 * _laneWords, first.Length);
            var (one, two, three) = (state, 0U, 0U);
            for (var i = 0; i < first.Length; i++)
            {
                one = Crc32C.Step(one, first[i]);
                two = Crc32C.Step(two, second[i]);
                three = Crc32C.Step(three, third[i]);
            }
            state = Moved(Moved(one) ^ two) ^ three;
        }
        return state;
    }

    private uint Moved(uint state) =>
        _moved[state & 0xFF] ^ _moved[ByteValues + ((state >> 8) & 0xFF)] ^
        _moved[(2 * ByteValues) + ((state >> 16) & 0xFF)] ^ _moved[(3 * ByteValues) + (state >> 24)];
}
