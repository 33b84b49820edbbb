namespace StreamActors.Benchmarks.Peers;

/// <summary>This project's server, by its launcher.</summary>
internal static class StreamActorsServer
{
    /// <summary>Mounts a directory with it.</summary>
    public static MountedPeer Mount(string launcher, string work, string source, bool withoutCacheTimes, bool passthrough, string options = "log.level=warning") =>
        MountedPeer.Start(
            work, launcher, "mount", source, "{mnt}", "-o", options,
            "-o", $"fuse.passthrough={(passthrough ? "auto" : "off")}{(withoutCacheTimes ? ",attr_timeout=0,entry_timeout=0" : "")}");
}
