using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// The conversation with the kernel about one mount: its INIT, and then as many threads as wished, each with a cloned
/// descriptor. It ends when the mount is gone, or when nothing can be read from the device any more.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The descriptors are closed by the last thread that reads them, when it ends.")]
public sealed partial class FuseConnection : IFuseConnection
{
    /// <summary>The kernel fills no shorter one (<c>FUSE_MIN_READ_BUFFER</c>), bytes.</summary>
    private const int ShortestBuffer = 8192;

    private readonly FuseDevice _device;
    private readonly FuseConnectionOptions _options;
    private readonly IRequestServer _server;
    private readonly ILogger _logger;
    private readonly Notifier _notifier;
    private readonly List<FuseDevice> _clones = [];
    private readonly ClosesUnderWay _closes = new();
    private readonly TaskCompletionSource<FuseFeatures> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile FuseFeatures _features = FuseFeatures.None;
    private int _running;

    /// <summary>Makes a connection; nothing is read before <see cref="Start"/>.</summary>
    /// <param name="device">The descriptor that was given to the mount; taken over.</param>
    /// <param name="options">What is wished.</param>
    /// <param name="server">Serves the requests.</param>
    /// <param name="logger">Told of what fails.</param>
    public FuseConnection(FileDescriptor device, FuseConnectionOptions options, IRequestServer server, ILogger logger)
    {
        _device = new FuseDevice(device);
        _options = options;
        _server = server;
        _logger = logger;
        _notifier = new Notifier(_device, () => Features.ExpireOnly, logger);
    }

    /// <inheritdoc/>
    public FuseFeatures Features => _features;

    /// <inheritdoc/>
    public INotifier Notifier => _notifier;

    /// <summary>Done when the kernel agreed and requests are served; fails with <see cref="FuseProtocolException"/> where it did not.</summary>
    public Task<FuseFeatures> Ready => _ready.Task;

    /// <summary>Done when no thread serves any more: the mount is gone.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the first thread, which awaits INIT and then starts the others.</summary>
    public void Start() => StartThread(0, FirstThread);

    /// <inheritdoc/>
    public Errno OpenBacking(FileDescriptor file, out int backingId)
    {
        backingId = 0;
        return Features.Passthrough ? Syscall.OpenFuseBacking(_device.Descriptor, file, out backingId) : Errno.EOPNOTSUPP;
    }

    /// <inheritdoc/>
    public Errno CloseBacking(int backingId) => Syscall.CloseFuseBacking(_device.Descriptor, backingId);

    /// <inheritdoc/>
    public void AfterCloses(Action then) => _closes.WhenServed(then);

    private void FirstThread(PageBuffer buffer)
    {
        if (!Negotiate(buffer.Span))
            return;
        _notifier.Start();
        _server.Started(this);
        var readers = new WaitingReaders(() => _device.HasRequest);
        var first = new DeviceLoop(_device, _server.CreateWorker(_device), readers, _closes, _logger);
        for (var i = 1; i < _options.Threads; i++)
        {
            // A device that can't be opened again (it may be root's own) is shared: several threads may read one descriptor.
            var device = _device.Clone();
            if (device is not null)
                _clones.Add(device);
            var loop = new DeviceLoop(device ?? _device, _server.CreateWorker(device ?? _device), readers, _closes, _logger);
            StartThread(i, own => loop.Run(own.Span));
        }
        LogReady(_logger, _features.Minor, _features.Flags, _options.Threads, _clones.Count);
        _ready.TrySetResult(_features);
        first.Run(buffer.Span);
    }

    private bool Negotiate(Span<byte> buffer)
    {
        var mayPassThrough = Syscall.GetCapabilities(out var capabilities) == Errno.None && capabilities.Has(Capabilities.SysAdmin);
        while (DeviceLoop.TryRead(_device, buffer, _device.Wait, _logger, out var length))
        {
            if (length < InHeader.Size)
                continue;
            var header = MemoryMarshal.Read<InHeader>(buffer);
            var reply = new DirectReply(_device, new ParkedReplies(_logger));
            reply.Begin(header.Unique);
            if (header.Opcode != Opcode.Init)
            {
                reply.Fail(Errno.EIO);
                continue;
            }
            var answer = InitNegotiation.Answer(buffer[InHeader.Size..length], _options, mayPassThrough);
            if (answer.Error is not null)
            {
                reply.Fail(Errno.EPROTO);
                _ready.TrySetException(new FuseProtocolException($"the kernel can't be served: {answer.Error}"));
                return false;
            }
            var bytes = answer.Out;
            _features = answer.Features ?? FuseFeatures.None;
            if (!reply.Send(Errno.None, MemoryMarshal.AsBytes(new ReadOnlySpan<InitOut>(in bytes))))
            {
                _ready.TrySetException(new FuseProtocolException("the kernel refused the answer to INIT"));
                return false;
            }
            if (answer.Features is not null)
                return true;
        }
        return false;
    }

    private void StartThread(int number, Action<PageBuffer> run)
    {
        Interlocked.Increment(ref _running);
        new Thread(() => RunThread(run)) { Name = $"fuse-{number}", IsBackground = true }.Start();
    }

    private void RunThread(Action<PageBuffer> run)
    {
        try
        {
            // The umask of what a request makes is its caller's; with the file system context of its own, a thread can take it.
            Syscall.UnshareFs();
            using var buffer = new PageBuffer(PageBuffer.PageSize + Math.Max(_options.MaxWrite, ShortestBuffer));
            run(buffer);
        }
        catch (Exception exception)
        {
            LogThreadFailed(_logger, exception);
            _ready.TrySetException(exception);
        }
        finally
        {
            if (Interlocked.Decrement(ref _running) == 0)
                End();
        }
    }

    private void End()
    {
        _notifier.Stop();
        try
        {
            // Gives back backing files through the device, so the device goes after it.
            _server.Ended();
        }
        finally
        {
            _device.Dispose();
            foreach (var clone in _clones)
                clone.Dispose();
            _ready.TrySetException(new FuseProtocolException("the mount ended before the kernel had agreed"));
            _ended.TrySetResult();
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "FUSE 7.{Minor}, {Flags}; {Threads} threads, {Clones} of them with a descriptor of their own")]
    private static partial void LogReady(ILogger logger, int minor, InitFlags flags, int threads, int clones);

    [LoggerMessage(Level = LogLevel.Critical, Message = "a device thread failed")]
    private static partial void LogThreadFailed(ILogger logger, Exception exception);
}

/// <summary>The kernel and the server could not agree on a protocol.</summary>
public sealed class FuseProtocolException : IOException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">Why; one line.</param>
    public FuseProtocolException(string message)
        : base(message)
    {
    }
}
