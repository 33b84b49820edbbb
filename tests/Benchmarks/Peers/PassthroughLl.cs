using System.Diagnostics;

namespace StreamActors.Benchmarks.Peers;

/// <summary>libfuse's example file system in C; its source comes with Debian's libfuse3-dev and is compiled here.</summary>
internal static class PassthroughLl
{
    private const string Source = "/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c";

    /// <summary>Compiles it.</summary>
    /// <param name="work">Where the program goes.</param>
    /// <returns>The program.</returns>
    public static string Compile(string work)
    {
        var program = Path.Combine(work, "passthrough_ll");
        var command = $"gcc -O2 -o '{program}' '{Source}' $(pkg-config fuse3 --cflags --libs)";
        using var compiler = Process.Start("sh", ["-c", command]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? program : throw new InvalidOperationException($"could not compile: {command}");
    }

    /// <summary>Mounts a directory with it: several threads, a cloned descriptor for each, the same permission checks as ours.</summary>
    public static MountedPeer Mount(string program, string work, string source, bool withoutCacheTimes, string? option = null) =>
        MountedPeer.Start(work, program, "-f", "-o", "clone_fd", "-o", $"default_permissions,source={source}{(withoutCacheTimes ? ",timeout=0" : "")}{(option is null ? "" : $",{option}")}", "{mnt}");
}
