using System.Globalization;

namespace StreamActors.Logs;

/// <summary>
/// The name of a file that an epoch writes once: what it is, the LSN that it tells of, the epoch. On shared storage nothing is
/// replaced, because a rename that comes late would replace what a later epoch has written.
/// </summary>
/// <param name="Name">The whole name.</param>
/// <param name="Lsn">The LSN.</param>
/// <param name="Epoch">The epoch.</param>
internal readonly record struct EpochFile(string Name, long Lsn, long Epoch)
{
    public static string NameOf(string what, long lsn, long epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"{what}-{lsn:x16}-{epoch:x8}");

    /// <summary>The files of a kind among names, in the order of their LSNs.</summary>
    public static IEnumerable<EpochFile> Of(string what, IEnumerable<string> names)
    {
        foreach (var name in names)
            if (TryParse(what, name, out var file))
                yield return file;
    }

    public static bool TryParse(string what, string name, out EpochFile file)
    {
        file = default;
        var start = what.Length + 1;
        if (name.Length < start + 25 || !name.StartsWith(what, StringComparison.Ordinal) ||
            !long.TryParse(name.AsSpan(start, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var lsn) ||
            !long.TryParse(name.AsSpan(start + 17), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var epoch) ||
            name != NameOf(what, lsn, epoch))
            return false;
        file = new EpochFile(name, lsn, epoch);
        return true;
    }
}
