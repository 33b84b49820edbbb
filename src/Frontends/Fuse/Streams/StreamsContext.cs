using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>What the inodes and handles of streams share: the actors and how to ask them, and the inodes that the kernel knows.</summary>
internal sealed partial class StreamsContext
{
    private readonly ConcurrentDictionary<(InodeKind Kind, string Id), StreamInode> _inodes = new();
    private readonly ConcurrentDictionary<Task, bool> _ending = new();
    private readonly Guid _owner;
    private readonly ILogger _logger;
    private readonly ActorSystem _system;
    private long _lastHandle;

    public StreamsContext(ActorSystem system, StreamsAddresses addresses, StreamsOptions options, ILogger logger)
    {
        Addresses = addresses;
        Options = options;
        (_system, _logger) = (system, logger);
        _owner = system.NewGuid();
        Numbers = new InodeNumbers(options.NumberSeed ?? system.NewGuid().ToString());
    }

    public StreamsAddresses Addresses { get; }

    public StreamsOptions Options { get; }

    public InodeNumbers Numbers { get; }

    /// <summary>A directory in the file system that messages are kept in; null where there is none.</summary>
    public FileDescriptor? Home { get; init; }

    /// <summary>The partitions whose size the kernel may keep.</summary>
    public KeptSizes KeptSizes { get; } = new();

    /// <summary>What time it is.</summary>
    public TimeProvider Clock => _system.TimeProvider;

    /// <summary>Batches that nobody uses.</summary>
    public BatchPool Batches { get; } = new();

    /// <summary>An id that no handle has.</summary>
    public HandleId NewHandle() => new(_owner, Interlocked.Increment(ref _lastHandle));

    /// <summary>An id that no other writer of the cluster has, by all chance.</summary>
    public long NewWriter() => _system.Random.NextInt64();

    /// <summary>The inode of an incarnation: the one that the kernel knows, or a new one.</summary>
    public T Inode<T>(InodeKind kind, string id, Func<T> make)
        where T : StreamInode => (T)_inodes.GetOrAdd((kind, id), _ => make());

    /// <summary>The inode of an incarnation that the kernel knows; null where it knows none.</summary>
    public StreamInode? Known(InodeKind kind, string id) => _inodes.GetValueOrDefault((kind, id));

    /// <summary>Keeps an inode that the kernel learns of.</summary>
    public void Keep(StreamInode inode) => _inodes.TryAdd((inode.Kind, inode.Id), inode);

    /// <summary>Lets go of an inode that the kernel has forgotten.</summary>
    public void LetGo(StreamInode inode) =>
        _inodes.TryRemove(KeyValuePair.Create((inode.Kind, inode.Id), inode));

    /// <summary>Remembers the end of a handle while it is under way.</summary>
    /// <param name="end">Does not fail.</param>
    public void Ending(Task end)
    {
        _ending.TryAdd(end, true);
        _ = end.ContinueWith(ended => _ending.TryRemove(ended, out _), TaskScheduler.Default);
    }

    /// <summary>Done when no end is under way that was remembered before.</summary>
    public Task EndedAsync() => Task.WhenAll(_ending.Keys);

    /// <summary>Asks an actor, and goes on with the call when it has answered; a failure answers the call.</summary>
    /// <typeparam name="TReply">The reply that is expected.</typeparam>
    /// <param name="call">The parked call.</param>
    /// <param name="actor">Who is asked.</param>
    /// <param name="request">The request.</param>
    /// <param name="answer">Answers the call.</param>
    /// <param name="refuse">Answers it after a failure; null for the failure's errno.</param>
    public void Ask<TReply>(Call call, IActorRef actor, object request, Action<TReply> answer, Func<Failure, bool>? refuse = null) =>
        _ = AskAsync(call, actor, request, answer, refuse);

    /// <summary>Asks an actor, whose turn this thread takes where it can: no lock is held. The task does not fail.</summary>
    /// <param name="actor">Who is asked.</param>
    /// <param name="request">The request.</param>
    /// <returns>The reply, whatever it is; a <see cref="Failure"/> where none came.</returns>
    public Task<object> AskAsync(IActorRef actor, object request) => ReplyAsync(actor.AskInPlace(request, Options.AskTimeout));

