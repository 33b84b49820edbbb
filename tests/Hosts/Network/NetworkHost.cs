using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StreamActors.Mounted;

namespace StreamActors.Hosts.Network;

/// <summary>
/// A host: namespaces of its own for its network, its mounts and its processes. One process holds them and waits for its
/// standard input to end; when it has ended, however the test did, the kernel ends all others in them, and nothing is left.
/// </summary>
internal sealed class NetworkHost : IAsyncDisposable
{
    private readonly Process _outside;

    private NetworkHost(string name, IPAddress address, Process outside, int holder) =>
        (Name, Address, _outside, Holder) = (name, address, outside, holder);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its address.</summary>
    public IPAddress Address { get; }

    /// <summary>The process that holds its namespaces.</summary>
    public int Holder { get; }

    /// <summary>Makes a host without a wire.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="address">The address that it is to have.</param>
    public static async Task<NetworkHost> StartAsync(string name, IPAddress address)
    {
        var outside = Shell.Start(
            "unshare",
            [
                "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
                "sh", "-c", "ip link set lo up && echo ready && exec cat",
            ]);
        using var deadline = new CancellationTokenSource(Shell.Deadline);
        if (await outside.StandardOutput.ReadLineAsync(deadline.Token) != "ready")
        {
            var reason = (await outside.StandardError.ReadToEndAsync(deadline.Token)).Trim();
            outside.Dispose();
            throw new InvalidOperationException(reason);
        }
        return new NetworkHost(name, address, outside, ChildOf(outside.Id));
    }

    /// <summary>Starts a program on the host; the caller reads its output and ends it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public Process Start(string program, params IEnumerable<string> arguments) => Shell.Start("nsenter", [.. Enter, program, .. arguments]);

    /// <summary>Runs a command line of <c>sh</c> on the host, and expects it to succeed.</summary>
    /// <param name="script">The command line.</param>
    /// <returns>Its output.</returns>
    public async Task<string> RunAsync(string script) => (await TryAsync(script)).Succeeded;

    /// <summary>Runs a command line of <c>sh</c> on the host.</summary>
    /// <param name="script">The command line.</param>
    public Task<ShellResult> TryAsync(string script) => Shell.RunProgram("nsenter", [.. Enter, "sh", "-c", script]);

    /// <summary>Makes a TCP socket in the host's network.</summary>
    public Socket NewSocket() => NamespaceSockets.New(Holder);

    /// <summary>The process that <see cref="Start"/> started there, by its number outside.</summary>
    /// <param name="started">What it returned.</param>
    public static int ProcessOf(Process started) => ChildOf(started.Id);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _outside.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Shell.Deadline);
        await _outside.WaitForExitAsync(deadline.Token);
        _outside.Dispose();
    }

    private IEnumerable<string> Enter => ["--target", Holder.ToString(CultureInfo.InvariantCulture), "--net", "--mount", "--pid", "--"];

    private static int ChildOf(int process) =>
        int.Parse(File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ')[0], CultureInfo.InvariantCulture);
}
