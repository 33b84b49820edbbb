namespace StreamActors.Fuse.Streams;

/// <summary>An open partition that is written.</summary>
internal sealed class PartitionWriter(PartitionFile file, WriteTarget target, OpenReader open) : WriteHandle(file, target)
{
    /// <inheritdoc/>
    protected override long? End => open.Reader.End;

    /// <inheritdoc/>
    protected override void GiveBack() => open.GiveBack();
}
