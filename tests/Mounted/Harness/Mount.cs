using System.Diagnostics;
using System.Text;

namespace StreamActors.Mounted;

/// <summary>
/// A directory mounted by the launcher in a process of its own. <see cref="Source"/> and <see cref="Root"/> are fresh
/// temporary directories. Disposing ends the server by SIGTERM, and fails where that is not clean.
/// </summary>
internal sealed class Mount : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _home;
    private readonly StringBuilder _log = new();

    private Mount(DirectoryInfo home, Process server)
    {
        _home = home;
        Server = server;
    }

    /// <summary>The overlaid directory.</summary>
    public string Source => Path.Combine(_home.FullName, "source");

    /// <summary>The mountpoint.</summary>
    public string Root => Path.Combine(_home.FullName, "mnt");

    /// <summary>The server.</summary>
    public Process Server { get; }

    /// <summary>What the server has logged so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Makes the two directories, fills the source, mounts it, and waits until the mount answers.</summary>
    /// <param name="options">Values of <c>-o</c>; null for none.</param>
    /// <param name="fill">Fills the source before it is mounted.</param>
    /// <param name="arguments">Further arguments.</param>
    public static async Task<Mount> Start(string? options = null, Action<string>? fill = null, params string[] arguments)
    {
        var home = Directory.CreateTempSubdirectory("streamactors-test-");
        File.SetUnixFileMode(home.FullName, (UnixFileMode)0x1ED);
        var (source, root) = (home.CreateSubdirectory("source").FullName, home.CreateSubdirectory("mnt").FullName);
        fill?.Invoke(source);
        var server = Shell.Start(Launcher.Program, ["mount", source, root, .. options is null ? [] : new[] { "-o", options }, .. arguments]);
        var mount = new Mount(home, server);
        server.ErrorDataReceived += (_, line) => mount.Append(line.Data);
        server.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(Deadline);
        var first = await server.StandardOutput.ReadLineAsync(deadline.Token);
        if (first != $"mounted {source} on {root}")
            throw new InvalidOperationException($"said {first ?? "nothing"}\n{mount.Log}");
        return mount;
    }

    /// <summary>Runs a command line of <c>sh</c> in the mounted directory.</summary>
    /// <param name="script">The command line.</param>
    public Task<ShellResult> Run(string script) => Shell.Run(script, Root);

    /// <summary>Ends the server by SIGTERM.</summary>
    /// <returns>Its exit status.</returns>
    public async Task<int> Stop()
    {
        await Shell.RunProgram("kill", [$"{Server.Id}"]);
        using var deadline = new CancellationTokenSource(Deadline);
        await Server.WaitForExitAsync(deadline.Token);
        return Server.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var exit = Server.HasExited ? Server.ExitCode : await Stop();
        Server.Dispose();
        _home.Delete(recursive: true);
        if (exit != 0)
            throw new InvalidOperationException($"the server ended with {exit}\n{Log}");
    }

    private void Append(string? line)
    {
        lock (_log)
            _log.AppendLine(line);
    }
}
