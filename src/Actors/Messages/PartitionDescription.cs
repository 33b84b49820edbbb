namespace StreamActors.Messages;

/// <summary>What is known of a partition, for its extended attributes.</summary>
/// <param name="FirstOffset">The oldest message kept, or the next one where none is.</param>
/// <param name="NextOffset">The offset that the next message gets at least.</param>
/// <param name="Messages">How many messages are kept.</param>
/// <param name="Bytes">How many bytes of the default view are kept.</param>
/// <param name="CreatedAt">When the partition was made.</param>
/// <param name="FirstAt">The time of the oldest message kept; null where none is.</param>
/// <param name="LastAt">The greatest time of a message; null where there was none.</param>
/// <param name="Framing">How messages become the bytes of the default view.</param>
/// <param name="Generation">How often retention has removed the head.</param>
/// <param name="IsComplete">Whether everything that its source has is known here.</param>
public sealed record PartitionDescription(
    long FirstOffset,
    long NextOffset,
    long Messages,
    long Bytes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FirstAt,
    DateTimeOffset? LastAt,
    Framing Framing,
    int Generation,
    bool IsComplete);

/// <summary>A named cursor in one partition.</summary>
/// <param name="Offset">The next offset that it has not acknowledged.</param>
/// <param name="Lag">How many messages are kept from there on.</param>
public readonly record struct CursorState(long Offset, long Lag);
