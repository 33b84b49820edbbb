using StreamActors.Etcd;
using StreamActors.Sources.Simulated;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Actors.Tests.Sources;

/// <summary>The release of streams that several hosts show.</summary>
public sealed class SharedReleaseClockTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Simulation _simulation = new(3);
    private readonly ModelEtcd _etcd;
    private readonly List<IDisposable> _made = [];

    public SharedReleaseClockTests()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _etcd = new ModelEtcd(_simulation.Time, 3);
    }

    [Fact]
    public void Hosts_OnePerInterval_AllTellTheSameAndNoneBeforeItStandsInEtcd()
    {
        var (a, b) = (Clock(), Clock());
        var told = 0;
        foreach (var clock in new[] { a, b })
            clock.Watch(() =>
            {
                told++;
                Assert.True(CountOf(clock) <= Stored);
            });
        _simulation.Advance(10 * Second);

        Assert.InRange(CountOf(a), 9, 10);
        Assert.Equal(CountOf(a), CountOf(b));
        Assert.Equal(a.StartedAt, b.StartedAt);
        Assert.InRange(told, 18, 22);
    }

    [Fact]
    public void Nobody_Watches_NothingIsWrittenUntilSomebodyAsks()
    {
        var clock = Clock();
        Assert.Null(Within(clock.CatchUp()));
        var revision = _etcd.Revision;
        _simulation.Advance(100 * Second);
        Assert.Equal(revision, _etcd.Revision);
        Assert.Null(Within(clock.CatchUp()));
        Assert.Equal(100, CountOf(clock));
        using (clock.Watch(() => { }))
            _simulation.Advance(10 * Second);
        Assert.InRange(CountOf(clock), 109, 110);
        revision = _etcd.Revision;
        _simulation.Advance(10 * Second);
        Assert.Equal(revision, _etcd.Revision);
    }

    [Fact]
    public void Host_WhoseClockIsBehind_GoesOnFromWhatOthersHaveTold()
    {
        var a = Clock();
        a.Watch(() => { });
        _simulation.Advance(10 * Second);
        var count = CountOf(a);
        a.Dispose();

        var b = Clock(-TimeSpan.FromHours(1));
        Assert.Null(Within(b.CatchUp()));
        Assert.Equal(count, CountOf(b));
        b.Watch(() => Assert.True(CountOf(b) >= count));
        _simulation.Advance(15 * Second);
        Assert.InRange(CountOf(b), count + 8, count + 15);
    }

    [Fact]
    public void Etcd_IsAway_TheCountStandsAndGoesOnWithIt()
    {
        var clock = Clock();
        clock.Watch(() => { });
        _simulation.Advance(5 * Second);
        _etcd.IsAway = true;
        var count = CountOf(clock);
        _simulation.Advance(20 * Second);
        Assert.Equal(count, CountOf(clock));
        Assert.NotNull(Within(clock.CatchUp()));
        _etcd.IsAway = false;
        _simulation.Advance(10 * Second);
        Assert.InRange(CountOf(clock), 33, 35);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no count")]
    [InlineData("""{"started":1767225600000,"released":1}""")]
    public void Count_ChangedByHand_NeverGoesBack(string? text)
    {
        var clock = Clock();
        clock.Watch(() => { });
        _simulation.Advance(10 * Second);
        var count = CountOf(clock);
        _etcd.Intervene(EtcdTransaction.Of(text is null ? new EtcdOperation.Delete("r/count") : new EtcdOperation.Put("r/count", text)));
        for (var step = 0; step < 20; step++)
        {
            _simulation.Advance(Second / 2);
            Assert.True(CountOf(clock) >= count);
            count = CountOf(clock);
        }
        Assert.InRange(count, 18, 20);
        Assert.InRange(Stored, 18, 20);
    }

    public void Dispose() => _made.ForEach(made => made.Dispose());

    private long Stored => ReleaseCount.TryRead(_etcd.Peek("r/count").Single().Value)!.Released;

    private static int CountOf(SharedReleaseClock clock) => clock.Released(clock.Elapsed, int.MaxValue);

    private SharedReleaseClock Clock(TimeSpan late = default)
    {
        var table = new EtcdTable(_etcd.Connect(), "r/", _simulation.Time, _ => { });
        var clock = new SharedReleaseClock(table, new SetClock(_simulation.Time, late), Second);
        _made.Add(clock);
        _made.Add(table);
        return clock;
    }

    private T Within<T>(Task<T> task)
    {
        Assert.True(_simulation.RunUntil(() => task.IsCompleted, 30 * Second));
        return task.Result;
    }

    /// <summary>A host whose wall clock is set to another time.</summary>
    private sealed class SetClock(TimeProvider time, TimeSpan ahead) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
