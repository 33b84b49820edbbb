using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// Tells one object of SOURCE from every other, also from one that later gets the same inode number.
/// </summary>
/// <param name="Device">Device number.</param>
/// <param name="Number">Inode number on that device.</param>
/// <param name="BornAt">Time of birth in nanoseconds since 1970; 0 where the file system has none.</param>
/// <param name="Mount">
/// Of a directory the mount that it was reached through: below a bind mount it is another directory, because one
/// directory can't be at two places of the tree. Of anything else 0: that is one file with several names.
/// </param>
internal readonly record struct Identity(ulong Device, ulong Number, long BornAt, ulong Mount)
{
    /// <summary>The fields of <c>statx</c> that <see cref="Of"/> needs, besides what is wanted anyway.</summary>
    public const uint StatxMask = Linux.STATX_BASIC_STATS | Linux.STATX_BTIME | Linux.STATX_MNT_ID;

    /// <summary>The identity of what was asked for with <see cref="StatxMask"/>.</summary>
    /// <param name="stat">Its attributes.</param>
    /// <returns>Its identity.</returns>
    public static Identity Of(in Statx stat) => new(
        stat.Device,
        stat.Inode,
        (stat.Mask & Linux.STATX_BTIME) != 0 ? stat.BirthTime.TotalNanoseconds : 0,
        stat.IsDirectory ? stat.MountId : 0);

    /// <summary>Inode numbers mix well enough by themselves; the rest only has to tell reused ones apart.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => (int)(((Number * 0x9E3779B97F4A7C15ul) + (ulong)BornAt + Device) >> 32);
}
