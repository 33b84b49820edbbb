using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>The directories of the partitions: where they are, and what may be in them.</summary>
/// <param name="disk">The disk.</param>
/// <param name="root">The log directory.</param>
/// <param name="tails">Memory for the ends of the partitions' files.</param>
/// <param name="directoryTag">Begins the tags of new files; null where programs of an older format have to understand them.</param>
/// <param name="own">The epoch under which it is open, where several hosts share it: files of later ones are never touched.</param>
internal sealed class PartitionFolder(ILogFileSystem disk, string root, HeldTails tails, uint? directoryTag, long? own)
{
    public const string Name = "partitions";
    public const string UnappliedPrefix = "unapplied-";

    public string Root => $"{root}/{Name}";

    public HeldTails Tails => tails;

    public string PathOf(IncarnationId id) => $"{Root}/{id}";

    public string StatePathOf(IncarnationId id) => $"{PathOf(id)}/{PartitionState.Name}";

    /// <summary>What the checksums in a partition's new files are changed by.</summary>
    public uint TagOf(IncarnationId id)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, id.Value);
        return directoryTag is { } tag ? Crc32C.Append(tag, bytes) : 0;
    }

    public static bool IsOurs(string name) =>
        name is PartitionState.Name or PartitionState.Name + AtomicFile.TemporarySuffix ||
        name.StartsWith(UnappliedPrefix, StringComparison.Ordinal) || PartitionSegment.IsName(name) ||
        EpochFile.TryParse(PartitionState.Name, name.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal)
            ? name[..^AtomicFile.TemporarySuffix.Length] : name, out _);

    /// <summary>Makes an empty directory for a partition; leftovers of a creation that was cut short are removed.</summary>
    public void Make(IncarnationId id)
    {
        disk.CreateDirectory(PathOf(id));
        foreach (var name in disk.List(PathOf(id)).Where(name => IsOurs(name) && (own is null || IsOwnSegment(name))))
            disk.Delete($"{PathOf(id)}/{name}");
    }

    /// <summary>Removes what is the log's; false where something else keeps the directory.</summary>
    public bool Remove(IncarnationId id)
    {
        var path = PathOf(id);
        if (!disk.Exists(path))
            return true;
        foreach (var name in disk.List(path).Where(IsOurs))
            disk.Delete($"{path}/{name}");
        if (disk.List(path).Count > 0)
            return false;
        disk.DeleteDirectory(path);
        return true;
    }

    /// <summary>
    /// Removes segments that a roll made and the journal never knew of (power loss can do that), and names what is not
    /// the log's.
    /// </summary>
    /// <param name="state">The partition's state.</param>
    /// <param name="removes">
    /// Whether it removes: not where several hosts share the directory and no checkpoint says yet what took the place of these segments.
    /// A former owner's checkpoint, which comes late and still counts, may need them.
    /// </param>
    public IReadOnlyList<string> Tidy(PartitionState state, bool removes = true)
    {
        var path = PathOf(state.Id);
        var foreign = new List<string>();
        var known = state.Segments.Concat(state.Superseded).Select(segment => PartitionSegment.StemOf(path, segment.Epoch, segment.Base.Ordinal)).ToHashSet();
        var leftovers = new List<string>();
        foreach (var name in disk.List(path))
        {
            if (!IsOurs(name))
                foreign.Add($"{path}/{name}");
            else if (removes && PartitionSegment.IsName(name) && IsLeftover(PartitionSegment.EpochOf(name), state) &&
                !known.Contains($"{path}/{name[..name.IndexOf('.', StringComparison.Ordinal)]}"))
                leftovers.Add($"{path}/{name}");
        }
        // They may have been merged, and whoever comes later must find the state that says so.
        if (leftovers.Count > 0 && own is not null)
            disk.SyncDirectory(path);
        foreach (var leftover in leftovers)
            disk.Delete(leftover);
        return foreign;
    }

    /// <summary>
    /// Removes states of former epochs that a newer one has replaced. Whoever comes later has found the newer one, too.
    /// </summary>
    public void RemoveOldStates(PartitionState state)
    {
        foreach (var file in EpochFile.Of(PartitionState.Name, disk.List(PathOf(state.Id))))
            if (file.Epoch < own && $"{PathOf(state.Id)}/{file.Name}" != state.StoredAs)
                disk.Delete($"{PathOf(state.Id)}/{file.Name}");
    }

    /// <summary>Removes a partition whose creation never reached the journal: it has no state, and its files are empty.</summary>
    public bool RemoveUnborn(IncarnationId id)
    {
        var path = PathOf(id);
        if (disk.Exists(StatePathOf(id)))
            return true;
        foreach (var name in disk.List(path))
        {
            if (!PartitionSegment.IsName(name))
                return false;
            using var file = disk.Open($"{path}/{name}", LogFileMode.Read);
            if (file.Length > 0)
                return false;
        }
        return Remove(id);
    }

    /// <summary>Removes a segment's files, where a crash left them.</summary>
    public void RemoveSegment(IncarnationId id, long epoch, long ordinal)
    {
        var stem = PartitionSegment.StemOf(PathOf(id), epoch, ordinal);
        foreach (var suffix in (ReadOnlySpan<string>)[PartitionSegment.DataSuffix, PartitionSegment.IndexSuffix, PartitionSegment.KeysSuffix])
            disk.Delete(stem + suffix);
    }

    private bool IsOwnSegment(string name) => PartitionSegment.IsName(name) && PartitionSegment.EpochOf(name) == own;

    /// <summary>
    /// Whether a segment that a state does not have may be removed, by its epoch. Where several hosts share the directory, that is for
    /// later epochs than the one that wrote the state: only of what was sealed is it sure that it counts.
    /// </summary>
    private bool IsLeftover(long epoch, PartitionState state) => own is null ? epoch > state.ShardEpoch : epoch < own && !IsOfOwnEpoch(state);

    private bool IsOfOwnEpoch(PartitionState state) =>
        state.StoredAs is { } path && EpochFile.TryParse(PartitionState.Name, path[(path.LastIndexOf('/') + 1)..], out var file) && file.Epoch == own;
}
