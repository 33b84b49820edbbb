using System.Diagnostics;
using StreamActors.Benchmarks.Peers;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs.Mounted;

/// <summary>100-byte lines appended through the mount: by 1 MiB writes beside a plain file, and one at a time, as a shell's >> does, beside passthrough_ll.</summary>
internal sealed class MountedAppendBenchmark(string launcher, string peerProgram, string work)
{
    private const int Flags = Libc.O_WRONLY | Libc.O_APPEND;
    private const int Chunks = 256;

    public void Run()
    {
        using var log = new MountedLog(launcher, Path.Combine(work, "appended"), "fuse.passthrough=auto");
        var source = Directory.CreateDirectory(Path.Combine(work, "append-peer", "source")).FullName;
        using var peer = PassthroughLl.Mount(peerProgram, Path.Combine(work, "append-peer"), source, withoutCacheTimes: false);
        var (plain, through) = (Path.Combine(work, "plain-lines"), Path.Combine(peer.Root, "lines"));
        Libc.Close(Libc.Open(plain, Flags | Libc.O_CREAT));
        Libc.Close(Libc.Open(through, Flags | Libc.O_CREAT));
        var line = Lines(LineBytes);
        Turns.Compare("`>>` of 100 bytes one at a time, passthrough_ll", "/s", "≥ 0.8", 41, () => Turns.Repeat(() => AppendOnce(log.Partition, line)), () => Turns.Repeat(() => AppendOnce(through, line)));
        var (ours, theirs) = (Libc.Open(log.Partition, Flags), Libc.Open(through, Flags));
        Turns.Compare("writes of 100 bytes to an open file, passthrough_ll", "/s", "", 41, () => Turns.Repeat(() => Libc.Write(ours, line)), () => Turns.Repeat(() => Libc.Write(theirs, line)));
        Libc.Close(theirs);
        var chunk = Lines(ChunkBytes);
        Turns.Compare("100-byte lines by 1 MiB writes, passthrough_ll", "MB/s", "", 9, () => Rate(ours, chunk), () => RateOfNew(through, chunk));
        Turns.Compare("100-byte lines by 1 MiB writes, plain file", "MB/s", "≥ 0.3", 9, () => Rate(ours, chunk), () => RateOfNew(plain, chunk));
        Libc.Close(ours);
    }

    private static void AppendOnce(string path, byte[] line)
    {
        var fd = Libc.Open(path, Flags);
        Libc.Write(fd, line);
        Libc.Close(fd);
    }

    private static double RateOfNew(string path, byte[] chunk)
    {
        Libc.Unlink(path);
        var fd = Libc.Open(path, Flags | Libc.O_CREAT);
        var rate = Rate(fd, chunk);
        Libc.Close(fd);
        return rate;
    }

    private static double Rate(int fd, byte[] chunk)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Chunks; i++)
            Libc.Write(fd, chunk);
        return Chunks * chunk.Length / watch.Elapsed.TotalMicroseconds;
    }
}
