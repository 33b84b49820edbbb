using StreamActors.Messages;

namespace StreamActors.Remote;

/// <summary>What is told of a reader, as of the moment at which its host told it.</summary>
/// <param name="Stat">Size and time.</param>
/// <param name="End">End of the partition, position in bytes.</param>
/// <param name="IsEnded">Whether nothing will come any more.</param>
/// <param name="IsComplete">Whether everything is there that its source has.</param>
/// <param name="Stalled">Why nothing comes of what is missing.</param>
public sealed record ReaderState(PartitionStat Stat, long End, bool IsEnded, bool IsComplete, Failure? Stalled)
{
    /// <summary>The state of a reader now.</summary>
    /// <param name="reader">The reader.</param>
    public static ReaderState Of(IPartitionReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        // Asked in this order, so that an end that is told together with the bytes before it is the last one.
        var (isEnded, isComplete, stalled) = (reader.IsEnded, reader.IsComplete, reader.Stalled);
        return new ReaderState(reader.Stat, reader.End, isEnded, isComplete, stalled);
    }
}

/// <summary>What a host answers another one instead of an open reader: it keeps the reader, and serves its bytes.</summary>
/// <param name="Member">The incarnation of the member that has it.</param>
/// <param name="Reader">Its number there.</param>
/// <param name="State">What it is now.</param>
public sealed record OpenedElsewhere(string Member, long Reader, ReaderState State);
