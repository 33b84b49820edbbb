using StreamActors.TestKit;

namespace StreamActors.Simulation.Tests;

/// <summary>A host's clock, which runs faster or slower than the world's, and began at another time.</summary>
public sealed class DriftingClock(VirtualTime world, double rate, TimeSpan start) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => start.Ticks + (long)(world.GetTimestamp() * rate);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(world.CreateTimer(callback, state, Scaled(dueTime), Scaled(period)), rate);

    private TimeSpan Scaled(TimeSpan time) => Scaled(time, rate);

    // Never too early: a timer comes when its time is over.
    private static TimeSpan Scaled(TimeSpan time, double rate) =>
        time <= TimeSpan.Zero ? time : TimeSpan.FromTicks((long)(time.Ticks / rate) + 1);

    private sealed class Timer(ITimer timer, double rate) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Scaled(dueTime, rate), Scaled(period, rate));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
