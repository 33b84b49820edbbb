using System.Threading.Channels;
using StreamActors.Fuse.Kernel;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

public sealed class PreciseTimeProviderTests
{
    private readonly PreciseTimeProvider _time = new();
    private Channel<(string Name, long At)> _fired = Channel.CreateUnbounded<(string, long)>();

    [Fact]
    public async Task Timers_InAnyOrder_EndInTheOrderOfTheirTimesAndNeverEarly()
    {
        var start = Within(TimeSpan.FromMilliseconds(10), () =>
        [
            Start("late", TimeSpan.FromMilliseconds(30)),
            Start("early", TimeSpan.FromMilliseconds(10)),
            Start("middle", TimeSpan.FromMilliseconds(20)),
        ]);

        foreach (var (name, milliseconds) in new[] { ("early", 10), ("middle", 20), ("late", 30) })
        {
            var fired = await Next();
            Assert.Equal(name, fired.Name);
            Assert.True(_time.GetElapsedTime(start, fired.At) >= TimeSpan.FromMilliseconds(milliseconds));
        }
    }

    [Fact]
    public async Task Change_OfATimerThatRuns_MovesItsEnd()
    {
        Within(TimeSpan.FromMilliseconds(10), () =>
        {
            var moved = Start("moved", TimeSpan.FromHours(1));
            var other = Start("other", TimeSpan.FromMilliseconds(20));
            moved.Change(TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            return [moved, other];
        });

        Assert.Equal("moved", (await Next()).Name);
        Assert.Equal("other", (await Next()).Name);
    }

    [Fact]
    public async Task Dispose_BeforeTheEnd_NothingHappens()
    {
        Within(TimeSpan.FromMilliseconds(10), () =>
        {
            var stopped = Start("stopped", TimeSpan.FromMilliseconds(10));
            var other = Start("other", TimeSpan.FromMilliseconds(20));
            stopped.Dispose();
            return [other];
        });

        Assert.Equal("other", (await Next()).Name);
    }

    [Fact]
    public async Task Period_UntilItIsChanged_EndsAgainAndAgain()
    {
        using var timer = _time.CreateTimer(_ => _fired.Writer.TryWrite(("tick", 0)), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));

        for (var i = 0; i < 5; i++)
            Assert.Equal("tick", (await Next()).Name);
    }

    /// <summary>
    /// Starts timers, again where that took so long that their order would be another: what a test says of it then holds on a
    /// machine of any speed.
    /// </summary>
    /// <returns>When it began to start them.</returns>
    private long Within(TimeSpan longest, Func<ITimer[]> arrange)
    {
        while (true)
        {
            var start = _time.GetTimestamp();
            var timers = arrange();
            if (_time.GetElapsedTime(start) < longest)
                return start;
            foreach (var timer in timers)
                timer.Dispose();
            _fired = Channel.CreateUnbounded<(string, long)>();
        }
    }

    private ITimer Start(string name, TimeSpan due)
    {
        var fired = _fired;
        return _time.CreateTimer(_ => fired.Writer.TryWrite((name, _time.GetTimestamp())), null, due, Timeout.InfiniteTimeSpan);
    }

    private async Task<(string Name, long At)> Next() => await _fired.Reader.ReadAsync(TestContext.Current.CancellationToken);
}
