using System.Globalization;
using System.Text;

namespace StreamActors.Logs;

/// <summary>
/// The file <c>format</c> of a log directory: three lines of text, namely the format's name and version, the
/// directory's id, and a CRC-32C of the lines before.
/// </summary>
internal static class FormatFile
{
    public const string Name = "format";

    /// <summary>
    /// Of version 1 were the directories whose journal files were never used again; of version 2 those whose checkpoint did not say
    /// which partitions there are, and whose index and key files did not say whose they are.
    /// </summary>
    public const int Version = 3;

    /// <summary>From this one on files say whose they are.</summary>
    public const int VersionOfTags = 3;

    private const string FirstWord = "streamactors-log ";

    /// <summary>Writes it.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="root">The log directory.</param>
    /// <param name="directory">The directory's id.</param>
    /// <param name="epoch">Whose it is until it is whole, where several hosts may write it at the same time; null where none other does.</param>
    public static void Write(ILogFileSystem disk, string root, Guid directory, long? epoch = null)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{FirstWord}{Version}\ndirectory {directory:n}\n");
        var crc = Crc32C.Compute(Encoding.ASCII.GetBytes(text));
        var made = epoch is { } own ? EpochFile.NameOf(Name, 0, own) : Name;
        AtomicFile.Write(disk, $"{root}/{made}", Encoding.ASCII.GetBytes($"{text}crc {crc:x8}\n"));
        if (made != Name)
            disk.Rename($"{root}/{made}", $"{root}/{Name}");
        disk.SyncDirectory(root);
    }

    public static (Guid Directory, int Version) Read(ILogFileSystem disk, string root)
    {
        var path = $"{root}/{Name}";
        var lines = Encoding.ASCII.GetString(AtomicFile.Read(disk, path)).Split('\n');
        if (!lines[0].StartsWith(FirstWord, StringComparison.Ordinal) ||
            !int.TryParse(lines[0].AsSpan(FirstWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw Corrupt(path);
        if (version > Version)
            throw new LogIOException(
                LogError.NewerFormat, $"{root} has format {FirstWord}{version}; this program knows up to {FirstWord}{Version}");
        if (lines.Length != 4 || !Guid.TryParseExact(lines[1].Replace("directory ", "", StringComparison.Ordinal), "n", out var id) ||
            lines[2] != $"crc {Crc32C.Compute(Encoding.ASCII.GetBytes($"{lines[0]}\n{lines[1]}\n")):x8}")
            throw Corrupt(path);
        return (id, version);
    }

    private static LogIOException Corrupt(string path) => new(LogError.Corrupt, $"{path} is damaged");
}
