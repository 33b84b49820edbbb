namespace StreamActors.Messages;

/// <summary>Why something was not done. A closed set: the one table of each front-end says what its users get for each.</summary>
public enum Fault
{
    /// <summary>Nothing went wrong.</summary>
    None = 0,

    /// <summary>There is no such stream, topic or partition.</summary>
    NotFound,

    /// <summary>The incarnation was deleted.</summary>
    Deleted,

    /// <summary>The incarnation is no longer the one behind its name: look the name up again.</summary>
    Stale,

    /// <summary>The file is no stream.</summary>
    NotAStream,

    /// <summary>The source can't be written to.</summary>
    ReadOnly,

    /// <summary>The operation is never allowed here.</summary>
    NotPermitted,

    /// <summary>The operating system or the backend refuses the right.</summary>
    AccessDenied,

    /// <summary>Somebody else is at it: later it may go.</summary>
    Busy,

    /// <summary>A queue is full: as many requests wait as may.</summary>
    Overloaded,

    /// <summary>As many tail waiters wait in the partition as may.</summary>
    TooManyWaiters,

    /// <summary>As many handles are open in the partition as may.</summary>
    TooManyHandles,

    /// <summary>The actor does not know the handle; it was restarted or moved since. Open it again.</summary>
    UnknownHandle,

    /// <summary>No answer came within the deadline.</summary>
    TimedOut,

    /// <summary>The one who asked, or the handle's owner, took the request back.</summary>
    Cancelled,

    /// <summary>The actor failed or was stopped.</summary>
    Crashed,

    /// <summary>The bytes can't be read or written; of a write the outcome is unknown.</summary>
    InputOutput,

    /// <summary>The bytes were removed by retention.</summary>
    Removed,

    /// <summary>The disk is full; nothing was stored.</summary>
    NoSpace,

    /// <summary>The quota is used up; nothing was stored.</summary>
    QuotaExceeded,

    /// <summary>The process has no descriptor left.</summary>
    OutOfDescriptors,

    /// <summary>The process has no memory left.</summary>
    OutOfMemory,

    /// <summary>It is larger than allowed.</summary>
    TooLarge,

    /// <summary>A message is longer than allowed; nothing of it was stored.</summary>
    MessageTooLarge,

    /// <summary>The name is taken.</summary>
    Exists,

    /// <summary>The operation is only possible while there are no messages.</summary>
    NotEmpty,

    /// <summary>The arguments make no sense.</summary>
    Invalid,

    /// <summary>The bytes lie on another host, or were evicted from a cache: they come to those who wait at their place.</summary>
    NotHere,
}

/// <summary>The reply to a request that was not carried out.</summary>
/// <param name="Fault">What kind of failure.</param>
/// <param name="Reason">What happened, for the log; a sentence without a full stop.</param>
/// <param name="Cause">What was thrown, if anything was.</param>
public sealed record Failure(Fault Fault, string Reason, Exception? Cause = null);
