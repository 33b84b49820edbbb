using System.Globalization;
using System.Text;

namespace StreamActors.Fuse.Kernel;

/// <summary>The mounts of this process's name space, as <c>/proc/self/mountinfo</c> tells them. Asks no file system.</summary>
public static class MountTable
{
    private const string MountInfo = "/proc/self/mountinfo";

    /// <summary>Finds the mount that is on top at a mountpoint.</summary>
    /// <param name="mountpoint">The canonical path.</param>
    /// <returns>The mount, or null where none is there.</returns>
    public static MountEntry? Find(string mountpoint)
    {
        MountEntry? found = null;
        foreach (var line in File.ReadLines(MountInfo))
            if (TryParse(line) is { } entry && entry.Mountpoint == mountpoint)
                found = entry;
        return found;
    }

    /// <summary>Reads one line: <c>id parent major:minor root mountpoint options [tags] - type source options</c>.</summary>
    /// <param name="line">The line.</param>
    /// <returns>The mount, or null where the line has another form.</returns>
    internal static MountEntry? TryParse(string line)
    {
        var fields = line.Split(' ');
        var dash = Array.IndexOf(fields, "-");
        if (dash < 6 || fields.Length < dash + 3)
            return null;
        var device = fields[2].Split(':');
        return device.Length == 2
            && uint.TryParse(device[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && uint.TryParse(device[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            ? new MountEntry(major, minor, Unescape(fields[4]), fields[dash + 1], Unescape(fields[dash + 2]))
            : null;
    }

    // Blanks, newlines, tabs and backslashes stand as three octal digits.
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var bytes = new List<byte>(field.Length);
        var text = Encoding.UTF8.GetBytes(field);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length)
            {
                bytes.Add((byte)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')));
                i += 3;
            }
            else
            {
                bytes.Add(text[i]);
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}

/// <summary>One mount.</summary>
/// <param name="Major">Major number of its device; 0 of FUSE.</param>
/// <param name="Minor">Minor number of its device; of FUSE the connection's number.</param>
/// <param name="Mountpoint">Where it is.</param>
/// <param name="Type">Its file system type, with the subtype: <c>fuse.streamactors</c>.</param>
/// <param name="Source">Its source.</param>
public sealed record MountEntry(uint Major, uint Minor, string Mountpoint, string Type, string Source)
{
    /// <summary>Whether any FUSE server serves it.</summary>
    public bool IsFuse => Type is "fuse" or "fuseblk" || Type.StartsWith("fuse.", StringComparison.Ordinal);

    /// <summary>Whether it is one of ours.</summary>
    public bool IsOurs => Type == FuseMount.Type;
}
