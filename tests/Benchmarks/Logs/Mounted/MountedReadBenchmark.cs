using System.Diagnostics;
using StreamActors.Benchmarks.Peers;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs.Mounted;

/// <summary>A partition that is read through the mount, beside the same bytes in a plain file, or in one behind passthrough_ll with the same flags.</summary>
internal sealed class MountedReadBenchmark(string launcher, string peerProgram, string work)
{
    private const int Chunks = 512;
    private const int BlockBytes = 4096;
    private const int PerSlice = 256;
    private const long Bytes = (long)Chunks * ChunkBytes;

    private readonly Random _random = new(1);

    public void Run()
    {
        using (var log = new MountedLog(launcher, Path.Combine(work, "read"), "fuse.passthrough=auto"))
        {
            var (plain, data) = (Prepare(log), log.DataFile);
            Turns.Compare("read by passthrough, warm, by 1 MiB, plain file", "MB/s", "≥ 0.95", 21, () => All(log.Partition), () => All(plain));
            Turns.Compare("read by passthrough, warm, 4 KiB anywhere, plain file", "/s", "≥ 0.95", 41, () => Anywhere(log.Partition), () => Anywhere(plain));
            Turns.Compare("read by passthrough, cold, by 1 MiB, plain file", "MB/s", "≥ 0.95", 9, () => Cold(data, () => All(log.Partition)), () => Cold(plain, () => All(plain)));
            Turns.Compare("read by passthrough, cold, 4 KiB anywhere, plain file", "/s", "≥ 0.95", 21, () => Cold(data, () => Anywhere(log.Partition)), () => Cold(plain, () => Anywhere(plain)));
        }
        using (var log = new MountedLog(launcher, Path.Combine(work, "read"), "fuse.passthrough=off"))
        {
            var peerWork = Directory.CreateDirectory(Path.Combine(work, "read-peer")).FullName;
            var source = Directory.CreateDirectory(Path.Combine(peerWork, "source")).FullName;
            File.Move(Prepare(log), Path.Combine(source, "plain"));
            using var peer = PassthroughLl.Mount(peerProgram, peerWork, source, withoutCacheTimes: false, "cache=never");
            var plain = Path.Combine(peer.Root, "plain");
            Turns.Compare("read by direct_io, warm, by 1 MiB, passthrough_ll", "MB/s", "≥ 1.0", 21, () => All(log.Partition), () => All(plain));
            Turns.Compare("read by direct_io, warm, 4 KiB anywhere, passthrough_ll", "/s", "≥ 1.0", 41, () => Anywhere(log.Partition), () => Anywhere(plain));
        }
    }

    /// <summary>Fills the partition, and writes the same bytes to a file. Both are on the disk then, so that the page cache can let go of them.</summary>
    private string Prepare(MountedLog log)
    {
        var fd = Libc.Open(log.Partition, Libc.O_WRONLY | Libc.O_APPEND);
        var chunk = Lines(ChunkBytes);
        for (var i = 0; i < Chunks; i++)
            Libc.Write(fd, chunk);
        Libc.Close(fd);
        var plain = Path.Combine(work, "plain");
        Copy(log.Partition, plain);
        foreach (var path in (ReadOnlySpan<string>)[plain, log.DataFile])
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(file);
        }
        return plain;
    }

    /// <summary>By aligned writes of 1 MiB, after which the page cache is read fastest.</summary>
    private static void Copy(string from, string to)
    {
        var (source, target) = (Libc.Open(from, Libc.O_RDONLY), Libc.Open(to, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC));
        var buffer = new byte[ChunkBytes];
        long position = 0;
        for (int count; (count = Libc.Read(source, buffer, position)) > 0; position += count)
            Libc.Write(target, buffer[..count]);
        Libc.Close(source);
        Libc.Close(target);
    }

    private static double Cold(string path, Func<double> read)
    {
        var fd = Libc.Open(path, Libc.O_RDONLY);
        Libc.Fadvise(fd, Libc.FadviseDontNeed);
        Libc.Close(fd);
        return read();
    }

    private static double All(string path)
    {
        var fd = Libc.Open(path, Libc.O_RDONLY);
        var buffer = new byte[ChunkBytes];
        var watch = Stopwatch.StartNew();
        long position = 0;
        for (int count; (count = Libc.Read(fd, buffer, position)) > 0; position += count)
        {
        }
        var rate = position / watch.Elapsed.TotalMicroseconds;
        Libc.Close(fd);
        return position == Bytes ? rate : throw new InvalidDataException($"{path}: read {position} bytes");
    }

    private double Anywhere(string path)
    {
        var fd = Libc.Open(path, Libc.O_RDONLY);
        Libc.Fadvise(fd, Libc.FadviseRandom);
        var buffer = new byte[BlockBytes];
        var rate = PerSlice * Turns.Repeat(() =>
        {
            for (var i = 0; i < PerSlice; i++)
                _ = Libc.Read(fd, buffer, _random.NextInt64(Bytes / BlockBytes) * BlockBytes);
        });
        Libc.Close(fd);
        return rate;
    }
}
