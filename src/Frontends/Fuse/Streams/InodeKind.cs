namespace StreamActors.Fuse.Streams;

/// <summary>What an inode of a stream is; a part of its inode number.</summary>
internal enum InodeKind
{
    /// <summary>A volume of streams.</summary>
    Volume = 1,

    /// <summary>A stream.</summary>
    Stream,

    /// <summary>A topic with its partitions.</summary>
    Topic,

    /// <summary>The framing of a stream.</summary>
    Configuration,

    /// <summary>The places that views can begin at.</summary>
    Places,

    /// <summary>The named cursors of a topic.</summary>
    Cursors,

    /// <summary>A view of a partition.</summary>
    Partition,

    /// <summary>A partition as a named cursor reads it.</summary>
    Cursor,

    /// <summary>All partitions of a topic in one file.</summary>
    Merged,

    /// <summary>What is written to here goes to a partition that is chosen.</summary>
    Sink,
}
