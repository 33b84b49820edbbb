using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>Numbers what one handle appends, one after the other, so that an append that is sent twice is known.</summary>
internal sealed class AppendStamps(StreamsContext context)
{
    private long _writer = -1;
    private int _number;

    /// <summary>Gives a batch the next number, where the volume's hosts send appends twice.</summary>
    public void Stamp(MessageBatch batch)
    {
        if (!context.Options.StampsAppends)
            return;
        if (_writer < 0 || _number == int.MaxValue)
            (_writer, _number) = (context.NewWriter(), 0);
        batch.Stamp = new WriterStamp(_writer, ++_number);
    }
}
