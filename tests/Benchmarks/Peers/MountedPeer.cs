using System.Diagnostics;

namespace StreamActors.Benchmarks.Peers;

/// <summary>A mount made by a server process that this one started; disposing unmounts and ends it.</summary>
internal sealed class MountedPeer : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private MountedPeer(Process server, string root)
    {
        Server = server;
        Root = root;
    }

    /// <summary>The server.</summary>
    public Process Server { get; }

    /// <summary>Where it is mounted; always ends in <c>/mnt</c>.</summary>
    public string Root { get; }

    /// <summary>Starts a server in the foreground, and waits until the mount is there.</summary>
    /// <param name="work">A directory of this peer's own.</param>
    /// <param name="program">The server.</param>
    /// <param name="arguments">Its arguments; <c>{mnt}</c> stands for the mountpoint.</param>
    public static MountedPeer Start(string work, string program, params string[] arguments)
    {
        var root = Directory.CreateDirectory(Path.Combine(work, "mnt")).FullName;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument.Replace("{mnt}", root, StringComparison.Ordinal));
        var server = Process.Start(start) ?? throw new InvalidOperationException(program);
        server.OutputDataReceived += (_, _) => { };
        server.BeginOutputReadLine();
        var watch = Stopwatch.StartNew();
        while (!IsMounted(root))
        {
            if (server.HasExited || watch.Elapsed > Deadline)
                throw new InvalidOperationException($"{program} did not mount {root}");
            Thread.Yield();
        }
        return new MountedPeer(server, root);
    }

    public void Dispose()
    {
        using (var umount = Process.Start("umount", [Root]))
            umount.WaitForExit();
        if (!Server.WaitForExit(Deadline))
            Server.Kill();
        Server.Dispose();
    }

    private static bool IsMounted(string root) =>
        File.ReadLines("/proc/self/mountinfo").Any(line => line.Contains($" {root} ", StringComparison.Ordinal));
}
