namespace StreamActors.Runtime;

/// <summary>Decides for the child that threw alone (Akka: <c>Akka.Actor.OneForOneStrategy</c>).</summary>
public sealed class OneForOneStrategy : SupervisorStrategy
{
    private readonly int _maxNrOfRetries;
    private readonly TimeSpan _withinTimeRange;
    private readonly Func<Exception, Directive> _decider;
    private readonly RestartBackoff? _backoff;

    /// <summary>Decides by <paramref name="localOnlyDecider"/>, without a limit of restarts.</summary>
    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider) : this(null, null, localOnlyDecider)
    {
    }

    /// <summary>Decides by <paramref name="localOnlyDecider"/>, and stops a child that restarts too often.</summary>
    /// <param name="maxNrOfRetries">Restarts in the time range; null or -1 for no limit, 0 for none.</param>
    /// <param name="withinTimeRange">The time range; null for the child's whole life.</param>
    /// <param name="localOnlyDecider">The directive for an exception.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries ?? -1, withinTimeRange ?? Timeout.InfiniteTimeSpan, localOnlyDecider, null)
    {
    }

    private OneForOneStrategy(
        int maxNrOfRetries, TimeSpan withinTimeRange, Func<Exception, Directive> decider, RestartBackoff? backoff)
    {
        ArgumentNullException.ThrowIfNull(decider);
        (_maxNrOfRetries, _withinTimeRange, _decider, _backoff) =
            (maxNrOfRetries, withinTimeRange, decider, backoff);
    }

    /// <summary>The same, but a restart waits, longer after each failure. (Akka has an actor between for it,
    /// <c>Backoff.OnFailure</c>; here it costs no actor.) While it waits, messages that carry a sender get a
    /// <see cref="Status.Failure"/> with an <see cref="ActorRestartingException"/> at once; others are dead letters.</summary>
    public OneForOneStrategy WithBackoff(RestartBackoff restartBackoff)
    {
        ArgumentNullException.ThrowIfNull(restartBackoff);
        return new OneForOneStrategy(_maxNrOfRetries, _withinTimeRange, _decider, restartBackoff);
    }

    internal override SupervisorDecision Decide(Exception cause, RestartStatistics statistics, ActorSystem system)
    {
        var directive = _decider(cause);
        if (directive != Directive.Restart) return new SupervisorDecision(directive, TimeSpan.Zero);
        var now = system.TimeProvider.GetTimestamp();
        if (!MayRestart(statistics, now, system)) return new SupervisorDecision(Directive.Stop, TimeSpan.Zero);
        var delay = _backoff is null ? TimeSpan.Zero : NextDelay(_backoff, statistics, now, system);
        statistics.LastRestart = now + (long)(delay.TotalSeconds * system.TimeProvider.TimestampFrequency);
        return new SupervisorDecision(Directive.Restart, delay);
    }

    private bool MayRestart(RestartStatistics statistics, long now, ActorSystem system)
    {
        if (_maxNrOfRetries < 0) return true;
        var windowIsOver = _withinTimeRange != Timeout.InfiniteTimeSpan
            && system.TimeProvider.GetElapsedTime(statistics.WindowStart, now) > _withinTimeRange;
        if (statistics.RestartsInWindow == 0 || windowIsOver)
            (statistics.RestartsInWindow, statistics.WindowStart) = (0, now);
        return ++statistics.RestartsInWindow <= _maxNrOfRetries;
    }

    private static TimeSpan NextDelay(RestartBackoff backoff, RestartStatistics statistics, long now, ActorSystem system)
    {
        var quiet = system.TimeProvider.GetElapsedTime(statistics.LastRestart, now);
        if (quiet >= backoff.ResetAfter) statistics.ConsecutiveFailures = 0;
        return backoff.Delay(statistics.ConsecutiveFailures++, system.Random.NextDouble());
    }
}
