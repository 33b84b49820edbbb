using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse;

/// <summary>How a tree is mounted and served.</summary>
public sealed record FuseSessionOptions
{
    /// <summary>Where and how it is mounted.</summary>
    public required FuseMountOptions Mount { get; init; }

    /// <summary>What is wished of the kernel.</summary>
    public FuseConnectionOptions Connection { get; init; } = new();

    /// <summary>
    /// How long a mount that is in use may take to become free, before it is taken out of the tree as it is: whoever awaits
    /// the mount looks at it just now, and whoever waits in a read closes the file when it is told that it waits in vain.
    /// </summary>
    public TimeSpan BusyPatience { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long files may stay open after the mount was taken out of the tree, before the connection is aborted.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>A mounted tree, from the mount to the end of the last device thread.</summary>
public sealed partial class FuseSession : IAsyncDisposable
{
    /// <summary>How long the threads may take to end once the mount is gone or aborted.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Pause between two attempts to unmount.</summary>
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(10);

    private readonly FuseMount _mount;
    private readonly FuseConnection _connection;
    private readonly ParkedReplies _parked;
    private readonly TimeSpan _busyPatience;
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _forced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task? _stopping;

    private FuseSession(FuseTree tree, FuseMount mount, FuseSessionOptions options, ILogger logger)
    {
        _mount = mount;
        _logger = logger;
        _busyPatience = options.BusyPatience;
        _shutdownTimeout = options.ShutdownTimeout;
        _parked = new ParkedReplies(logger);
        _connection = new FuseConnection(mount.Descriptor, options.Connection, new Server(tree, _parked, logger), logger);
    }

    /// <summary>The canonical path of the mountpoint.</summary>
    public string Mountpoint => _mount.Path;

    /// <summary>What was agreed with the kernel; <see cref="FuseFeatures.None"/> before <see cref="Mounted"/>.</summary>
    public FuseFeatures Features => _connection.Features;

    /// <summary>Tells the kernel what changed.</summary>
    public INotifier Notifier => _connection.Notifier;

    /// <summary>Requests that wait for an answer from elsewhere.</summary>
    public int ParkedRequests => _parked.Count;

    /// <summary>Done when the mount answers; fails with <see cref="FuseProtocolException"/> where the kernel does not agree.</summary>
    public Task<FuseFeatures> Mounted => _connection.Ready;

    /// <summary>Done when the mount is gone, whoever unmounted it, and everything that it held was given back.</summary>
    public Task Ended => _connection.Ended;

    /// <summary>Mounts a tree and starts to serve it.</summary>
    /// <param name="tree">The tree; its <see cref="FuseTree.Connection"/> is set before the first request.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="logger">Told of what fails.</param>
    /// <returns>The session; <see cref="Mounted"/> tells when it answers.</returns>
    /// <exception cref="MountException">It can't be mounted; the message is one line for the user.</exception>
    public static FuseSession Start(FuseTree tree, FuseSessionOptions options, ILogger logger)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux())
            throw new MountException("only Linux on x86-64 is served: system call numbers and structs are its");
        var session = new FuseSession(tree, FuseMount.Mount(options.Mount), options, logger);
        session._connection.Start();
        return session;
    }

    /// <summary>
    /// Unmounts. Reads that wait end with ENODEV; while files are open the mount leaves the tree and serves them until the
    /// shutdown time-out, and then the connection is aborted. A second call aborts at once.
    /// </summary>
    /// <returns>Done when nothing is mounted any more.</returns>
    public Task StopAsync()
    {
        lock (_gate)
        {
            if (_stopping is null)
                _stopping = Task.Run(StopOnceAsync);
            else
                _forced.TrySetResult();
            return _stopping;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopOnceAsync()
    {
        // An unmount writes back what is dirty, which a handler that hangs would hold up.
        var unmounting = Task.Run(TryUnmountAsync);
        await Task.WhenAny(unmounting, _forced.Task, Task.Delay(_shutdownTimeout));
        if (!unmounting.IsCompleted || !await unmounting)
        {
            LogBusy(_logger, _mount.Path);
            _mount.Detach();
        }
        await Task.WhenAny(Ended, _forced.Task, Task.Delay(_shutdownTimeout));
        if (Ended.IsCompleted)
            return;
        var error = _mount.Abort();
        LogAborted(_logger, _mount.Path, error);
        await Task.WhenAny(Ended, Task.Delay(EndTimeout));
        if (!Ended.IsCompleted)
            LogAbandoned(_logger, _mount.Path);
    }

    private async Task<bool> TryUnmountAsync()
    {
        if (_mount.TryUnmount())
            return true;
        _parked.Drain(Errno.ENODEV);
        for (var since = Stopwatch.StartNew(); since.Elapsed < _busyPatience && !_forced.Task.IsCompleted;)
        {
            await Task.WhenAny(_forced.Task, Task.Delay(BusyPause));
            if (_mount.TryUnmount())
                return true;
        }
        return false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Mountpoint} is busy: it leaves the tree, and its open files are served for a while")]
    private static partial void LogBusy(ILogger logger, string mountpoint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "files of {Mountpoint} are still open: its connection is aborted ({Error})")]
    private static partial void LogAborted(ILogger logger, string mountpoint, Errno error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "threads of {Mountpoint} did not end; they end with the process")]
    private static partial void LogAbandoned(ILogger logger, string mountpoint);

    /// <summary>Serves the connection with the tree.</summary>
    private sealed class Server(FuseTree tree, ParkedReplies parked, ILogger logger) : IRequestServer
    {
        /// <inheritdoc/>
        public IRequestWorker CreateWorker(IFuseChannel channel) => new FuseDispatcher(tree, channel, parked, logger);

        /// <inheritdoc/>
        public void Started(IFuseConnection connection) => tree.Connection = connection;

        /// <inheritdoc/>
        public void Ended()
        {
            parked.AnswerAll(Errno.ENODEV);
            tree.Handles.Clear();
            tree.Inodes.Clear();
        }
    }
}
