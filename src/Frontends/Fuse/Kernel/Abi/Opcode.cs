namespace StreamActors.Fuse.Kernel;

/// <summary><c>enum fuse_opcode</c> of <c>linux/fuse.h</c>, protocol 7.45: what the kernel asks for.</summary>
public enum Opcode : uint
{
    /// <summary>A name in a directory.</summary>
    Lookup = 1,
    /// <summary>Look-ups of an inode are taken back.</summary>
    Forget = 2,
    /// <summary>Attributes.</summary>
    GetAttr = 3,
    /// <summary>Change of attributes.</summary>
    SetAttr = 4,
    /// <summary>What a symbolic link says.</summary>
    ReadLink = 5,
    /// <summary>A new symbolic link.</summary>
    Symlink = 6,
    /// <summary>A new file that is not opened.</summary>
    MkNod = 8,
    /// <summary>A new directory.</summary>
    MkDir = 9,
    /// <summary>A name that is no directory goes.</summary>
    Unlink = 10,
    /// <summary>A directory goes.</summary>
    RmDir = 11,
    /// <summary>A name moves.</summary>
    Rename = 12,
    /// <summary>A further name of a file.</summary>
    Link = 13,
    /// <summary>Open of a file.</summary>
    Open = 14,
    /// <summary>Bytes of a file.</summary>
    Read = 15,
    /// <summary>Bytes for a file.</summary>
    Write = 16,
    /// <summary>Sizes of the file system.</summary>
    StatFs = 17,
    /// <summary>The last close of a file.</summary>
    Release = 18,
    /// <summary>A file is to reach the disk.</summary>
    FSync = 20,
    /// <summary>An extended attribute is set.</summary>
    SetXattr = 21,
    /// <summary>An extended attribute is read.</summary>
    GetXattr = 22,
    /// <summary>Names of extended attributes.</summary>
    ListXattr = 23,
    /// <summary>An extended attribute goes.</summary>
    RemoveXattr = 24,
    /// <summary>A close of a file.</summary>
    Flush = 25,
    /// <summary>Start of the conversation.</summary>
    Init = 26,
    /// <summary>Open of a directory.</summary>
    OpenDir = 27,
    /// <summary>Entries of a directory.</summary>
    ReadDir = 28,
    /// <summary>The last close of a directory.</summary>
    ReleaseDir = 29,
    /// <summary>A directory is to reach the disk.</summary>
    FSyncDir = 30,
    /// <summary>Who holds a lock.</summary>
    GetLk = 31,
    /// <summary>A lock, or EAGAIN.</summary>
    SetLk = 32,
    /// <summary>A lock, waited for.</summary>
    SetLkW = 33,
    /// <summary>access(2) without default_permissions.</summary>
    Access = 34,
    /// <summary>A new file, opened.</summary>
    Create = 35,
    /// <summary>The caller of a request got a signal.</summary>
    Interrupt = 36,
    /// <summary>Blocks of a file.</summary>
    BMap = 37,
    /// <summary>End of the conversation.</summary>
    Destroy = 38,
    /// <summary>ioctl(2).</summary>
    IoCtl = 39,
    /// <summary>poll(2).</summary>
    Poll = 40,
    /// <summary>Data that the server asked for.</summary>
    NotifyReply = 41,
    /// <summary>Look-ups of many inodes are taken back.</summary>
    BatchForget = 42,
    /// <summary>fallocate(2).</summary>
    FAllocate = 43,
    /// <summary>Entries of a directory with attributes.</summary>
    ReadDirPlus = 44,
    /// <summary>A name moves, with flags.</summary>
    Rename2 = 45,
    /// <summary>Data and holes of a file.</summary>
    LSeek = 46,
    /// <summary>Copy between files.</summary>
    CopyFileRange = 47,
    /// <summary>DAX.</summary>
    SetupMapping = 48,
    /// <summary>DAX.</summary>
    RemoveMapping = 49,
    /// <summary>The file system is to reach the disk.</summary>
    SyncFs = 50,
    /// <summary>A file without name.</summary>
    TmpFile = 51,
    /// <summary>Attributes, with the time of birth.</summary>
    Statx = 52,
    /// <summary>Copy between files, answered in 64 bits.</summary>
    CopyFileRange64 = 53,
}

/// <summary>Properties of opcodes.</summary>
public static class OpcodeExtensions
{
    /// <summary>Whether the kernel waits for no answer, and would refuse one.</summary>
    /// <param name="opcode">The opcode.</param>
    /// <returns>True of FORGET, BATCH_FORGET, INTERRUPT and NOTIFY_REPLY.</returns>
    public static bool WantsNoAnswer(this Opcode opcode) =>
        opcode is Opcode.Forget or Opcode.BatchForget or Opcode.Interrupt or Opcode.NotifyReply;

    /// <summary>Whether its answer may be waited for without end: a read at the end of a stream, a lock.</summary>
    /// <param name="opcode">The opcode.</param>
    /// <returns>True of READ and SETLKW.</returns>
    public static bool MayWait(this Opcode opcode) => opcode is Opcode.Read or Opcode.SetLkW;
}

/// <summary><c>enum fuse_notify_code</c>: what the server tells the kernel unasked.</summary>
public enum NotifyCode
{
    /// <summary>A polled file changed.</summary>
    Poll = 1,
    /// <summary>Cached attributes and data of an inode no longer hold.</summary>
    InvalidateInode = 2,
    /// <summary>A cached name no longer holds.</summary>
    InvalidateEntry = 3,
    /// <summary>Data for the cache.</summary>
    Store = 4,
    /// <summary>Data wanted from the cache.</summary>
    Retrieve = 5,
    /// <summary>A name was deleted.</summary>
    Delete = 6,
    /// <summary>Requests are wanted again.</summary>
    Resend = 7,
    /// <summary>All cached names no longer hold.</summary>
    IncreaseEpoch = 8,
    /// <summary>Unused inodes are to be dropped.</summary>
    Prune = 9,
}
