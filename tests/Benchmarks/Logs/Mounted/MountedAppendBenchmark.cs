using System.Diagnostics;
using StreamActors.Benchmarks.Peers;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs.Mounted;

/// <summary>100-byte lines appended through the mount: by 1 MiB writes beside a plain file, and one at a time, as a shell's >> does, beside passthrough_ll.</summary>
internal sealed class MountedAppendBenchmark(string launcher, string peerProgram, string work)
{
    private const int Flags = Libc.O_WRONLY | Libc.O_APPEND;
    private const int Chunks = 256;

    /// <summary>One line at a time.</summary>
    public void RunOne() => Run((log, peer) =>
    {
        var (through, line) = (Path.Combine(peer.Root, "lines"), Lines(LineBytes));
        Libc.Close(Libc.Open(through, Flags | Libc.O_CREAT));
        Turns.Compare("`>>` of 100 bytes one at a time, passthrough_ll", "/s", "≥ 0.8", 41, () => Turns.Repeat(() => AppendOnce(log.Partition, line)), () => Turns.Repeat(() => AppendOnce(through, line)));
        var (ours, theirs) = (Libc.Open(log.Partition, Flags), Libc.Open(through, Flags));
        Turns.Compare("writes of 100 bytes to an open file, passthrough_ll", "/s", "", 41, () => Turns.Repeat(() => Libc.Write(ours, line)), () => Turns.Repeat(() => Libc.Write(theirs, line)));
        Libc.Close(ours);
        Libc.Close(theirs);
    });

    /// <summary>Ten thousand lines at a time.</summary>
    public void RunMany() => Run((log, peer) =>
    {
        var (plain, through) = (Path.Combine(work, "plain-lines"), Path.Combine(peer.Root, "lines"));
        var chunk = Lines(ChunkBytes);
        var topic = Path.Combine(log.Topic, "..", "large");
        Turns.Compare("100-byte lines by 1 MiB writes, passthrough_ll", "MB/s", "", 5, () => OfNewTopic(topic, chunk), () => OfNewFile(through, chunk));
        Turns.Compare("100-byte lines by 1 MiB writes, plain file", "MB/s", "≥ 0.3", 9, () => OfNewTopic(topic, chunk), () => OfNewFile(plain, chunk));
    });

    private void Run(Action<MountedLog, MountedPeer> compare)
    {
        using var log = new MountedLog(launcher, Path.Combine(work, "appended"), "fuse.passthrough=auto");
        var source = Directory.CreateDirectory(Path.Combine(work, "append-peer", "source")).FullName;
        using var peer = PassthroughLl.Mount(peerProgram, Path.Combine(work, "append-peer"), source, withoutCacheTimes: false);
        compare(log, peer);
    }

    private static void AppendOnce(string path, byte[] line)
    {
        var fd = Libc.Open(path, Flags);
        Libc.Write(fd, line);
        Libc.Close(fd);
    }

    /// <summary>All sides give their memory back after each slice: in a virtual machine, memory that it has to get costs more than the copy.</summary>
    private static double OfNewTopic(string topic, byte[] chunk)
    {
        Directory.CreateDirectory(topic);
        var rate = Rate(Path.Combine(topic, "0"), Flags, chunk);
        Directory.Delete(topic);
        return rate;
    }

    private static double OfNewFile(string path, byte[] chunk)
    {
        var rate = Rate(path, Flags | Libc.O_CREAT, chunk);
        Libc.Unlink(path);
        return rate;
    }

    private static double Rate(string path, int flags, byte[] chunk)
    {
        var fd = Libc.Open(path, flags);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Chunks; i++)
            Libc.Write(fd, chunk);
        var rate = Chunks * chunk.Length / watch.Elapsed.TotalMicroseconds;
        Libc.Close(fd);
        return rate;
    }
}
