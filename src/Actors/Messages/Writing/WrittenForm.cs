using System.Buffers.Binary;

namespace StreamActors.Messages.Writing;

/// <summary>What written bytes are, between one message's end and the next one's.</summary>
public abstract class WrittenForm
{
    private protected WrittenForm(Framing framing, int messageMaxBytes)
    {
        Framing = framing;
        MessageMaxBytes = messageMaxBytes;
    }

    /// <summary>The default view's own form: values in the framing of the stream.</summary>
    /// <param name="framing">How messages become bytes.</param>
    /// <param name="messageMaxBytes">The longest value, in bytes.</param>
    /// <returns>The form.</returns>
    public static WrittenForm Framed(Framing framing, int messageMaxBytes) => new FramedForm(framing, messageMaxBytes);

    /// <summary>The JSON view's form: lines that are messages as <see cref="JsonLineReader"/> takes them.</summary>
    /// <param name="messageMaxBytes">The longest message, value and key and headers, in bytes.</param>
    /// <returns>The form.</returns>
    public static WrittenForm JsonLines(int messageMaxBytes) => new JsonForm(messageMaxBytes);

    internal Framing Framing { get; }

    internal int MessageMaxBytes { get; }

    /// <summary>A message has at most so many written bytes, with what stands around its value.</summary>
    internal abstract long MaxBytes { get; }

    /// <summary>Adds a message to a batch.</summary>
    /// <param name="written">Its bytes, whole, as the scanner found them.</param>
    /// <param name="batch">The batch.</param>
    /// <returns>None, or why it was not added.</returns>
    internal abstract Fault Add(ReadOnlySpan<byte> written, MessageBatch batch);

    /// <summary>Adds a message whose end did not come.</summary>
    /// <param name="rest">What there is of it; not empty.</param>
    /// <param name="batch">The batch.</param>
    /// <returns>None, or why it was not added: <see cref="Fault.InputOutput"/> where it is not whole without its end.</returns>
    internal abstract Fault AddRest(ReadOnlySpan<byte> rest, MessageBatch batch);

    private sealed class FramedForm(Framing framing, int messageMaxBytes) : WrittenForm(framing, messageMaxBytes)
    {
        internal override long MaxBytes => (long)MessageMaxBytes + Framing.Overhead;

        internal override Fault Add(ReadOnlySpan<byte> written, MessageBatch batch) => Framing.HasSize
            ? AddValue(written[Framing.Before..^(Framing.Overhead - Framing.Before)], batch)
            : AddRest(written[..^Framing.Separator.Length], batch);

        internal override Fault AddRest(ReadOnlySpan<byte> rest, MessageBatch batch)
        {
            if (!Framing.HasSize)
                return AddValue(Stripped(rest), batch);
            if (rest.Length < Framing.Before)
                return Fault.InputOutput;
            var value = rest[Framing.Before..];
            var size = BinaryPrimitives.ReadUInt32BigEndian(rest[Framing.Start.Length..]);
            // A value may lack its separator, and what stops it, too: it is known to be whole.
            return value.Length == size || value.Length == size + Framing.Stop.Length
                ? AddValue(value[..(int)size], batch) : Fault.InputOutput;
        }

        private ReadOnlySpan<byte> Stripped(ReadOnlySpan<byte> message)
        {
            var start = Framing.Start.Span;
            var stop = Framing.Stop.Span;
            return message.Length >= start.Length + stop.Length && message.StartsWith(start) && message.EndsWith(stop)
                ? message[start.Length..^stop.Length] : message;
        }

        private Fault AddValue(ReadOnlySpan<byte> value, MessageBatch batch)
        {
            if (value.Length > MessageMaxBytes)
                return Fault.MessageTooLarge;
            batch.Add(value);
            return Fault.None;
        }
    }

    private sealed class JsonForm(int messageMaxBytes) : WrittenForm(Framing.Lines, messageMaxBytes)
    {
        internal override long MaxBytes => JsonLineReader.MaxLineBytes(MessageMaxBytes);

        internal override Fault Add(ReadOnlySpan<byte> written, MessageBatch batch) => AddRest(written[..^1], batch);

        internal override Fault AddRest(ReadOnlySpan<byte> rest, MessageBatch batch) => JsonLineReader.Read(rest, MessageMaxBytes, batch);
    }
}
