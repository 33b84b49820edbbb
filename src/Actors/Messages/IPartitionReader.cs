using Microsoft.Win32.SafeHandles;

namespace StreamActors.Messages;

/// <summary>
/// The bytes of an open partition, read where they lie: they never pass through a mailbox. Safe for several threads; the
/// one who opened it disposes of it.
/// </summary>
public interface IPartitionReader : IDisposable
{
    /// <summary>Size and time, as they are now.</summary>
    PartitionStat Stat { get; }

    /// <summary>End of the partition now, position in bytes.</summary>
    long End { get; }

    /// <summary>Whether nothing will come any more, because the partition was deleted.</summary>
    bool IsEnded { get; }

    /// <summary>
    /// Whether everything is here that the source had when this was opened, or is known to have since; else a read at the
    /// end has to wait for more.
    /// </summary>
    bool IsComplete => true;

    /// <summary>Why nothing comes of what is missing; null while it comes.</summary>
    Failure? Stalled => null;

    /// <summary>Reads bytes, as <c>pread</c> does. Never waits for bytes that are yet to come.</summary>
    /// <param name="position">Where from, position in bytes, not negative.</param>
    /// <param name="target">Where to; filled as far as there are bytes.</param>
    /// <param name="count">How many bytes were read; 0 at the end and after it.</param>
    /// <returns><see cref="Fault.None"/>, or why the bytes can't be read.</returns>
    Fault Read(long position, Span<byte> target, out int count);

    /// <summary>Whether the bytes lie in memory: a read then takes microseconds, and may be done in an actor's turn.</summary>
    bool IsInMemory => false;

    /// <summary>
    /// The file whose bytes are exactly this view's and which only ever grows, for FUSE passthrough; null where there is
    /// none. The reader owns it.
    /// </summary>
    SafeFileHandle? BackingFile => null;

    /// <summary>The message that a byte belongs to: those before it lie wholly before the position.</summary>
    /// <param name="position">Position in bytes, not negative.</param>
    /// <param name="offset">The message's offset; at the end and after it, that of the next message.</param>
    /// <returns><see cref="Fault.None"/>, or why it can't be told.</returns>
    Fault OffsetAt(long position, out long offset);
}
