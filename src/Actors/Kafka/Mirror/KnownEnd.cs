namespace StreamActors.Kafka;

/// <summary>
/// How far a partition goes, as far as the cluster has told. Questions are numbered as they are asked: what is answered to a later one is
/// newer, whichever answer comes first. Not safe for several threads.
/// </summary>
internal sealed class KnownEnd
{
    private long _asked;
    private long _answered;
    private long? _high;

    /// <summary>Begins a question.</summary>
    /// <returns>Its number; 0 is that of none.</returns>
    public long Ask() => ++_asked;

    /// <summary>A question was answered.</summary>
    /// <param name="question">Its number.</param>
    /// <param name="high">The offset before which messages may be read.</param>
    public void Answer(long question, long high)
    {
        // Less than before is right only where it is newer: the cluster may have lost messages.
        _high = question > _answered ? high : Math.Max(_high ?? high, high);
        _answered = Math.Max(_answered, question);
    }

    /// <summary>Whether the cluster has told since a question was asked.</summary>
    /// <param name="question">The question's number; 0 for none.</param>
    public bool IsAnswered(long question) => question <= _answered;

    /// <summary>Everything before an offset was read.</summary>
    public void Reach(long next) => _high = Math.Max(_high ?? next, next);

    /// <summary>Whether nothing is known to come at an offset or later; false where nothing is known.</summary>
    public bool IsAt(long next) => next >= _high;

    /// <summary>Whether what is known ends before an offset; true where nothing is known.</summary>
    public bool IsBefore(long high) => !(high <= _high);

    /// <summary>What was told may be of another topic.</summary>
    public void Forget() => _high = null;
}