    /// <summary>As <see cref="AskAsync"/>, for who may hold a lock.</summary>
    /// <param name="actor">Who is asked.</param>
    /// <param name="request">The request.</param>
    /// <returns>The reply, whatever it is; a <see cref="Failure"/> where none came.</returns>
    public Task<object> AskElsewhereAsync(IActorRef actor, object request) => ReplyAsync(actor.Ask<object>(request, Options.AskTimeout));

    private static async Task<object> ReplyAsync(Task<object> asked)
    {
        try
        {
            return await asked.ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            return ErrnoTable.FailureOf(cause);
        }
    }

    /// <summary>The failure that a reply is which nobody expected.</summary>
    public static Failure FailureOf(object? reply) => reply switch
    {
        Failure failure => failure,
        Status.Failure failed => ErrnoTable.FailureOf(failed.Cause),
        _ => new Failure(Fault.Crashed, $"unexpected reply {reply}"),
    };

    /// <summary>Answers a call with a failure's errno, and logs the failure by its weight, unless an interrupt has answered it.</summary>
    public void Refuse(Call call, Failure failure, object request) => Refuse(call, failure, request, ErrnoTable.LevelOf(failure.Fault));

    /// <summary>As <see cref="Refuse(Call, Failure, object)"/>, and logs it in any case: most programs, shells among them, do not look at what a close says.</summary>
    public void RefuseAtClose(Call call, Failure failure, object request) =>
        Refuse(call, failure, request, (LogLevel)Math.Max((int)LogLevel.Warning, (int)ErrnoTable.LevelOf(failure.Fault)));

    /// <summary>Logs a failure that nobody gets as an answer, by its weight.</summary>
    public void LogFailure(Failure failure, object request) =>
        LogFailed(_logger, ErrnoTable.LevelOf(failure.Fault), failure.Cause, request, failure.Fault, failure.Reason);

    /// <summary>Says that bytes were written and are no message, when nobody is there to be told.</summary>
    public void LogLost(int bytes, Failure failure) => LogBytesLost(_logger, failure.Cause, bytes, failure.Fault, failure.Reason);

    /// <summary>Says once that a topic can't be shown.</summary>
    public void LogNotShown(StreamId stream, EntityName topic) => LogTopicNotShown(_logger, stream, topic);

    /// <summary>Says once that a stream can't be shown.</summary>
    public void LogNotShown(EntityName stream) => LogStreamNotShown(_logger, stream);

    private void Refuse(Call call, Failure failure, object request, LogLevel level)
    {
        if (call.Reply is ParkedReply { IsAnswered: true })
            return;
        var errno = ErrnoTable.ErrnoOf(failure.Fault);
        // A warning is of the disk, of load or of the caller: where the program noticed it tells nobody anything.
        LogRefused(_logger, level, level == LogLevel.Warning ? null : failure.Cause, request, errno, failure.Reason);
        call.Finish(errno);
    }

    private async Task AskAsync<TReply>(Call call, IActorRef actor, object request, Action<TReply> answer, Func<Failure, bool>? refuse)
    {
        var failure = await AskAsync(actor, request).ConfigureAwait(false) switch
        {
            TReply reply => Answered(reply),
            var other => FailureOf(other),
        };
        if (failure is not null && (refuse is null || !refuse(failure)))
            Refuse(call, failure, request);

        Failure? Answered(TReply reply)
        {
            try
            {
                answer(reply);
                return null;
            }
            catch (Exception cause)
            {
                return ErrnoTable.FailureOf(cause);
            }
        }
    }

    [LoggerMessage(Message = "{Request} was answered with {Errno}: {Reason}")]
    private static partial void LogRefused(ILogger logger, LogLevel level, Exception? cause, object request, Errno errno, string reason);

    [LoggerMessage(Message = "{Request} failed: {Fault}, {Reason}")]
    private static partial void LogFailed(ILogger logger, LogLevel level, Exception? cause, object request, Fault fault, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Bytes} bytes without an end, which were written before the last close, were not stored: {Fault}, {Reason}")]
    private static partial void LogBytesLost(ILogger logger, Exception? cause, int bytes, Fault fault, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "stream {Stream} has the topic \"{Topic}\", which is not shown: no file can have that name")]
    private static partial void LogTopicNotShown(ILogger logger, StreamId stream, EntityName topic);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the stream \"{Stream}\" is not shown: no file can have that name")]
    private static partial void LogStreamNotShown(ILogger logger, EntityName stream);
}
