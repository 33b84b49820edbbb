using Microsoft.Extensions.Logging;

namespace StreamActors.Host;

/// <summary>
/// Tells what the end of a mount waits for, and bounds it. All that was acknowledged is kept by then: a process that ends as it is loses
/// no more than one that is killed.
/// </summary>
internal sealed class EndWatch : IDisposable
{
    // What takes longer than that is told at each such time.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly long _begun;
    private readonly ITimer _slow;
    private readonly ITimer _overdue;
    private volatile string _part = "its beginning";

    /// <summary>The end begins.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Where it is told.</param>
    /// <param name="overdue">Ends the process, because the end took longer. Called by another thread.</param>
    public EndWatch(TimeSpan limit, TimeProvider clock, ILogger log, Action overdue)
    {
        (_clock, _log, _begun) = (clock, log, clock.GetTimestamp());
        _slow = clock.CreateTimer(_ => _log.EndIsSlow(_part, Elapsed), null, Long, Long);
        _overdue = clock.CreateTimer(
            _ =>
            {
                _log.EndIsOverdue(_part, Elapsed);
                overdue();
            },
            null, limit, Timeout.InfiniteTimeSpan);
    }

    private double Elapsed => _clock.GetElapsedTime(_begun).TotalSeconds;

    /// <summary>What is waited for from now on.</summary>
    /// <param name="part">What, as in "the end waits for …".</param>
    public void Next(string part)
    {
        _part = part;
        _log.EndGoesOn(part, Elapsed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slow.Dispose();
        _overdue.Dispose();
    }
}

/// <summary>What is logged of the end of a mount.</summary>
internal static partial class EndWatchLog
{
    [LoggerMessage(1, LogLevel.Debug, "The end waits for {Part}, after {Seconds:0.000} s")]
    public static partial void EndGoesOn(this ILogger log, string part, double seconds);

    [LoggerMessage(2, LogLevel.Warning, "The end takes {Seconds:0} s by now: it waits for {Part}")]
    public static partial void EndIsSlow(this ILogger log, string part, double seconds);

    [LoggerMessage(3, LogLevel.Critical, "The end took {Seconds:0} s, and still waits for {Part}: the process ends as it is (mount.end-timeout); what was acknowledged is kept")]
    public static partial void EndIsOverdue(this ILogger log, string part, double seconds);
}
