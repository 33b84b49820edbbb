using StreamActors.Fuse.Kernel;
using StreamActors.Host.Settings;

namespace StreamActors.Host.Volumes;

/// <summary>
/// The directories that volumes work in. Messages in an overlaid directory would be shown as files too, and could be changed
/// there, and two logs have nothing to do in one another.
/// </summary>
internal static class VolumeSources
{
    /// <summary>The directories that the mountpoint must be apart from.</summary>
    /// <param name="volumes">The volumes.</param>
    public static IReadOnlyList<string> Of(IEnumerable<VolumeSettings> volumes) => [.. volumes.Select(SourceOf).OfType<string>()];

    /// <summary>Those of them that do not have to be made first.</summary>
    /// <param name="volumes">The volumes.</param>
    public static IReadOnlyList<string> ThatAreThere(IEnumerable<VolumeSettings> volumes) =>
        [.. volumes.Where(volume => volume is OverlayVolumeSettings || Directory.Exists(SourceOf(volume))).Select(SourceOf).OfType<string>()];

    /// <summary>Refuses volumes whose directories get into each other's way.</summary>
    /// <param name="volumes">The volumes.</param>
    /// <exception cref="MountException">Two do.</exception>
    public static void Check(IReadOnlyList<VolumeSettings> volumes)
    {
        for (var i = 0; i < volumes.Count; i++)
            for (var j = 0; j < i; j++)
                if (volumes[i] is not OverlayVolumeSettings || volumes[j] is not OverlayVolumeSettings)
                    Check(volumes[j], volumes[i]);
    }

    /// <summary>Refuses directories that would have to be made below the mountpoint.</summary>
    /// <param name="volumes">The volumes.</param>
    /// <param name="mountpoint">The mountpoint, which is there.</param>
    /// <exception cref="MountException">One would.</exception>
    public static void CheckNew(IReadOnlyList<VolumeSettings> volumes, string mountpoint)
    {
        if (!Open(mountpoint, out var root))
            return;
        using (root)
        {
            foreach (var source in Of(volumes))
            {
                using var nearest = OpenNearest(source, out var isThere);
                if (isThere || nearest is null || DirectoryPlaces.Of(nearest, root!, out var place) != Errno.None)
                    continue;
                if (place is DirectoryPlace.Same or DirectoryPlace.Inside)
                    throw new MountException($"source {source} is inside the mountpoint {mountpoint}: the server would wait for itself");
            }
        }
    }

    private static string? SourceOf(VolumeSettings volume) => volume switch
    {
        OverlayVolumeSettings overlay => overlay.Source,
        LogVolumeSettings { IsElsewhere: false } log => log.Directory,
        _ => null,
    };

    private static void Check(VolumeSettings one, VolumeSettings other)
    {
        if (SourceOf(one) is not { } source || SourceOf(other) is not { } otherSource)
            return;
        using var directory = OpenNearest(source, out var isThere);
        using var otherDirectory = OpenNearest(otherSource, out var isOtherThere);
        if (directory is null || otherDirectory is null || DirectoryPlaces.Of(directory, otherDirectory, out var place) != Errno.None)
            return;
        var relation = (place, isThere, isOtherThere) switch
        {
            (DirectoryPlace.Same, true, true) => "is",
            (DirectoryPlace.Same, false, false) when NameOf(source) == NameOf(otherSource) => "is",
            (DirectoryPlace.Same, true, false) or (DirectoryPlace.Around, true, _) => "holds",
            (DirectoryPlace.Same, false, true) or (DirectoryPlace.Inside, _, true) => "is in",
            _ => null,
        };
        if (relation is not null)
            throw new MountException($"{source} of volume {one.Path} {relation} {otherSource} of volume {other.Path}: a directory has one owner");
    }

    /// <summary>Opens a directory, or the one above where it is yet to be made; null where that is missing, too.</summary>
    private static FileDescriptor? OpenNearest(string path, out bool isThere)
    {
        isThere = Open(path, out var directory);
        if (!isThere)
            Open(Path.GetDirectoryName(FullPath(path)) ?? "/", out directory);
        return directory;
    }

    private static string NameOf(string path) => Path.GetFileName(FullPath(path));

    private static string FullPath(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static bool Open(string path, out FileDescriptor? directory) =>
        Syscall.Open(path, Linux.O_PATH | Linux.O_DIRECTORY, out directory) == Errno.None;
}
