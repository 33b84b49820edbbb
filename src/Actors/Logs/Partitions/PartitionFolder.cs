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
    public const string UnappliedName = "unapplied", UnappliedPrefix = UnappliedName + "-";

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
        TryParseState(name, out _);

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
    /// the log's. Where several hosts share the directory, it removes nothing: see <see cref="RemoveReplaced"/>.
    /// </summary>
    public IReadOnlyList<string> Tidy(PartitionState state)
    {
        var names = disk.List(PathOf(state.Id));
        if (own is null)
        {
            var known = NamesOf(state.Segments);
            foreach (var name in names.Where(name => PartitionSegment.IsName(name) && PartitionSegment.EpochOf(name) > state.ShardEpoch && !known.Contains(StemOf(name))))
                disk.Delete($"{PathOf(state.Id)}/{name}");
        }
        return [.. names.Where(name => !IsOurs(name)).Select(name => $"{PathOf(state.Id)}/{name}")];
    }

    /// <summary>
    /// Whether former epochs have left something that a state of theirs does not need, where several hosts share the directory. It can't be
    /// removed by that: another state, which a former owner writes late, may count as well and need it. A state of the own epoch takes the
    /// place of all of them.
    /// </summary>
    public bool HasReplaced(PartitionState state) => own is not null && !IsOfOwnEpoch(state.StoredAs) && Replaced(state, state.StoredAs).Any();

    /// <summary>
    /// Removes what a state of the own epoch has replaced, where several hosts share the directory: other states, and segments that it does
    /// not have. To be called once a checkpoint with it is synced and the right to the directory then still holds: every later owner
    /// finds this state or a newer one of its own then, whatever a former one writes late, and however late this is.
    /// </summary>
    /// <param name="state">The partition's state.</param>
    /// <param name="stored">The file that it is in.</param>
    public void RemoveReplaced(PartitionState state, string stored)
    {
        // Later ones of the epoch replace what is known.
        if (!IsOfOwnEpoch(state.StoredAs))
            foreach (var name in Replaced(state, stored).ToArray())
                disk.Delete($"{PathOf(state.Id)}/{name}");
        else if (state.StoredAs != stored)
            disk.Delete(state.StoredAs!);
        foreach (var segment in state.Superseded)
            RemoveSegment(state.Id, segment.Epoch, segment.Base.Ordinal);
        state.Superseded.Clear();
        state.StoredAs = stored;
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

    private IEnumerable<string> Replaced(PartitionState state, string? stored)
    {
        var known = NamesOf(state.Segments);
        foreach (var name in disk.List(PathOf(state.Id)))
            if (PartitionSegment.IsName(name)
                ? PartitionSegment.EpochOf(name) < own && !known.Contains(StemOf(name))
                : TryParseState(name, out var file) && file.Epoch < own && $"{PathOf(state.Id)}/{name}" != stored)
                yield return name;
    }

    private bool IsOfOwnEpoch(string? stored) => stored is not null && TryParseState(stored[(stored.LastIndexOf('/') + 1)..], out var file) && file.Epoch == own;

    /// <summary>Whether a name is that of a state where several hosts share the directory, or of one that is being written.</summary>
    private static bool TryParseState(string name, out EpochFile file) => EpochFile.TryParse(
        PartitionState.Name, name.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal) ? name[..^AtomicFile.TemporarySuffix.Length] : name, out file);

    private static HashSet<string> NamesOf(IEnumerable<SegmentState> segments) =>
        [.. segments.Select(segment => PartitionSegment.NameOf(segment.Epoch, segment.Base.Ordinal))];

    private static string StemOf(string name) => name[..name.IndexOf('.', StringComparison.Ordinal)];
}
