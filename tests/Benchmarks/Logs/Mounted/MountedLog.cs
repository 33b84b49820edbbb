using StreamActors.Benchmarks.Peers;

namespace StreamActors.Benchmarks.Logs.Mounted;

/// <summary>A log volume that is mounted, and on it a topic.</summary>
internal sealed class MountedLog : IDisposable
{
    private readonly string _launcher;
    private readonly string _work;
    private readonly string _options;
    private MountedPeer _mount;

    public MountedLog(string launcher, string work, string options)
    {
        (_launcher, _work, _options) = (launcher, work, options);
        _mount = Start();
        Topic = Path.Combine(_mount.Root, "s", "t");
        Directory.CreateDirectory(Topic);
    }

    /// <summary>The topic's directory in the mount; its first partition is <c>0</c>.</summary>
    public string Topic { get; }

    public string Partition => Path.Combine(Topic, "0");

    public string Follow => Path.Combine(Topic, ".follow", "0");

    /// <summary>The file that has the bytes of the partition, where there is one partition.</summary>
    public string DataFile => Directory.GetFiles(Path.Combine(_work, "log", "partitions"), "*.data", SearchOption.AllDirectories).Single();

    /// <summary>Ends the server, and starts another one: all partitions are passive then.</summary>
    public void Restart()
    {
        _mount.Dispose();
        _mount = Start();
    }

    public void Dispose()
    {
        _mount.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    private MountedPeer Start() => MountedPeer.Start(_work, _launcher, "mount", $"log:{Path.Combine(_work, "log")}", "{mnt}", "-o", $"log.level=warning,{_options}");
}
