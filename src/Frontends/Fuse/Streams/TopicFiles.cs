using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>The files of a topic, as its directories ask for them.</summary>
internal static class TopicFiles
{
    private const uint TypeMask = 0xF000;
    private const uint RegularFile = 0x8000;

    /// <summary>All partitions in one file.</summary>
    public static ReadOnlySpan<byte> MergedName => ".merged"u8;

    /// <summary>Where messages are written to whose partition is chosen.</summary>
    public static ReadOnlySpan<byte> SinkName => ".produce"u8;

    /// <summary>Whether MKNOD asks for a regular file.</summary>
    /// <param name="mode">The mode it asks for.</param>
    public static bool IsRegular(uint mode) => (mode & TypeMask) is 0 or RegularFile;

    /// <summary>The inode number of a view of a partition.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="view">What is shown of it.</param>
    /// <param name="follows">Whether a read at the end waits.</param>
    public static ulong NumberOf(StreamsContext context, PartitionId partition, ViewId view, bool follows) =>
        context.Numbers.Of(InodeKind.Partition, FileIds.OfPartition(partition, view, follows));

    /// <summary>The inode number that a listing tells of a partition; one that begins elsewhere has to be asked for its view.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="generation">The generation of its default view.</param>
    /// <param name="view">How it is shown.</param>
    public static ulong NumberOf(StreamsContext context, PartitionId partition, int generation, FileView view) => view.Cursor is null
        ? NumberOf(context, partition, new ViewId(view.Kind, generation, null), view.Follows)
        : context.Numbers.Of(InodeKind.Cursor, FileIds.OfView(partition.Value, view));

    /// <summary>Answers a look-up with a partition.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="view">How it is shown.</param>
    public static void ShowPartition(StreamsContext context, Call parked, StreamDirectory stream, PartitionId partition, FileView view)
    {
        if (view.Cursor is null)
            PartitionFile.Show(context, parked, stream, partition, view);
        else
            CursorFile.Show(context, parked, stream, partition, view);
    }

    /// <summary>Answers a look-up with all partitions in one file.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="view">How it is shown; it has no cursor.</param>
    public static void ShowMerged(StreamsContext context, Call parked, StreamDirectory stream, TopicId topic, FileView view) =>
        MergedFile.Show(context, parked, stream, topic, view);

    /// <summary>Answers a look-up with the file that messages are written to.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="kind">In which form they are written.</param>
    public static void ShowSink(StreamsContext context, Call parked, StreamDirectory stream, TopicId topic, ViewKind kind) =>
        SinkFile.Show(context, parked, stream, topic, kind);

    /// <summary>Answers a CREATE with a partition that was just made, opened.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The call.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="flags">Flags of <c>open(2)</c>.</param>
    public static void Create(StreamsContext context, Call parked, StreamDirectory stream, PartitionId partition, uint flags) =>
        PartitionFile.Create(context, parked, stream, partition, flags);
}
