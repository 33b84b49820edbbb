using StreamActors.Fuse.Kernel;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// What the objects of a stream look like. Owner, group and permission bits are those of its file, without those that let
/// it be executed; a directory can be entered by whom it can be read.
/// </summary>
/// <param name="File">The attributes of the JSON file that is the stream, or of a file that would be it.</param>
internal sealed record StreamAttributes(FuseAttr File)
{
    private const uint Directory = 0x4000;
    private const uint RegularFile = 0x8000;
    private const uint ReadAndWrite = 0x1B6;
    private const uint Read = 0x124;
    private const int SectorSize = 512;

    // Reads of partitions reach the server one by one, so that larger ones are cheaper.
    private const uint PreferredTransfer = 128 << 10;

    /// <summary>What objects look like that are of another age.</summary>
    /// <param name="time">When they were made.</param>
    public StreamAttributes Since(DateTimeOffset time)
    {
        var (seconds, nanoseconds) = UnixTimeOf(time);
        return new StreamAttributes(File with { Mtime = seconds, MtimeNsec = nanoseconds, Ctime = seconds, CtimeNsec = nanoseconds });
    }

    /// <summary>A directory.</summary>
    /// <param name="ino">Its inode number.</param>
    public FuseAttr OfDirectory(ulong ino) => new()
    {
        Ino = ino,
        Mode = Directory | (File.Mode & ReadAndWrite) | ((File.Mode & Read) >> 2),
        // Says that the subdirectories are not counted, so that find does not rely on the number.
        Nlink = 1,
        Uid = File.Uid,
        Gid = File.Gid,
        Atime = File.Mtime,
        AtimeNsec = File.MtimeNsec,
        Mtime = File.Mtime,
        MtimeNsec = File.MtimeNsec,
        Ctime = File.Ctime,
        CtimeNsec = File.CtimeNsec,
        Blksize = PreferredTransfer,
    };

    /// <summary>A partition.</summary>
    /// <param name="ino">Its inode number.</param>
    /// <param name="stat">Size and time.</param>
    /// <param name="isDeleted">Whether it has no name any more.</param>
    public FuseAttr OfPartition(ulong ino, PartitionStat stat, bool isDeleted)
    {
        var (seconds, nanoseconds) = UnixTimeOf(stat.ModifiedAt);
        return OfFile(ino, stat.Size) with
        {
            Nlink = isDeleted ? 0u : 1,
            Atime = seconds,
            AtimeNsec = nanoseconds,
            Mtime = seconds,
            MtimeNsec = nanoseconds,
            Ctime = seconds,
            CtimeNsec = nanoseconds,
        };
    }

    /// <summary>A file that is as old as the stream.</summary>
    /// <param name="ino">Its inode number.</param>
    /// <param name="size">Its size in bytes.</param>
    public FuseAttr OfFile(ulong ino, long size) => new()
    {
        Ino = ino,
        Mode = RegularFile | (File.Mode & ReadAndWrite),
        Nlink = 1,
        Uid = File.Uid,
        Gid = File.Gid,
        Size = (ulong)size,
        Blocks = (ulong)((size + SectorSize - 1) / SectorSize),
        Atime = File.Mtime,
        AtimeNsec = File.MtimeNsec,
        Mtime = File.Mtime,
        MtimeNsec = File.MtimeNsec,
        Ctime = File.Ctime,
        CtimeNsec = File.CtimeNsec,
        Blksize = PreferredTransfer,
    };

    /// <summary>A time as the kernel wants it.</summary>
    public static (ulong Seconds, uint Nanoseconds) UnixTimeOf(DateTimeOffset time)
    {
        var ticks = Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks);
        return ((ulong)(ticks / TimeSpan.TicksPerSecond), (uint)(ticks % TimeSpan.TicksPerSecond * 100));
    }

    /// <summary>Whether permission bits allow something, as far as that is known without the caller's further groups.</summary>
    /// <param name="attr">The attributes.</param>
    /// <param name="caller">Who wants it.</param>
    /// <param name="mask">R_OK 4, W_OK 2, X_OK 1.</param>
    public static bool Allow(in FuseAttr attr, Caller caller, uint mask)
    {
        if (caller.Uid == 0)
            return (mask & 1) == 0 || (attr.Mode & 0x49) != 0;
        var shift = caller.Uid == attr.Uid ? 6 : caller.Gid == attr.Gid ? 3 : 0;
        return ((attr.Mode >> shift) & mask) == mask;
    }
}
