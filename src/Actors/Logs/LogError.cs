namespace StreamActors.Logs;

/// <summary>Every way in which an operation on a log can fail: the closed set that callers choose an errno from.</summary>
public enum LogError
{
    /// <summary>The disk is full (ENOSPC). Nothing of the operation was stored.</summary>
    NoSpace,

    /// <summary>The owner's quota is used up (EDQUOT). Nothing of the operation was stored.</summary>
    Quota,

    /// <summary>The process, or the system, has no descriptor left (EMFILE, ENFILE). Nothing of the operation was stored.</summary>
    OutOfDescriptors,

    /// <summary>The disk failed (EIO), or a sync failed earlier. Whether the operation was stored is unknown.</summary>
    Io,

    /// <summary>The file system does not let this user do it (EACCES, EPERM, EROFS). Nothing was stored.</summary>
    Denied,

    /// <summary>A message is longer than <see cref="LogOptions.MessageMaxBytes"/>. Nothing of its batch was stored.</summary>
    TooLarge,

    /// <summary>The writer's or the shard's epoch is older than one that the log has seen. Nothing was stored.</summary>
    Fenced,

    /// <summary>The right to a shared log was not sure any more when it was stored: it is unknown whether later owners have it.</summary>
    Unconfirmed,

    /// <summary>A batch between the writer's last one and this one is missing. Nothing was stored.</summary>
    OutOfSequence,

    /// <summary>Bytes on the disk are not what was written. They are neither served nor cut.</summary>
    Corrupt,

    /// <summary>The directory was written by a newer version of this format.</summary>
    NewerFormat,

    /// <summary>Another process owns the directory; the detail says which.</summary>
    Locked,

    /// <summary>Retention has removed the bytes that were asked for.</summary>
    Removed,

    /// <summary>A cache has given back the bytes that were asked for; whoever keeps it can restore them.</summary>
    Evicted,

    /// <summary>What was to be restored is not what was evicted. Nothing was stored.</summary>
    Differs,

    /// <summary>There is no such partition, message or name.</summary>
    NotFound,

    /// <summary>The partition or name is there already.</summary>
    Exists,

    /// <summary>The operation is only possible while the partition or directory is empty.</summary>
    NotEmpty,

    /// <summary>A queue or a table is full; the same call may succeed later. Nothing was stored.</summary>
    Busy,

    /// <summary>The log was closed. Nothing was stored.</summary>
    Closed,

    /// <summary>The arguments make no sense. Nothing was stored.</summary>
    Invalid,
}
