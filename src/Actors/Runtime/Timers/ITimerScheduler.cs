namespace StreamActors.Runtime;

/// <summary>An actor that has timers (Akka: <c>Akka.Actor.IWithTimers</c>). The runtime sets the property after
/// the constructor and before PreStart.</summary>
public interface IWithTimers
{
    /// <summary>The actor's timers.</summary>
    ITimerScheduler Timers { get; set; }
}

/// <summary>The timers of one actor (Akka: <c>Akka.Actor.ITimerScheduler</c>). A timer has a key; a new one takes
/// the place of the one with the same key, and after that or after a cancel the old one's message never comes.
/// Timers end with the instance, at a restart too. Only for the actor's own thread.</summary>
public interface ITimerScheduler
{
    /// <summary>Sends <paramref name="msg"/> to the actor once, after <paramref name="timeout"/>.</summary>
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    /// <summary>Sends <paramref name="msg"/> to the actor every <paramref name="interval"/>. A tick that comes
    /// while the one before still waits in the mailbox is left out.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    /// <summary>As the other, with another time to the first tick.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>Whether a timer of that key runs.</summary>
    bool IsTimerActive(object key);

    /// <summary>Ends the timer of that key, if there is one.</summary>
    void Cancel(object key);

    /// <summary>Ends all timers of the actor.</summary>
    void CancelAll();
}
