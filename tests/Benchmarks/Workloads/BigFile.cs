namespace StreamActors.Benchmarks.Workloads;

/// <summary>The 1 GiB file that the reading workloads share.</summary>
internal static class BigFile
{
    public const long Size = 1L << 30;
    private const string Name = "big.bin";

    /// <summary>Makes the file, and reads it once, so that the plain file is in the page cache.</summary>
    public static void Prepare(string source)
    {
        var path = Path.Combine(source, Name);
        var block = new byte[1 << 20];
        if (!File.Exists(path))
        {
            using var file = File.Create(path, 1 << 20);
            var random = new Random(1);
            for (long written = 0; written < Size; written += block.Length)
            {
                random.NextBytes(block);
                file.Write(block);
            }
            file.Flush(flushToDisk: true);
        }
        var fd = Libc.Open(path, Libc.O_RDONLY);
        for (long offset = 0; Libc.Read(fd, block, offset) > 0; offset += block.Length)
        {
        }
        Libc.Close(fd);
    }

    /// <summary>Opens the file; where <paramref name="root"/> is a mount, drops the pages that the mount itself caches.</summary>
    public static int Open(string root, bool random)
    {
        var fd = Libc.Open(Path.Combine(root, Name), Libc.O_RDONLY);
        if (root.EndsWith("/mnt", StringComparison.Ordinal))
            Libc.Fadvise(fd, Libc.FadviseDontNeed);
        if (random)
            Libc.Fadvise(fd, Libc.FadviseRandom);
        return fd;
    }
}
