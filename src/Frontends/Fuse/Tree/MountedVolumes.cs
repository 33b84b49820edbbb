using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Fuse.Tree;

/// <summary>The root directory of a volume, as it is found in a directory of another one.</summary>
public interface IVolumeRoot
{
    /// <summary>The inode number that a listing tells.</summary>
    ulong Number { get; }

    /// <summary>Answers a look-up with the root.</summary>
    /// <param name="call">The look-up.</param>
    void Show(Call call);
}

/// <summary>
/// The volumes below the one at the root: which names in which directories lead to them, whatever is called so there
/// itself. It is filled before the tree is mounted, and does not change then.
/// </summary>
public sealed class MountedVolumes
{
    private readonly Dictionary<Inode, List<MountedVolume>> _byDirectory = [];

    /// <summary>Makes a name lead to a volume.</summary>
    /// <param name="directory">The directory; it stays the inode that it is as long as the mount lives.</param>
    /// <param name="name">The name in it.</param>
    /// <param name="root">The volume's root.</param>
    public void Add(Inode directory, ReadOnlySpan<byte> name, IVolumeRoot root)
    {
        if (!_byDirectory.TryGetValue(directory, out var volumes))
            _byDirectory[directory] = volumes = [];
        volumes.Add(new MountedVolume(name.ToArray(), root));
    }

    /// <summary>The volumes in a directory; empty for none.</summary>
    /// <param name="directory">The directory.</param>
    public IReadOnlyList<MountedVolume> In(Inode directory) =>
        _byDirectory.Count > 0 && _byDirectory.TryGetValue(directory, out var volumes) ? volumes : [];

    /// <summary>Finds a volume.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name in it.</param>
    /// <param name="root">The volume's root.</param>
    /// <returns>False where the name leads to none.</returns>
    public bool TryFind(Inode directory, ReadOnlySpan<byte> name, [NotNullWhen(true)] out IVolumeRoot? root)
    {
        root = null;
        foreach (var volume in In(directory))
            if (name.SequenceEqual(volume.Name))
                root = volume.Root;
        return root is not null;
    }

    /// <summary>Whether a name leads to a volume.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name in it.</param>
    public bool Has(Inode directory, ReadOnlySpan<byte> name) => TryFind(directory, name, out _);
}

/// <summary>A volume below another one.</summary>
/// <param name="Name">Its name in the directory there.</param>
/// <param name="Root">Its root.</param>
public sealed record MountedVolume(byte[] Name, IVolumeRoot Root);
