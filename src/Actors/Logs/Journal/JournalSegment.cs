using System.Buffers.Binary;
using System.Globalization;

namespace StreamActors.Logs;

/// <summary>What the header of a journal segment turns out to be.</summary>
internal enum SegmentHeader
{
    Intact,

    /// <summary>
    /// It is not whole, or that of another segment: of a file that is used again, power loss may keep one of its names and
    /// another one's header.
    /// </summary>
    Damaged,

    /// <summary>It was made in another directory.</summary>
    Foreign,
}

/// <summary>
/// A file of the journal: a 64-byte header, then records. Its name is the LSN of its first record and the epoch of the
/// process that made it, so that two owners never write the same file.
/// </summary>
internal sealed class JournalSegment(string path, ILogFile file, long baseLsn, long epoch)
{
    public const int HeaderSize = 64;

    private const int WindowBytes = 64 << 10;
    private const string SpareSuffix = ".spare";
    private const int ReusedAt = 40;

    private static ReadOnlySpan<byte> Magic => "SAlog-J1"u8;

    public string Path => path;

    public ILogFile File => file;

    public long BaseLsn => baseLsn;

    public long Epoch => epoch;

    public static string NameOf(long baseLsn, long epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"{baseLsn:x16}-{epoch:x8}.journal");

    public static bool TryParse(string name, out long baseLsn, out long epoch)
    {
        epoch = baseLsn = 0;
        return name.Length >= 33 && name[16] == '-' &&
            long.TryParse(name.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out baseLsn) &&
            long.TryParse(name.AsSpan(17, name.Length - 17 - ".journal".Length), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out epoch) &&
            name == NameOf(baseLsn, epoch);
    }

    /// <summary>What a segment is called that is no longer needed, and waits to be another one.</summary>
    public static string SpareNameOf(long baseLsn) => string.Create(CultureInfo.InvariantCulture, $"{baseLsn:x16}{SpareSuffix}");

    public static bool IsSpare(string name) => name.Length == 16 + SpareSuffix.Length && name.EndsWith(SpareSuffix, StringComparison.Ordinal) &&
        name.Take(16).All(char.IsAsciiHexDigitLower);

    public static JournalSegment Create(ILogFileSystem disk, string folder, Guid directory, long baseLsn, long epoch)
    {
        var path = $"{folder}/{NameOf(baseLsn, epoch)}";
        var file = disk.Open(path, LogFileMode.CreateNew);
        try
        {
            WriteHeader(file, directory, baseLsn, epoch, isReused: false);
        }
        catch
        {
            file.Dispose();
            disk.Delete(path);
            throw;
        }
        return new JournalSegment(path, file, baseLsn, epoch);
    }

    /// <summary>
    /// Makes a segment of one that is no longer needed: its blocks, and its pages in memory, are there already. Its old
    /// records are none here, by their LSNs.
    /// </summary>
    public static JournalSegment Reuse(ILogFileSystem disk, string spare, string folder, Guid directory, long baseLsn, long epoch)
    {
        using (var old = disk.Open(spare, LogFileMode.Write))
            WriteHeader(old, directory, baseLsn, epoch, isReused: true);
        var path = $"{folder}/{NameOf(baseLsn, epoch)}";
        disk.Rename(spare, path);
        return new JournalSegment(path, disk.Open(path, LogFileMode.Write), baseLsn, epoch);
    }

    /// <summary>Checks the header.</summary>
    public SegmentHeader CheckHeader(Guid directory)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (file.Read(header, 0) < HeaderSize || !header.StartsWith(Magic) ||
            BinaryPrimitives.ReadUInt32LittleEndian(header[60..]) != Crc32C.Compute(header[..60]))
            return SegmentHeader.Damaged;
        if (new Guid(header[8..24]) != directory)
            return SegmentHeader.Foreign;
        IsReused = header[ReusedAt] != 0;
        return BinaryPrimitives.ReadInt64LittleEndian(header[24..]) == baseLsn &&
            BinaryPrimitives.ReadInt64LittleEndian(header[32..]) == epoch ? SegmentHeader.Intact : SegmentHeader.Damaged;
    }

    /// <summary>Whether an intact header, which was checked, says that the file was another segment before.</summary>
    public bool IsReused { get; private set; }

    public long PositionOf(long lsn) => HeaderSize + lsn - baseLsn;

    private static void WriteHeader(ILogFile file, Guid directory, long baseLsn, long epoch, bool isReused)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        header.Clear();
        Magic.CopyTo(header);
        directory.TryWriteBytes(header[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], baseLsn);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], epoch);
        header[ReusedAt] = isReused ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Crc32C.Compute(header[..60]));
        file.Write(header, 0);
    }

    /// <summary>The file's length without the zeros that were written ahead; padding at its end may go with them.</summary>
    public long WrittenLength()
    {
        var length = file.Length;
        var window = new byte[Math.Min(WindowBytes, length)];
        while (length > 0)
        {
            var start = Math.Max(0, length - window.Length);
            var count = file.Read(window.AsSpan(0, (int)(length - start)), start);
            if (window.AsSpan(0, count).LastIndexOfAnyExcept((byte)0) is >= 0 and var last)
                return start + last + 1;
            length = start;
        }
        return 0;
    }
}
