namespace StreamActors.Fuse.Requests;

/// <summary>Bits of <c>fuse_setattr_in.valid</c> (<c>FATTR_*</c> of <c>linux/fuse.h</c>).</summary>
[Flags]
public enum SetAttrValid : uint
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Permission bits.</summary>
    Mode = 1 << 0,
    /// <summary>Owner.</summary>
    Uid = 1 << 1,
    /// <summary>Group.</summary>
    Gid = 1 << 2,
    /// <summary>Size.</summary>
    Size = 1 << 3,
    /// <summary>Access time.</summary>
    Atime = 1 << 4,
    /// <summary>Modification time.</summary>
    Mtime = 1 << 5,
    /// <summary>The request came through an open file.</summary>
    Handle = 1 << 6,
    /// <summary>Access time: now.</summary>
    AtimeNow = 1 << 7,
    /// <summary>Modification time: now.</summary>
    MtimeNow = 1 << 8,
    /// <summary>A lock owner is given.</summary>
    LockOwner = 1 << 9,
    /// <summary>Status change time.</summary>
    Ctime = 1 << 10,
    /// <summary>Set-user-id and set-group-id bits are to be cleared.</summary>
    KillSuidGid = 1 << 11,
}
