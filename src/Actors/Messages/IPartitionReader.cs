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

    /// <summary>Whether no name leads to the bytes any more, which may be so before they have ended; <c>st_nlink</c> is 0 then.</summary>
    bool IsUnlinked => IsEnded;

    /// <summary>
    /// Whether everything is here that the source had when this was opened, or is known to have since; else a read at the
    /// end has to wait for more.
    /// </summary>
    bool IsComplete => true;

    /// <summary>Why nothing comes of what is missing or not here; null while it comes.</summary>
    Failure? Stalled => null;

    /// <summary>Somebody waits at the end for what is yet to come. Never blocks.</summary>
    void Awaited()
    {
        // Most sources tell of it by themselves.
    }

    /// <summary>Its entity has ended, or is another host's: nothing is done any more for whoever reads here, who has to open it again.</summary>
    void LetGo()
    {
        // Most sources do nothing while somebody reads.
    }

    /// <summary>Reads bytes, as <c>pread</c> does. Never waits for bytes that are yet to come.</summary>
    /// <param name="position">Where from, position in bytes, not negative.</param>
    /// <param name="target">Where to; filled as far as there are bytes.</param>
    /// <param name="count">How many bytes were read; 0 at the end and after it.</param>
    /// <returns><see cref="Fault.None"/>, or why the bytes can't be read; <see cref="Fault.NotHere"/> where they come to those who wait.</returns>
    Fault Read(long position, Span<byte> target, out int count);

    /// <summary>
    /// Whether the bytes lie on another host: what is told of them is then as old as the last answer from there, and
    /// <see cref="Read"/> gives only what was fetched, else <see cref="Fault.NotHere"/>.
    /// </summary>
    bool IsElsewhere => false;

    /// <summary>
    /// Whether this host has lost the right to the bytes: what is told of them may be old, and <see cref="Read"/> gives
    /// <see cref="Fault.UnknownHandle"/>. Opened again, it is a reader of the same bytes where they are now.
    /// </summary>
    bool IsLost => false;

    /// <summary>
    /// Reads bytes as <see cref="Read"/> does, and waits for those that lie on another host; never for bytes that are yet to
    /// come. Once it has ended, what is told here is as of a moment after the call.
    /// </summary>
    /// <param name="position">Where from, position in bytes, not negative.</param>
    /// <param name="target">Where to; empty where only what is told here is to be as of now.</param>
    /// <param name="cancellation">Ends the wait; the outcome is then <see cref="Fault.Cancelled"/>.</param>
    /// <returns>
    /// The outcome; the task does not fail. <see cref="Fault.UnknownHandle"/> where the other host does not have the reader
    /// any more: opened again, it has the same bytes.
    /// </returns>
    ValueTask<ReadOutcome> ReadAsync(long position, Memory<byte> target, CancellationToken cancellation) =>
        new(new ReadOutcome(Read(position, target.Span, out var count), count));

    /// <summary>As <see cref="MessageAt"/>, also where another host has to be asked.</summary>
    /// <param name="position">Position in bytes, not negative.</param>
    /// <returns>The message; the task does not fail.</returns>
    ValueTask<MessagePlace> MessageAtAsync(long position) => new(MessageAt(position));

    /// <summary>The message that a byte belongs to: those before it lie wholly before the position.</summary>
    /// <param name="position">Position in bytes, not negative.</param>
    /// <returns>The message, or why it can't be told.</returns>
    MessagePlace MessageAt(long position);

    /// <summary>Whether the byte at a position before the end can be read now. Where it can't, who asks makes it come.</summary>
    /// <param name="position">Position in bytes, not negative.</param>
    /// <returns>False where a read would be <see cref="Fault.NotHere"/>.</returns>
    bool IsHere(long position) => true;

    /// <summary>Whether the bytes lie in memory: a read then takes microseconds, and may be done in an actor's turn.</summary>
    bool IsInMemory => false;

    /// <summary>
    /// The file whose bytes are exactly this view's and which only ever grows, for FUSE passthrough; null where there is
    /// none. The reader owns it.
    /// </summary>
    SafeFileHandle? BackingFile => null;

    /// <summary>Where messages of the view lie, and their times: as many as fit, from one on.</summary>
    /// <param name="message">How many messages of the view lie before the first of them.</param>
    /// <param name="target">Where to; filled as far as there are messages.</param>
    /// <param name="count">How many were told; 0 at the end and after it.</param>
    /// <returns><see cref="Fault.None"/>, or why it can't be told; <see cref="Fault.Invalid"/> where the bytes are of no one partition.</returns>
    Fault ReadSpans(long message, Span<MessageSpan> target, out int count)
    {
        count = 0;
        return Fault.Invalid;
    }

    /// <summary>As <see cref="ReadSpans"/>, also where another host has to be asked.</summary>
    /// <param name="message">How many messages of the view lie before the first of them.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellation">Ends the wait; the outcome is then <see cref="Fault.Cancelled"/>.</param>
    /// <returns>The outcome, with how many were told; the task does not fail.</returns>
    ValueTask<ReadOutcome> ReadSpansAsync(long message, Memory<MessageSpan> target, CancellationToken cancellation) =>
        new(new ReadOutcome(ReadSpans(message, target.Span, out var count), count));
}

/// <summary>The message that a byte belongs to.</summary>
/// <param name="Fault">None, or why it can't be told.</param>
/// <param name="Offset">The message's offset; at the end and after it, that of the next message.</param>
/// <param name="Begin">Its first byte, or the end, position in bytes; null where that is not known.</param>
public readonly record struct MessagePlace(Fault Fault, long Offset, long? Begin = null);

/// <summary>What a read gave.</summary>
/// <param name="Fault">None, or why the bytes can't be read.</param>
/// <param name="Count">How many bytes were read; 0 at the end and after it.</param>
public readonly record struct ReadOutcome(Fault Fault, int Count);
