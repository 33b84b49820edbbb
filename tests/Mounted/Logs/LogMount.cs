using System.Diagnostics;
using System.Text;

namespace StreamActors.Mounted.Logs;

/// <summary>
/// A log volume mounted by the launcher in a process of its own, which can be killed and started again. Disposing ends the
/// server by SIGTERM, and fails where that is not clean.
/// </summary>
internal sealed class LogMount : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _home;
    private readonly string? _options;
    private readonly StringBuilder _log = new();
    private Process? _server;

    private LogMount(DirectoryInfo home, string directory, string? options)
    {
        _home = home;
        Directory = directory;
        _options = options;
    }

    /// <summary>The log directory.</summary>
    public string Directory { get; }

    /// <summary>The mountpoint.</summary>
    public string Root => Path.Combine(_home.FullName, "mnt");

    /// <summary>What the servers have logged so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Mounts a log volume, and waits until it answers.</summary>
    /// <param name="options">Values of <c>-o</c>; null for none.</param>
    /// <param name="directory">The log directory; null for a fresh one.</param>
    public static async Task<LogMount> Start(string? options = null, string? directory = null)
    {
        var home = System.IO.Directory.CreateTempSubdirectory("streamactors-test-");
        home.CreateSubdirectory("mnt");
        var mount = new LogMount(home, directory ?? Path.Combine(home.FullName, "log"), options);
        await mount.StartServer();
        return mount;
    }

    /// <summary>Starts the server, where none runs.</summary>
    public async Task StartServer()
    {
        _server = Shell.Start(Launcher.Program, ["mount", $"log:{Directory}", Root, .. _options is null ? [] : new[] { "-o", _options }]);
        _server.ErrorDataReceived += (_, line) => Append(line.Data);
        _server.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(Deadline);
        var first = await _server.StandardOutput.ReadLineAsync(deadline.Token);
        if (first != $"mounted log:{Directory} on {Root}")
            throw new InvalidOperationException($"said {first ?? "nothing"}\n{Log}");
    }

    /// <summary>Kills the server, as a crash does.</summary>
    public async Task Kill()
    {
        _server!.Kill();
        using var deadline = new CancellationTokenSource(Deadline);
        await _server.WaitForExitAsync(deadline.Token);
        _server.Dispose();
        _server = null;
    }

    /// <summary>Ends the server by SIGTERM.</summary>
    /// <returns>Its exit status.</returns>
    public async Task<int> Stop()
    {
        await Shell.RunProgram("kill", [$"{_server!.Id}"]);
        using var deadline = new CancellationTokenSource(Deadline);
        await _server.WaitForExitAsync(deadline.Token);
        var exit = _server.ExitCode;
        _server.Dispose();
        _server = null;
        return exit;
    }

    /// <summary>Runs a command line of <c>bash</c> in the mounted directory.</summary>
    /// <param name="script">The command line.</param>
    /// <param name="directory">A directory in it.</param>
    public Task<ShellResult> Run(string script, string directory = "") => Shell.RunProgram("bash", ["-c", script], Path.Combine(Root, directory));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var exit = _server is null ? 0 : await Stop();
        await Shell.RunProgram("umount", ["-l", Root]);
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
