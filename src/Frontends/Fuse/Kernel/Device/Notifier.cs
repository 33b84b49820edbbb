using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace StreamActors.Fuse.Kernel;

/// <summary>The notifications of one mount: a queue, and the thread that sends it.</summary>
public sealed partial class Notifier : INotifier
{
    /// <summary>Notifications that wait at most; a further one is refused.</summary>
    public const int MaxQueued = 65_536;

    private const int HeaderSize = 16;

    private readonly IFuseChannel _channel;
    private readonly ILogger _logger;
    private readonly Func<bool> _expireOnly;
    private readonly Queue<Notification> _queue = new();
    private readonly object _gate = new();
    private bool _stopped;
    private bool _toldFull;

    /// <summary>Makes a notifier; nothing is sent before <see cref="Start"/>.</summary>
    /// <param name="channel">Where notifications are written.</param>
    /// <param name="expireOnly">Whether the kernel knows FUSE_EXPIRE_ONLY; asked at each use.</param>
    /// <param name="logger">Told of a full queue and of refusals.</param>
    public Notifier(IFuseChannel channel, Func<bool> expireOnly, ILogger logger)
    {
        _channel = channel;
        _expireOnly = expireOnly;
        _logger = logger;
    }

    /// <summary>Starts the thread.</summary>
    public void Start() => new Thread(Run) { Name = "fuse-notify", IsBackground = true }.Start();

    /// <summary>Ends the thread; what still waits is dropped.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _queue.Clear();
            Monitor.Pulse(_gate);
        }
    }

    /// <inheritdoc/>
    public bool Poll(ulong kh)
    {
        var body = new NotifyPollWakeupOut { Kh = kh };
        return Write(NotifyCode.Poll, Bytes(in body), default) == Errno.None;
    }

    /// <inheritdoc/>
    public bool InvalidateAttributes(ulong nodeId)
    {
        var body = new NotifyInvalInodeOut { NodeId = nodeId, Offset = -1 };
        return Write(NotifyCode.InvalidateInode, Bytes(in body), default) == Errno.None;
    }

    /// <inheritdoc/>
    public bool InvalidateInode(ulong nodeId, long offset, long length)
    {
        var body = new NotifyInvalInodeOut { NodeId = nodeId, Offset = offset, Length = length };
        return Enqueue(new Notification(NotifyCode.InvalidateInode, Bytes(in body).ToArray(), []));
    }

    /// <inheritdoc/>
    public bool InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly = false)
    {
        var body = new NotifyInvalEntryOut
        {
            Parent = parent,
            NameLength = (uint)name.Length,
            Flags = expireOnly && _expireOnly() ? NotifyInvalEntryOut.ExpireOnly : 0,
        };
        return Enqueue(new Notification(NotifyCode.InvalidateEntry, Bytes(in body).ToArray(), WithNul(name)));
    }

    /// <inheritdoc/>
    public bool Delete(ulong parent, ulong child, ReadOnlySpan<byte> name)
    {
        var body = new NotifyDeleteOut { Parent = parent, Child = child, NameLength = (uint)name.Length };
        return Enqueue(new Notification(NotifyCode.Delete, Bytes(in body).ToArray(), WithNul(name)));
    }

    /// <summary>Sends what waits, on the calling thread: the thread's own step, and a test's.</summary>
    internal void Drain()
    {
        while (true)
        {
            Notification next;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out next))
                    return;
                _toldFull = false;
            }
            var error = Write(next.Code, next.Body, next.Name);
            // ENOENT: the kernel does not know the inode or the name, so it has nothing to drop.
            if (error is not (Errno.None or Errno.ENOENT or Errno.ENODEV or Errno.ENOTCONN))
                LogRefused(_logger, next.Code, error);
        }
    }

    private void Run()
    {
        while (true)
        {
            lock (_gate)
            {
                while (_queue.Count == 0 && !_stopped)
                    Monitor.Wait(_gate);
                if (_stopped)
                    return;
            }
            Drain();
        }
    }

    private bool Enqueue(Notification notification)
    {
        bool tell;
        lock (_gate)
        {
            if (_stopped)
                return false;
            if (_queue.Count < MaxQueued)
            {
                _queue.Enqueue(notification);
                Monitor.Pulse(_gate);
                return true;
            }
            (tell, _toldFull) = (!_toldFull, true);
        }
        if (tell)
            LogFull(_logger, MaxQueued);
        return false;
    }

    private Errno Write(NotifyCode code, ReadOnlySpan<byte> body, ReadOnlySpan<byte> name)
    {
        // A notification is a reply to request 0 whose error is the code.
        Span<byte> header = stackalloc byte[HeaderSize];
        header.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(header, HeaderSize + body.Length + name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], (int)code);
        return _channel.Write(header, body, name);
    }

    private static byte[] WithNul(ReadOnlySpan<byte> name)
    {
        var bytes = new byte[name.Length + 1];
        name.CopyTo(bytes);
        return bytes;
    }

    private static ReadOnlySpan<byte> Bytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    private readonly record struct Notification(NotifyCode Code, byte[] Body, byte[] Name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Max} notifications wait for the kernel; further ones are dropped, and its caches may be stale until their time-out")]
    private static partial void LogFull(ILogger logger, int max);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the kernel refused notification {Code}: {Error}")]
    private static partial void LogRefused(ILogger logger, NotifyCode code, Errno error);
}
