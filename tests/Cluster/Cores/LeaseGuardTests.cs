namespace StreamActors.Cluster.Tests.Cores;

public sealed class LeaseGuardTests
{
    private readonly LeaseGuard _guard = new(TimeSpan.FromSeconds(1));

    [Fact]
    public void Guard_WithoutALease_HoldsNothing()
    {
        Assert.False(_guard.Holds(TimeSpan.Zero));
        Assert.False(_guard.MayAcknowledge(TimeSpan.Zero));
    }

    [Fact]
    public void Guard_Granted_CountsFromTheBeginningOfTheCallAndStopsEarlier()
    {
        _guard.Granted(1, Seconds(10), Seconds(5));
        Assert.True(_guard.MayAcknowledge(Seconds(13.9)));
        Assert.False(_guard.MayAcknowledge(Seconds(14)));
        Assert.True(_guard.Holds(Seconds(14.9)));
        Assert.False(_guard.Holds(Seconds(15)));
    }

    [Fact]
    public void Guard_KeptByAnAnswerThatIsLate_IsNotExtendedBeyondIt()
    {
        _guard.Granted(1, Seconds(10), Seconds(5));
        _guard.Kept(Seconds(12), Seconds(5));
        Assert.Equal(Seconds(17), _guard.End);
        _guard.Kept(Seconds(11), Seconds(5));
        Assert.Equal(Seconds(17), _guard.End);
    }

    [Fact]
    public void Guard_Dropped_HoldsNothing()
    {
        _guard.Granted(1, Seconds(10), Seconds(5));
        _guard.Drop();
        Assert.False(_guard.Holds(Seconds(10)));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
