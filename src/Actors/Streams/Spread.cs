using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>What a topic asked several of its partitions, until all have answered. One caller at a time.</summary>
/// <typeparam name="TAsker">Who asked the topic.</typeparam>
internal sealed class Spread<TAsker>
{
    private readonly object?[] _replies;
    private readonly Func<IReadOnlyList<object>, Step> _then;
    private int _left;

    /// <summary>Makes one.</summary>
    /// <param name="asker">Who asked.</param>
    /// <param name="requests">What is asked, of whom.</param>
    /// <param name="then">What follows when all have answered without a failure.</param>
    public Spread(TAsker asker, IReadOnlyList<PartitionRequest> requests, Func<IReadOnlyList<object>, Step> then)
    {
        (Asker, Requests, _then) = (asker, requests, then);
        (_replies, _left) = (new object?[requests.Count], requests.Count);
    }

    public TAsker Asker { get; }

    public IReadOnlyList<PartitionRequest> Requests { get; }

    /// <summary>Takes an answer.</summary>
    /// <returns>What follows once all have answered; the first failure is the reply then. Null before.</returns>
    public Step? Take(int part, object reply)
    {
        _replies[part] = reply;
        if (--_left > 0)
            return null;
        return _replies.OfType<Failure>().FirstOrDefault() is { } failure ? new Step.Reply(failure) : _then(_replies!);
    }

    /// <summary>What follows.</summary>
    internal abstract record Step
    {
        /// <summary>The topic answers.</summary>
        public sealed record Reply(object Message) : Step;

        /// <summary>The topic asks on.</summary>
        public sealed record Ask(IReadOnlyList<PartitionRequest> Requests, Func<IReadOnlyList<object>, Step> Then) : Step;
    }
}
