namespace StreamActors.Messages;

/// <summary>
/// A view of a partition as one inode shows it: an unchanging mapping from file positions to bytes.
/// </summary>
/// <param name="Kind">How messages become bytes.</param>
/// <param name="Generation">Rises when retention removes the head: byte 0 is then another one.</param>
/// <param name="Start">The offset of the message whose first byte is byte 0; null for the oldest message kept.</param>
public readonly record struct ViewId(ViewKind Kind, int Generation, long? Start)
{
    /// <summary>The default view of what was never cut.</summary>
    public static ViewId Default => default;
}
