using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using StreamActors.Cluster;
using StreamActors.Peers.Wire;

namespace StreamActors.Peers;

/// <summary>Frames on a stream: four bytes that say how long, the most significant first, then a <see cref="Frame"/>.</summary>
internal static class Frames
{
    /// <summary>How long the length is, in bytes.</summary>
    public const int PrefixBytes = sizeof(int);

    /// <summary>How long a frame may be from one who has not proven itself yet, in bytes.</summary>
    public const int MaxGreetingBytes = 4096;

    /// <summary>Writes a frame.</summary>
    public static void Write(IBufferWriter<byte> target, Frame frame)
    {
        var length = frame.CalculateSize();
        BinaryPrimitives.WriteInt32BigEndian(target.GetSpan(PrefixBytes), length);
        target.Advance(PrefixBytes);
        frame.WriteTo(target);
    }

    /// <summary>Takes the next frame from what has come.</summary>
    /// <param name="buffer">What has come; then the rest of it.</param>
    /// <param name="maxBytes">The longest one.</param>
    /// <returns>The frame; null where it is not there as a whole.</returns>
    /// <exception cref="PeerFormatException">It is none.</exception>
    public static Frame? TryRead(ref ReadOnlySequence<byte> buffer, int maxBytes)
    {
        if (buffer.Length < PrefixBytes) return null;
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (length < 0 || length > maxBytes) throw new PeerFormatException($"A frame of {(uint)length} bytes came, and {maxBytes} may be.");
        if (buffer.Length - PrefixBytes < length) return null;
        var content = buffer.Slice(PrefixBytes, length);
        buffer = buffer.Slice(content.End);
        try
        {
            return Frame.Parser.ParseFrom(content);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw new PeerFormatException("What came is no frame.", broken);
        }
    }

    /// <summary>Waits for the next frame.</summary>
    /// <returns>The frame; null at the end.</returns>
    /// <exception cref="PeerFormatException">What came is none.</exception>
    public static async ValueTask<Frame?> ReadAsync(PipeReader reader, int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (TryRead(ref buffer, maxBytes) is { } frame)
            {
                reader.AdvanceTo(buffer.Start);
                return frame;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (!result.IsCompleted) continue;
            return buffer.IsEmpty ? null : throw new PeerFormatException("The stream ends within a frame.");
        }
    }
}
