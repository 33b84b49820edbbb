using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>What was fetched of one partition between two hand-overs.</summary>
internal sealed class FetchedPortion
{
    /// <summary>Of what it is.</summary>
    public Fetching Fetching { get; private set; } = null!;

    /// <summary>The messages, in the order of their offsets.</summary>
    public List<FetchedMessage> Messages { get; } = [];

    /// <summary>Where the partition ended after them; null where it went on.</summary>
    public long? End { get; set; }

    /// <summary>Why the partition can't be fetched on; null where it can.</summary>
    public Failure? Failure { get; set; }

    /// <summary>Begins anew; it has no messages then.</summary>
    public void Begin(Fetching fetching) => (Fetching, End, Failure) = (fetching, null, null);

    /// <summary>Hands it over; of a topic that is over only that it is, since the messages may be of another one.</summary>
    public void Deliver()
    {
        if (Fetching.Identity.IsOver)
        {
            Messages.Clear();
            (End, Failure) = (null, new Failure(Fault.InputOutput, $"topic {Fetching.Topic} was made anew"));
        }
        Fetching.Deliver(this);
    }
}
