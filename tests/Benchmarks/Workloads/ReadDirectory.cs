using System.Buffers.Binary;
using System.Diagnostics;

namespace StreamActors.Benchmarks.Workloads;

/// <summary>Lists a directory of 100,000 entries, by as many bytes at a time as the C library takes.</summary>
internal sealed class ReadDirectory : Workload
{
    private const int Entries = 100_000;
    private const int BufferSize = 32 * 1024;

    public override string Name => "readdir, 100,000 entries";

    public override int Slices => 21;

    public override void Prepare(string source)
    {
        var directory = Directory.CreateDirectory(Path.Combine(source, "many"));
        for (var i = 0; i < Entries; i++)
            Libc.Close(Libc.Open(Path.Combine(directory.FullName, $"entry-{i}"), Libc.O_WRONLY | Libc.O_CREAT));
    }

    public override Slice Run(string root)
    {
        // "." and ".." are listed, too.
        var count = -2;
        var buffer = new byte[BufferSize];
        var watch = Stopwatch.StartNew();
        var fd = Libc.Open(Path.Combine(root, "many"), Libc.O_RDONLY);
        for (int length; (length = Libc.ReadDirectory(fd, buffer)) > 0;)
            count += CountEntries(buffer.AsSpan(0, length));
        Libc.Close(fd);
        watch.Stop();
        if (count != Entries)
            throw new InvalidDataException($"{root}: listed {count} entries");
        return new Slice(count, watch.Elapsed);
    }

    /// <summary>A <c>struct linux_dirent64</c> tells its length behind its two 8-byte numbers.</summary>
    private static int CountEntries(ReadOnlySpan<byte> entries)
    {
        var count = 0;
        for (; !entries.IsEmpty; count++)
            entries = entries[BinaryPrimitives.ReadUInt16LittleEndian(entries[16..])..];
        return count;
    }
}
