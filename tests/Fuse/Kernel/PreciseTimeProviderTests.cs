using System.Threading.Channels;
using StreamActors.Fuse.Kernel;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

public sealed class PreciseTimeProviderTests
{
    private readonly PreciseTimeProvider _time = new();
    private readonly Channel<(string Name, long At)> _fired = Channel.CreateUnbounded<(string, long)>();

    [Fact]
    public async Task Timers_InAnyOrder_EndInTheOrderOfTheirTimesAndNeverEarly()
    {
        var start = _time.GetTimestamp();
        using var late = Start("late", TimeSpan.FromMilliseconds(30));
        using var early = Start("early", TimeSpan.FromMilliseconds(10));
        using var middle = Start("middle", TimeSpan.FromMilliseconds(20));

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
        using var moved = Start("moved", TimeSpan.FromHours(1));
        using var other = Start("other", TimeSpan.FromMilliseconds(20));

        moved.Change(TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);

        Assert.Equal("moved", (await Next()).Name);
        Assert.Equal("other", (await Next()).Name);
    }

    [Fact]
    public async Task Dispose_BeforeTheEnd_NothingHappens()
    {
        var stopped = Start("stopped", TimeSpan.FromMilliseconds(10));
        using var other = Start("other", TimeSpan.FromMilliseconds(20));

        await stopped.DisposeAsync();

        Assert.Equal("other", (await Next()).Name);
    }

    [Fact]
    public async Task Period_UntilItIsChanged_EndsAgainAndAgain()
    {
        using var timer = _time.CreateTimer(_ => _fired.Writer.TryWrite(("tick", 0)), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));

        for (var i = 0; i < 5; i++)
            Assert.Equal("tick", (await Next()).Name);
    }

    private ITimer Start(string name, TimeSpan due) =>
        _time.CreateTimer(_ => _fired.Writer.TryWrite((name, _time.GetTimestamp())), null, due, Timeout.InfiniteTimeSpan);

    private async Task<(string Name, long At)> Next() => await _fired.Reader.ReadAsync(TestContext.Current.CancellationToken);
}
