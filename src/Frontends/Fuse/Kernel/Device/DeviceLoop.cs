using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace StreamActors.Fuse.Kernel;

/// <summary>One device thread: reads a request, serves it, and so on until the mount is gone.</summary>
internal sealed partial class DeviceLoop
{
    /// <summary>So many failed reads in a row, of a kind that is not known to pass, end the thread.</summary>
    public const int MaxFailures = 100;

    /// <summary>The part of a WRITE before its data, bytes; a READ and a READDIR have as many in all.</summary>
    private static readonly int FixedPart = InHeader.Size + Unsafe.SizeOf<WriteIn>();

    /// <summary>
    /// How long a thread looks for a request before it sleeps: about as long as an idle processor takes to wake up (30 to
    /// 50 µs where it is virtual). One that looks in vain costs as much.
    /// </summary>
    private static readonly TimeSpan LookTime = TimeSpan.FromMicroseconds(50);

    private readonly FuseDevice _device;
    private readonly IRequestWorker _worker;
    private readonly WaitingReaders _readers;
    private readonly ClosesUnderWay _closes;
    private readonly ILogger _logger;
    private readonly Action _wait;
    private ClosesUnderWay.DeviceThread? _thread;
    private bool _looks;
    private long _since;

    /// <summary>Makes a loop.</summary>
    /// <param name="device">The thread's descriptor.</param>
    /// <param name="worker">Serves the requests.</param>
    /// <param name="readers">The threads of the mount that wait.</param>
    /// <param name="closes">Told when this one is at a close.</param>
    /// <param name="logger">Told why the loop ended.</param>
    public DeviceLoop(FuseDevice device, IRequestWorker worker, WaitingReaders readers, ClosesUnderWay closes, ILogger logger)
    {
        _device = device;
        _worker = worker;
        _readers = readers;
        _closes = closes;
        _logger = logger;
        _wait = Wait;
    }

    /// <summary>Serves until the mount is gone.</summary>
    /// <param name="buffer">The thread's memory: a page for the request's fixed part, and the longest data.</param>
    public void Run(Span<byte> buffer)
    {
        // The data of a WRITE begins at a page, and so does what is read for a READ: from page to page is the shortest way to
        // copy.
        var requests = buffer[(PageBuffer.PageSize - FixedPart)..];
        var thread = _thread = _closes.Join();
        while (TryReadInTurn(requests, out var length))
        {
            thread.HasRead(length < InHeader.Size ? default : MemoryMarshal.Read<InHeader>(requests).Opcode);
            _worker.Serve(requests[..length], requests[Math.Max(length, FixedPart)..]);
            thread.Ends();
        }
        thread.Ends();
    }

    private bool TryReadInTurn(Span<byte> buffer, out int length)
    {
        _readers.Enter();
        try
        {
            _since = Stopwatch.GetTimestamp();
            _thread!.Reads();
            return TryRead(_device, buffer, _wait, _logger, out length);
        }
        finally
        {
            _readers.Leave();
        }
    }

    /// <summary>
    /// Sleeps until there may be a request. Where the last one came soon, the thread does not sleep at first: it goes on
    /// looking, while others may have the processor. A mount that nobody uses costs nothing so.
    /// </summary>
    private void Wait()
    {
        _thread!.Ends();
        Pause();
        _thread.Reads();
    }

    private void Pause()
    {
        if (_looks && Stopwatch.GetElapsedTime(_since) < LookTime)
        {
            Thread.Yield();
            return;
        }
        _device.Wait();
        // Looking would have found it, had the thread not had to wake up.
        _looks = Stopwatch.GetElapsedTime(_since) < 2 * LookTime;
        _since = Stopwatch.GetTimestamp();
    }

    /// <summary>Reads the next request, whatever disturbs that.</summary>
    /// <param name="device">The descriptor.</param>
    /// <param name="buffer">Gets the request.</param>
    /// <param name="wait">Called where there is none; returns when it may be worth another look.</param>
    /// <param name="logger">Told of errors that should not be.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>False where the mount is gone.</returns>
    public static bool TryRead(FuseDevice device, Span<byte> buffer, Action wait, ILogger logger, out int length)
    {
        for (var failures = 0; failures < MaxFailures; failures++)
        {
            var error = device.Read(buffer, out length);
            switch (error)
            {
                case Errno.None when length > 0:
                    return true;
                case Errno.ENODEV or Errno.ECONNABORTED:
                    return false;
                case Errno.ENOENT or Errno.EINTR:
                    // The request was withdrawn, or a signal came: neither says anything of the next.
                    failures = -1;
                    break;
                case Errno.EAGAIN:
                    wait();
                    failures = -1;
                    break;
                default:
                    LogReadFailed(logger, error);
                    break;
            }
        }
        length = 0;
        LogGivenUp(logger, MaxFailures);
        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "reading a request failed: {Error}")]
    private static partial void LogReadFailed(ILogger logger, Errno error);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Max} reads of /dev/fuse failed in a row: this thread serves no longer")]
    private static partial void LogGivenUp(ILogger logger, int max);
}
