using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using StreamActors.Hosts.Network;
using StreamActors.Mounted;

namespace StreamActors.Hosts.Members;

/// <summary>The program itself on a host, mounted as a member of the cluster. It can be ended and started again.</summary>
internal sealed class MemberServer : IAsyncDisposable
{
    /// <summary>Where others reach it.</summary>
    public const int Port = 8557;

    private const int AdminPort = 8558;
    private const int ShownLines = 40;

    private readonly string _home;
    private readonly Func<MemberServer, string> _settings;
    private readonly StringBuilder _log = new();
    private readonly HttpClient _admin;
    private Process? _process;

    /// <summary>Makes one that is not started.</summary>
    /// <param name="host">The host.</param>
    /// <param name="home">A directory of its own.</param>
    /// <param name="settings">The text of its settings file.</param>
    public MemberServer(NetworkHost host, string home, Func<MemberServer, string> settings)
    {
        (Host, _home, _settings) = (host, Directory.CreateDirectory(home).FullName, settings);
        Directory.CreateDirectory(Root);
        _admin = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = host.NewSocket();
                await socket.ConnectAsync(IPAddress.Loopback, AdminPort, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{AdminPort}"),
            Timeout = TimeSpan.FromSeconds(5),
        };
    }

    /// <summary>The host.</summary>
    public NetworkHost Host { get; }

    /// <summary>Its name in the cluster.</summary>
    public string Name => Host.Name;

    /// <summary>The mountpoint, which is seen on the host only.</summary>
    public string Root => Path.Combine(_home, "mnt");

    /// <summary>A directory for what the host keeps.</summary>
    public string Data => Path.Combine(_home, "data");

    /// <summary>A directory for what it read from Kafka.</summary>
    public string Cache => Path.Combine(_home, "cache");

    /// <summary>Whether it is mounted.</summary>
    public bool IsRunning => _process is not null;

    /// <summary>Whether its log says something.</summary>
    /// <param name="text">What.</param>
    public bool Says(string text)
    {
        lock (_log)
            return _log.ToString().Contains(text, StringComparison.Ordinal);
    }

    /// <summary>The last lines of its log.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return string.Join('\n', _log.ToString().Split('\n').TakeLast(ShownLines));
        }
    }

    /// <summary>Mounts it, and waits until it is a member.</summary>
    /// <param name="settings">More settings than all members have.</param>
    public async Task StartAsync(string settings = "")
    {
        await MountAsync(settings);
        await Until.TrueAsync($"{Name} is a member", async () => await GetAsync("/ready") == "OK", () => Log);
    }

    /// <summary>Mounts it.</summary>
    /// <param name="settings">More settings than all members have.</param>
    public async Task MountAsync(string settings = "")
    {
        var file = Path.Combine(_home, "member.conf");
        await File.WriteAllTextAsync(file, $"{_settings(this)}\n{settings}\n");
        _process = Host.Start(Launcher.Program, "mount", Root, "--config", file);
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
                _log.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
        var said = await _process.StandardOutput.ReadLineAsync().WaitAsync(Shell.Deadline);
        if (said is null || !said.StartsWith("mounted ", StringComparison.Ordinal))
            throw new InvalidOperationException($"{Name} said {said ?? "nothing"}\n{Log}");
    }

    /// <summary>Unmounts it in an orderly way.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("TERM");
        var exit = await EndedAsync();
        if (exit != 0)
            throw new InvalidOperationException($"{Name} ended with {exit}\n{Log}");
    }

    /// <summary>Ends it by SIGKILL.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await EndedAsync();
    }

    /// <summary>Sends a signal to it.</summary>
    /// <param name="name">The signal's name.</param>
    public Task SignalAsync(string name) => Signals.SendAsync(name, NetworkHost.ProcessOf(_process!));

    /// <summary>Lets it go on after SIGSTOP. The command that entered the host has stopped with it.</summary>
    public async Task ContinueAsync()
    {
        await SignalAsync("CONT");
        await Signals.SendAsync("CONT", _process!.Id);
    }

    /// <summary>What its admin API answers.</summary>
    /// <param name="path">What is asked.</param>
    /// <returns>The answer; null where there is none.</returns>
    public async Task<string?> GetAsync(string path)
    {
        try
        {
            using var answer = await _admin.GetAsync(new Uri(path, UriKind.Relative));
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
        }
        catch (Exception none) when (none is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The addresses of the members that it knows and that are up, in order.</summary>
    public async Task<string> MembersAsync()
    {
        if (await GetAsync("/cluster/members") is not { } answer)
            return "";
        using var told = JsonDocument.Parse(answer);
        return string.Join(' ', told.RootElement.GetProperty("members").EnumerateArray()
            .Where(member => member.GetProperty("status").GetString() == "Up")
            .Select(member => member.GetProperty("node").GetString()!.Split('@')[1].Split(':')[0])
            .Order(StringComparer.Ordinal));
    }

    /// <summary>How many partitions are asked on this host.</summary>
    public async Task<int> PartitionsAsync()
    {
        if (await GetAsync("/cluster/shards/partitions") is not { } answer)
            return 0;
        using var told = JsonDocument.Parse(answer);
        return told.RootElement.GetProperty("regions").EnumerateArray().Sum(shard => shard.GetProperty("numEntities").GetInt32());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
    }

    private async Task<int> EndedAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(Shell.Deadline);
        var exit = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return exit;
    }
}
