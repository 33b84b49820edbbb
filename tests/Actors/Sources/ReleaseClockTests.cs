using StreamActors.Sources.Simulated;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Sources;

public sealed class ReleaseClockTests
{
    private readonly VirtualTime _time = new();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(999, 0)]
    [InlineData(1000, 1)]
    [InlineData(1999, 1)]
    [InlineData(2000, 2)]
    [InlineData(100_000, 3)]
    public void Released_AfterSoLong_IsOneForEachWholeInterval(int milliseconds, int expected)
    {
        var clock = new ReleaseClock(_time, TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(expected, clock.Released(clock.Elapsed, 3));
    }

    [Fact]
    public void Released_WithoutInterval_IsAllAtOnce()
    {
        var clock = new ReleaseClock(_time, null);

        Assert.Equal(3, clock.Released(clock.Elapsed, 3));
        Assert.Null(clock.UntilNext(clock.Elapsed, 3));
        Assert.Equal(_time.GetUtcNow(), clock.ReleasedAt(3));
    }

    [Fact]
    public void UntilNext_BetweenReleases_IsTheRestOfTheInterval()
    {
        var clock = new ReleaseClock(_time, TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromMilliseconds(1300));

        Assert.Equal(TimeSpan.FromMilliseconds(700), clock.UntilNext(clock.Elapsed, 3));
    }

    [Fact]
    public void UntilNext_AtTheEnd_IsNever()
    {
        var clock = new ReleaseClock(_time, TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Null(clock.UntilNext(clock.Elapsed, 3));
    }

    [Fact]
    public void ReleasedAt_IsTheWallTimeOfTheRelease()
    {
        var start = _time.GetUtcNow();
        var clock = new ReleaseClock(_time, TimeSpan.FromSeconds(2));

        Assert.Equal(start, clock.ReleasedAt(0));
        Assert.Equal(start + TimeSpan.FromSeconds(6), clock.ReleasedAt(3));
    }
}
