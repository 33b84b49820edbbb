using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>The messages of a simulated topic as the bytes of the default view.</summary>
/// <param name="Name">The topic's name.</param>
/// <param name="Bytes">All messages, each followed by the separator.</param>
/// <param name="Schedule">Where they end.</param>
public sealed record SimulatedTopic(EntityName Name, ReadOnlyMemory<byte> Bytes, MessageEnds Schedule);

/// <summary>Where the messages of a topic end in its bytes; what is left of a topic whose bytes were given back.</summary>
public sealed class MessageEnds
{
    private readonly int[] _ends;

    /// <summary>Takes the ends.</summary>
    /// <param name="ends">The position behind each message and its separator, in bytes, rising.</param>
    public MessageEnds(int[] ends) => _ends = ends;

    /// <summary>How many messages there are.</summary>
    public int Count => _ends.Length;

    /// <summary>Where the first messages end.</summary>
    /// <param name="released">How many.</param>
    /// <returns>Position in bytes.</returns>
    public int End(int released) => released == 0 ? 0 : _ends[released - 1];

    /// <summary>The message that a byte belongs to.</summary>
    /// <param name="position">Position in bytes, not negative.</param>
    /// <param name="released">How many messages there are now.</param>
    /// <returns>Its index from 0; at the end and after it <paramref name="released"/>.</returns>
    public int IndexAt(long position, int released)
    {
        var (low, high) = (0, released);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _ends[middle] <= position ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
