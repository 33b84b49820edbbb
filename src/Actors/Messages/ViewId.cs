namespace StreamActors.Messages;

/// <summary>
/// A view of a partition as one inode shows it: an unchanging mapping from file positions to bytes.
/// </summary>
/// <param name="Kind">How messages become bytes.</param>
/// <param name="Generation">Rises when retention removes the head: byte 0 is then another one.</param>
/// <param name="Start">
/// Byte 0 is the first of the message of this offset, or of the first later one; null for the oldest message kept.
/// </param>
/// <param name="StartTime">
/// Byte 0 is the first of the message by which this time will have come, where there was none yet when the view was found;
/// null for other views.
/// </param>
public readonly record struct ViewId(ViewKind Kind, int Generation, long? Start, DateTimeOffset? StartTime = null)
{
    /// <summary>The default view of what was never cut.</summary>
    public static ViewId Default => default;

    /// <summary>Whether it begins elsewhere than at the oldest message; then it has no generations.</summary>
    public bool HasStart => Start is not null || StartTime is not null;
}
