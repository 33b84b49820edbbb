namespace StreamActors.Kafka.Tests;

/// <summary>What is known of a partition's end is never older than what was told before.</summary>
public sealed class KnownEndTests
{
    private readonly KnownEnd _end = new();

    [Fact]
    public void Nothing_Told_NothingIsKnown()
    {
        Assert.False(_end.IsAt(long.MaxValue));
        Assert.True(_end.IsBefore(0));
        Assert.False(_end.IsAnswered(_end.Ask()));
    }

    [Fact]
    public void Answered_AfterALaterQuestion_SaysNothingLess()
    {
        var (first, second) = (_end.Ask(), _end.Ask());
        _end.Answer(second, 10);
        _end.Answer(first, 9);

        Assert.False(_end.IsAt(9));
        Assert.True(_end.IsAt(10));
        _end.Answer(first, 11);
        Assert.False(_end.IsAt(10));
    }

    [Fact]
    public void Answered_Later_MayBeLess()
    {
        _end.Answer(_end.Ask(), 10);
        var second = _end.Ask();
        Assert.False(_end.IsAnswered(second));
        _end.Answer(second, 8);

        Assert.True(_end.IsAnswered(second));
        Assert.True(_end.IsAt(8));
    }

    [Fact]
    public void Answered_ALaterQuestion_AnswersEarlierOnes()
    {
        var (first, second) = (_end.Ask(), _end.Ask());
        _end.Answer(second, 0);

        Assert.True(_end.IsAnswered(first));
    }

    [Fact]
    public void Reached_IsKnown_UntilItIsForgotten()
    {
        _end.Answer(_end.Ask(), 3);
        _end.Reach(5);
        Assert.False(_end.IsAt(4));
        Assert.False(_end.IsBefore(5));

        _end.Forget();
        Assert.False(_end.IsAt(5));
    }
}
