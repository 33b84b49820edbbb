using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>What the callers of the file system get for each fault of the actors, and how loud it is logged.</summary>
public static class ErrnoTable
{
    /// <summary>The errno of a fault.</summary>
    /// <param name="fault">The fault.</param>
    /// <returns>The errno; None for none.</returns>
    public static Errno ErrnoOf(Fault fault) => fault switch
    {
        Fault.None => Errno.None,
        Fault.NotFound or Fault.Deleted => Errno.ENOENT,
        Fault.Stale => Errno.ESTALE,
        Fault.NotAStream => Errno.ENOTDIR,
        Fault.ReadOnly => Errno.EROFS,
        Fault.NotPermitted or Fault.NotEmpty => Errno.EPERM,
        Fault.AccessDenied => Errno.EACCES,
        Fault.Busy => Errno.EBUSY,
        Fault.Overloaded or Fault.TooManyWaiters => Errno.EAGAIN,
        Fault.TooManyHandles or Fault.OutOfDescriptors => Errno.ENFILE,
        Fault.TimedOut => Errno.ETIMEDOUT,
        Fault.Cancelled => Errno.EINTR,
        Fault.UnknownHandle or Fault.Crashed or Fault.InputOutput or Fault.Removed or Fault.NotHere => Errno.EIO,
        Fault.NoSpace => Errno.ENOSPC,
        Fault.QuotaExceeded => Errno.EDQUOT,
        Fault.OutOfMemory => Errno.ENOMEM,
        Fault.TooLarge => Errno.EFBIG,
        Fault.MessageTooLarge => Errno.EMSGSIZE,
        Fault.Exists => Errno.EEXIST,
        Fault.Invalid => Errno.EINVAL,
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "the fault has no errno"),
    };

    /// <summary>How loud a fault is logged: an answer to the caller's own mistake is not worth a line, a fault of the server is.</summary>
    /// <param name="fault">The fault.</param>
    /// <returns>The level.</returns>
    public static LogLevel LevelOf(Fault fault) => fault switch
    {
        Fault.Crashed or Fault.InputOutput or Fault.OutOfMemory or Fault.OutOfDescriptors => LogLevel.Error,
        Fault.TimedOut or Fault.Overloaded or Fault.TooManyWaiters or Fault.TooManyHandles
            or Fault.NoSpace or Fault.QuotaExceeded or Fault.UnknownHandle => LogLevel.Warning,
        _ => LogLevel.Debug,
    };

    /// <summary>The failure that an ask ended with, where it ended by an exception.</summary>
    /// <param name="cause">What was thrown.</param>
    /// <returns>The failure.</returns>
    public static Failure FailureOf(Exception cause) => new(
        cause switch
        {
            AskTimeoutException => Fault.TimedOut,
            MailboxFullException or TooManyAsksException => Fault.Overloaded,
            OperationCanceledException => Fault.Cancelled,
            OutOfMemoryException => Fault.OutOfMemory,
            _ => Fault.Crashed,
        },
        cause.Message,
        cause);
}
