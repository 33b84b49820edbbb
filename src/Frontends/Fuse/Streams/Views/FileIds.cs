using System.Globalization;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>The ids by which inodes of files are found and numbered: whatever makes their bytes other ones is in them.</summary>
internal static class FileIds
{
    /// <summary>A view of a partition: the way through the dot directories does not matter, what they make of it does.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="view">The view that was found.</param>
    /// <param name="follows">Whether a read at its end waits.</param>
    public static string OfPartition(PartitionId partition, ViewId view, bool follows) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition.Value} {view.Kind} {view.Generation} {view.Start} {view.StartTime?.UtcTicks} {follows}");

    /// <summary>What is found by a path through the dot directories of a topic or a partition.</summary>
    /// <param name="id">The id of the topic or the partition.</param>
    /// <param name="view">What the dot directories make of it.</param>
    public static string OfView(string id, FileView view) =>
        string.Create(CultureInfo.InvariantCulture, $"{id} {view.Kind} {view.Start} {view.Follows} {Convert.ToHexString(view.Cursor is null ? [] : view.Cursor.Bytes)}");
}
