using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StreamActors.Etcd;

namespace StreamActors.Host.Helper;

/// <summary>Keeps a <see cref="HelperProcess"/> beside this server while it has a lease: it is started again when it ends.</summary>
internal sealed class LeaseHelper : IDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    // One that has lived so long was started well: when it ends, the next is started at once.
    private static readonly TimeSpan LivedLong = TimeSpan.FromSeconds(10);
    private static readonly string[] Kept = ["DOTNET_ROOT", "DOTNET_ROOT_X64", "HOME", "LANG", "PATH", "TMPDIR"];

    private readonly EtcdOptions _etcd;
    private readonly string _program;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private Process? _process;
    private ITimer? _timer;
    private TimeSpan _wait = FirstWait;
    private long _started;
    private long _lease;
    private bool _isOver;

    /// <summary>Makes it; the process is started with the first lease.</summary>
    /// <param name="etcd">How etcd is reached.</param>
    /// <param name="program">This program.</param>
    /// <param name="clock">The clock of waits.</param>
    /// <param name="log">Told when the helper ends although the server lives.</param>
    public LeaseHelper(EtcdOptions etcd, string program, TimeProvider clock, ILogger log) =>
        (_etcd, _program, _clock, _log) = (etcd, program, clock, log);

    /// <summary>The helper's process id; null while there is none.</summary>
    public int? ProcessId
    {
        get
        {
            lock (_gate)
                return _process?.Id;
        }
    }

    /// <summary>Which lease is to end with this process. Any thread may tell.</summary>
    /// <param name="lease">Its id; 0 for none.</param>
    public void Watch(long lease)
    {
        lock (_gate)
        {
            if (_isOver || lease == _lease)
                return;
            _lease = lease;
            if (_process is not null)
                Order(_process, isOver: false);
            else if (_timer is null && lease != 0)
                Start();
        }
    }

    /// <summary>The server leaves as it should: the helper ends, and does nothing.</summary>
    public void Dispose()
    {
        Process? process;
        lock (_gate)
        {
            if (_isOver)
                return;
            _isOver = true;
            _timer?.Dispose();
            (process, _process) = (_process, null);
            if (process is not null)
                Order(process, isOver: true);
        }
        // Not within the gate: who tells of the process's end holds a lock of the process, and waits for the gate.
        process?.Dispose();
    }

    private void Start()
    {
        var start = new ProcessStartInfo(_program, [HelperProcess.Verb])
        {
            RedirectStandardInput = true,
            // It would keep those open of whoever waits for the server's end.
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The settings may stand in the environment, with secrets.
        foreach (var name in start.Environment.Keys.Except(Kept, StringComparer.Ordinal).ToArray())
            start.Environment.Remove(name);
        _started = _clock.GetTimestamp();
        try
        {
            var process = new Process { StartInfo = start, EnableRaisingEvents = true };
            process.Exited += (_, _) => Ended(process);
            process.Start();
            _process = process;
            Order(process, isOver: false);
        }
        catch (System.ComponentModel.Win32Exception cause)
        {
            _log.HelperNotStarted(cause, _program, cause.Message);
            StartLater();
        }
    }

    private void Order(Process process, bool isOver)
    {
        try
        {
            process.StandardInput.WriteLine(HelperOrder.Of(_etcd, _lease, isOver).Write());
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended, which is told by itself.
        }
    }

    private void Ended(Process process)
    {
        lock (_gate)
        {
            if (_isOver || _process != process)
                return;
            _log.HelperEnded(process.ExitCode);
            process.Dispose();
            _process = null;
            if (_clock.GetElapsedTime(_started) >= LivedLong)
                _wait = FirstWait;
            StartLater();
        }
    }

    private void StartLater()
    {
        var wait = _wait;
        _wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        _timer = _clock.CreateTimer(
            _ =>
            {
                lock (_gate)
                {
                    _timer?.Dispose();
                    _timer = null;
                    if (!_isOver && _process is null && _lease != 0)
                        Start();
                }
            },
            null, wait, Timeout.InfiniteTimeSpan);
    }
}

/// <summary>What is logged of the helper.</summary>
internal static partial class LeaseHelperLog
{
    [LoggerMessage(1, LogLevel.Warning, "The helper process ended with status {Status}, and is started again; until then others would wait for the end of the lease, should this host die")]
    public static partial void HelperEnded(this ILogger log, int status);

    [LoggerMessage(2, LogLevel.Warning, "The helper process {Program} can't be started, and is tried again: {Reason}")]
    public static partial void HelperNotStarted(this ILogger log, Exception cause, string program, string reason);
}
