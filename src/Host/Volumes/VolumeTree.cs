using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;
using StreamActors.Host.Settings;

namespace StreamActors.Host.Volumes;

/// <summary>Puts the roots of volumes together to one tree, each at its path.</summary>
internal sealed class VolumeTree
{
    private readonly IReadOnlyList<(VolumeSettings Settings, IOpenVolume Volume)> _volumes;
    private readonly Dictionary<string, PathDirectory> _paths = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _now;
    private readonly FuseTree _tree;

    private VolumeTree(IReadOnlyList<(VolumeSettings Settings, IOpenVolume Volume)> volumes, TreeOptions options, DateTimeOffset now)
    {
        _volumes = volumes;
        _now = now;
        _tree = new FuseTree(volumes is [{ Settings.Path: "/" } first, ..] ? first.Volume.Root : PathAt("/"), options);
    }

    /// <summary>Makes the tree. What is on the way to a volume and in no other is a directory that only leads there.</summary>
    /// <param name="volumes">The volumes in the order of their paths; in a volume that another's path leads through there is a directory for it.</param>
    /// <param name="options">How it shows itself.</param>
    /// <param name="now">How old the directories are that only lead on.</param>
    /// <exception cref="MountException">A volume's path leads to no directory.</exception>
    public static FuseTree Of(IReadOnlyList<(VolumeSettings Settings, IOpenVolume Volume)> volumes, TreeOptions options, DateTimeOffset now)
    {
        var tree = new VolumeTree(volumes, options, now);
        foreach (var (settings, volume) in volumes)
            if (settings.Path != "/")
                tree.Add(settings.Path, (IVolumeRoot)volume.Root);
        return tree._tree;
    }

    private void Add(string path, IVolumeRoot root)
    {
        var slash = path.LastIndexOf('/');
        var (parent, name) = (slash == 0 ? "/" : path[..slash], path[(slash + 1)..]);
        _tree.Volumes.Add(DirectoryAt(parent, path), Encoding.UTF8.GetBytes(name), root);
    }

    /// <summary>The directory at a path: in the volume that it belongs to, or one that only leads on.</summary>
    private Inode DirectoryAt(string path, string wantedBy)
    {
        (VolumeSettings Settings, IOpenVolume Volume)? owner = null;
        foreach (var candidate in _volumes)
            // In the order of their paths, so that the last one is the nearest.
            if (candidate.Settings.Path == path || (candidate.Settings.Path.Length < path.Length && IsBelow(path, candidate.Settings.Path)))
                owner = candidate;
        if (owner is not { } found)
            return PathAt(path);
        var rest = path[found.Settings.Path.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return rest.Length == 0 ? found.Volume.Root : found.Volume.Find(rest, wantedBy);
    }

    private PathDirectory PathAt(string path)
    {
        if (_paths.TryGetValue(path, out var known))
            return known;
        var made = _paths[path] = new PathDirectory(Syscall.GetEUid(), Syscall.GetEGid(), _now, InodeTable.RootId + (ulong)_paths.Count);
        if (path != "/")
            Add(path, made);
        return made;
    }

    private static bool IsBelow(string path, string other) => other == "/" || path.StartsWith(other + "/", StringComparison.Ordinal);
}
