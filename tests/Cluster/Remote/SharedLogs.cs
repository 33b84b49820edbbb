using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>Partitions in memory that all hosts reach, as they would a directory that they share. Appends take their time.</summary>
internal sealed class SharedLogs(TimeProvider time, TimeSpan appendTime)
{
    private readonly SortedDictionary<string, Log> _logs = new(StringComparer.Ordinal);

    public Log this[string id]
    {
        get
        {
            if (!_logs.TryGetValue(id, out var log)) _logs.Add(id, log = new Log(time, appendTime));
            return log;
        }
    }

    /// <summary>One partition.</summary>
    internal sealed class Log(TimeProvider time, TimeSpan appendTime)
    {
        private readonly Dictionary<WriterStamp, long> _known = [];

        public List<byte> Bytes { get; } = [];

        public List<byte[]> Messages { get; } = [];

        public List<MessageSpan> Spans { get; } = [];

        /// <summary>What those get who open it; null for a reader.</summary>
        public Failure? Refusal { get; set; }

        public event Action? Changed;

        public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch)
        {
            var done = new TaskCompletionSource<Result<PartitionReply.Appended>>();
            time.CreateTimer(_ => done.SetResult(Commit(batch)), null, appendTime, Timeout.InfiniteTimeSpan);
            return done.Task;
        }

        private Result<PartitionReply.Appended> Commit(MessageBatch batch)
        {
            if (batch.Stamp is { } stamp)
            {
                if (_known.TryGetValue(stamp, out var first)) return new PartitionReply.Appended(first);
                _known.Add(stamp, Messages.Count);
            }
            var appended = new PartitionReply.Appended(Messages.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                Messages.Add(batch[i].Value!.Value.ToArray());
                Spans.Add(new MessageSpan(batch[i].Timestamp ?? time.GetUtcNow().ToUnixTimeMilliseconds(), Bytes.Count, Messages[^1].Length + 1));
                Bytes.AddRange(batch[i].Value!.Value.Span);
                Bytes.Add((byte)'\n');
            }
            Changed?.Invoke();
            return appended;
        }
    }
}

/// <summary>The logs as one host has them.</summary>
internal sealed class SharedSource(SharedLogs logs) : IStreamSource
{
    public Task<Result<ISourceStream>> OpenStream(StreamId stream) => throw new NotSupportedException();

    public Task<Result<ISourceTopic>> OpenTopic(TopicId topic) => Task.FromResult(new Result<ISourceTopic>(new Topic(topic)));

    public Task<Result<IPartitionSource>> OpenPartition(PartitionId partition) =>
        Task.FromResult(new Result<IPartitionSource>(new Partition(logs[partition.Value])));

    private sealed class Partition(SharedLogs.Log log) : IPartitionSource
    {
        private static readonly Failure None = new(Fault.NotPermitted, "there are no cursors");

        public bool IsEnded => false;

        public TimeSpan? UntilNext => null;

        public IDisposable Watch(Action changed)
        {
            log.Changed += changed;
            return new Watching(() => log.Changed -= changed);
        }

        public Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start) =>
            Task.FromResult<Result<PartitionReply.Found>>(new PartitionReply.Found(ViewId.Default, new Reader(log).Stat));

        public Task<Result<PartitionReply.Stated>> Stat(ViewId view) =>
            Task.FromResult<Result<PartitionReply.Stated>>(new PartitionReply.Stated(new Reader(log).Stat));

        public Task<Result<PartitionReply.Described>> Describe() => Task.FromResult<Result<PartitionReply.Described>>(None);

        public Task<Result<IPartitionReader>> OpenReader(ViewId view) =>
            Task.FromResult(log.Refusal is { } refusal ? refusal : new Result<IPartitionReader>(new Reader(log)));

        public Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind) => Task.FromResult<Result<IPartitionReader>>(None);

        public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch) => log.Append(batch);

        public Task<Failure?> Sync() => Task.FromResult<Failure?>(null);

        public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor) => Task.FromResult<Result<PartitionReply.CursorAt>>(None);

        public Task<Failure?> CreateCursor(EntityName cursor) => Task.FromResult<Failure?>(None);

        public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place) => Task.FromResult<Failure?>(None);

        public Task<Failure?> Acknowledge(EntityName cursor, long offset) => Task.FromResult<Failure?>(None);

        public Task<Failure?> ForgetCursor(EntityName cursor) => Task.FromResult<Failure?>(None);

        public void Dispose()
        {
        }
    }

    private sealed class Reader(SharedLogs.Log log) : IPartitionReader
    {
        public PartitionStat Stat => new(log.Bytes.Count, DateTimeOffset.UnixEpoch, log.Messages.Count);

        public long End => log.Bytes.Count;

        public bool IsEnded => false;

        public Fault Read(long position, Span<byte> target, out int count)
        {
            count = (int)Math.Clamp(End - position, 0, target.Length);
            for (var i = 0; i < count; i++) target[i] = log.Bytes[(int)position + i];
            return Fault.None;
        }

        public MessagePlace MessageAt(long position) => new(Fault.None, log.Bytes.Take((int)position).Count(value => value == '\n'));

        public Fault ReadSpans(long message, Span<MessageSpan> target, out int count)
        {
            count = (int)Math.Clamp(log.Spans.Count - message, 0, target.Length);
            for (var i = 0; i < count; i++) target[i] = log.Spans[(int)message + i];
            return Fault.None;
        }

        public void Dispose()
        {
        }
    }

    /// <summary>A topic of six partitions.</summary>
    private sealed class Topic(TopicId id) : ISourceTopic
    {
        public bool IsEnded => false;

        public IReadOnlyList<PartitionId> Partitions => [.. Enumerable.Range(0, 6).Select(i => new PartitionId($"{id}.{i}"))];

        public Task<Result<TopicReply.Found>> AddPartition(int index) => throw new NotSupportedException();

        public Task<Failure?> Sync() => throw new NotSupportedException();

        public Task<Result<IPartitionReader>> OpenMerged(ViewKind kind, StartPlace? start, Action changed) => throw new NotSupportedException();

        public Task<Result<TopicReply.Cursors>> ListCursors() => throw new NotSupportedException();
    }

    private sealed class Watching(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
