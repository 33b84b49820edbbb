using System.Diagnostics;
using StreamActors.Hosts.Network;
using StreamActors.Mounted;

namespace StreamActors.Hosts.Members;

/// <summary>One server of an etcd cluster, on a host of its own. Its data stays where it is ended and started again.</summary>
internal sealed class EtcdServer(NetworkHost host, string directory, string all)
{
    /// <summary>The program.</summary>
    public const string Program = "/usr/bin/etcd";

    private Process? _process;

    /// <summary>The host.</summary>
    public NetworkHost Host => host;

    /// <summary>Whether it is started.</summary>
    public bool IsRunning => _process is not null;

    /// <summary>Where members ask it.</summary>
    public string Endpoint => $"http://{host.Address}:2379";

    /// <summary>How it is told to the others.</summary>
    /// <param name="host">The host that it is on.</param>
    public static string PeerOf(NetworkHost host) => $"{host.Name}=http://{host.Address}:2380";

    /// <summary>Starts it, and waits until it serves, for which most of the others must be there.</summary>
    public async Task StartAsync()
    {
        var process = host.Start(
            Program,
            "--name", host.Name, "--data-dir", Path.Combine(directory, host.Name), "--logger", "zap", "--log-outputs", "stderr",
            "--listen-client-urls", Endpoint, "--advertise-client-urls", Endpoint,
            "--listen-peer-urls", $"http://{host.Address}:2380", "--initial-advertise-peer-urls", $"http://{host.Address}:2380",
            "--initial-cluster", all,
            // A lease can't be shorter than one and a half elections.
            "--heartbeat-interval", "100", "--election-timeout", "1000", "--unsafe-no-fsync");
        _process = process;
        var serves = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                serves.TrySetException(new InvalidOperationException($"etcd on {host.Name} has ended"));
            else if (line.Data.Contains("serving client traffic", StringComparison.Ordinal))
                serves.TrySetResult();
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        await serves.Task.WaitAsync(Shell.Deadline);
    }

    /// <summary>Ends it.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process)
            return;
        await Signals.SendAsync("TERM", NetworkHost.ProcessOf(process));
        await process.WaitForExitAsync().WaitAsync(Shell.Deadline);
        process.Dispose();
        _process = null;
    }
}
