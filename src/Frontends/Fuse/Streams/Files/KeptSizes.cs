using System.Collections.Concurrent;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// The partitions whose size the kernel may keep. What is written to the file itself it knows of, since it looks at the size
/// anew after each write; of any other growth it is told before that is acknowledged. A partition is told of once, until its size
/// is asked again, so that writers who are not watched cost nothing.
/// </summary>
internal sealed class KeptSizes
{
    private readonly ConcurrentDictionary<PartitionId, Kept> _files = new();

    /// <summary>A size is about to be told: to be said before it is looked at, so that no growth falls between.</summary>
    /// <param name="file">The partition's file.</param>
    /// <param name="tree">The mount that is told.</param>
    public void Add(PartitionFile file, FuseTree tree) => _files[file.Partition] = new Kept(file, tree);

    /// <summary>The kernel has forgotten a file.</summary>
    /// <param name="file">The file.</param>
    public void Remove(PartitionFile file)
    {
        if (_files.TryGetValue(file.Partition, out var kept) && kept.File == file)
            _files.TryRemove(KeyValuePair.Create(file.Partition, kept));
    }

    /// <summary>A partition may have grown.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="writtenTo">The file to which the WRITE went that is answered next; null where none is.</param>
    public void Grown(PartitionId partition, Inode? writtenTo)
    {
        if (_files.TryGetValue(partition, out var kept) && kept.File != writtenTo && _files.TryRemove(KeyValuePair.Create(partition, kept)))
            kept.Drop();
    }

    /// <summary>Partitions may have grown that are not known here, or are gone.</summary>
    public void Changed()
    {
        foreach (var file in _files)
            if (_files.TryRemove(file))
                file.Value.Drop();
    }

    private sealed record Kept(PartitionFile File, FuseTree Tree)
    {
        public void Drop() => Tree.Connection.Notifier.InvalidateAttributes(File.NodeId);
    }
}
