using System.Globalization;
using Microsoft.Extensions.Logging;
using StreamActors.TestKit;
using Xunit;

namespace StreamActors.Host.Tests;

public sealed class EndWatchTests
{
    private readonly VirtualTime _time = new();
    private readonly Lines _log = new();
    private int _overdue;

    [Fact]
    public void End_InTime_IsToldAtDebugOnly()
    {
        using (var watch = new EndWatch(TimeSpan.FromMinutes(1), _time, _log, () => _overdue++))
        {
            watch.Next("volume /a to be closed");
            _time.Advance(TimeSpan.FromSeconds(9));
            watch.Next("the helper process");
        }
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(
            ["Debug: The end waits for volume /a to be closed, after 0.000 s", "Debug: The end waits for the helper process, after 9.000 s"], _log.All);
        Assert.Equal(0, _overdue);
    }

    [Fact]
    public void End_ThatTakesLong_IsToldAgainAndAgainAndIsBounded()
    {
        using var watch = new EndWatch(TimeSpan.FromSeconds(25), _time, _log, () => _overdue++);
        watch.Next("volume /a to be closed");
        _time.Advance(TimeSpan.FromSeconds(24));
        Assert.Equal(
            ["Warning: The end takes 10 s by now: it waits for volume /a to be closed", "Warning: The end takes 20 s by now: it waits for volume /a to be closed"],
            _log.All.Skip(1));
        Assert.Equal(0, _overdue);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.StartsWith("Critical: The end took 25 s, and still waits for volume /a to be closed: the process ends as it is", _log.All[^1], StringComparison.Ordinal);
        Assert.Equal(1, _overdue);
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(string.Create(CultureInfo.InvariantCulture, $"{logLevel}: {formatter(state, exception)}"));
    }
}
