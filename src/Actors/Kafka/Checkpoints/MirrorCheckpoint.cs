using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>A boundary between two messages of a generation, counted from its byte 0.</summary>
/// <param name="Ordinal">How many messages lie before it.</param>
/// <param name="Offset">The offset after the last one's; of the beginning, the first offset.</param>
/// <param name="Position">How many bytes of the default view lie before it.</param>
/// <param name="Json">How many bytes of the JSON view lie before it.</param>
/// <param name="Crc">A running CRC-32C of offset, time, sizes and checksum of every message before it.</param>
public readonly record struct MirrorCheckpoint(long Ordinal, long Offset, long Position, long Json, uint Crc)
{
    /// <summary>The beginning of a generation.</summary>
    /// <param name="offset">The first offset.</param>
    /// <returns>The boundary before it.</returns>
    public static MirrorCheckpoint AtStart(long offset) => new(0, offset, 0, 0, 0);

    /// <summary>How many bytes of a view lie before it.</summary>
    /// <param name="kind">The view.</param>
    /// <returns>The byte's place.</returns>
    public long At(ViewKind kind) => kind switch
    {
        ViewKind.Json => Json,
        ViewKind.Size => Position + (Ordinal * (sizeof(int) - Framing.Lines.Overhead)),
        _ => Position,
    };
}

/// <summary>The checkpoints of a generation of a partition.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="Places">In their order.</param>
public sealed record CheckpointList(int Generation, IReadOnlyList<MirrorCheckpoint> Places);
