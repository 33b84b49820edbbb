using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;

namespace StreamActors.Sources.Simulated;

/// <summary>
/// Simulated streams: JSON files whose messages are released one after the other. A file's content is an incarnation;
/// other content, or another file in its place, is another one. Memory holds the content that is in use and a cache of
/// bounded size; the rest is read again when it is wanted, if the file still is the same.
/// </summary>
public sealed partial class SimulatedSource : IStreamSource, ISimulatedCatalog
{
    /// <summary>Files that are remembered to be streams or not.</summary>
    public const int MaxFiles = 1 << 16;

    private const int GateCount = 64;

    private readonly SimulatedOptions _options;
    private readonly TimeProvider _time;
    private readonly IReleaseClock _clock;
    private readonly Framing _framing;
    private readonly ILogger _logger;
    private readonly SimulatedCatalog _catalog = new(MaxFiles);
    private readonly ContentCache _cache;
    private readonly SimulatedSharing? _sharing;

    // One reads a file at a time, so that many that ask for it at once do not all parse it.
    private readonly Lock[] _gates = [.. Enumerable.Range(0, GateCount).Select(_ => new Lock())];

    /// <summary>Makes the source; the release starts now.</summary>
    /// <param name="options">How the streams behave.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told why files stay ordinary ones.</param>
    /// <param name="sharing">What other hosts know of the same files; null where no other host shows them.</param>
    public SimulatedSource(SimulatedOptions options, TimeProvider time, ILogger logger, SimulatedSharing? sharing = null)
    {
        _options = options;
        _time = time;
        _clock = sharing?.Clock ?? new ReleaseClock(time, options.Interval);
        _framing = new Framing([], false, [], options.Separator.Span);
        _logger = logger;
        _cache = new ContentCache(options.CacheBytes);
        _sharing = sharing;
        if (sharing is not null)
            sharing.Streams.Changed = FollowOthers;
    }

    /// <inheritdoc/>
    public CatalogReply? Find(ISimulatedFile file)
    {
        if (_catalog.FindKnown(file.Version) is not { } entry)
            return null;
        // Another host may have seen that the file is another stream by now.
        return entry.Stream is { } stream && _sharing?.Streams.IsAt(file.Path, stream.Id) == false ? null : ReplyOf(entry);
    }

    /// <summary>Which stream a file is, reading it where that is not known; may block.</summary>
    /// <param name="file">The file, just looked up.</param>
    /// <returns>
    /// While somebody writes it: what it was before, or an ordinary file. A failure where it is gone, or can't be read for
    /// the moment.
    /// </returns>
    public Result<CatalogReply> Resolve(ISimulatedFile file)
    {
        lock (GateOf(file.Path))
        {
            if (Find(file) is { } known)
                return known;
            var readAt = _time.GetUtcNow();
            return file.Read(_options.MaxBytes) switch
            {
                FileReadResult.Content content => Decide(file, content, readAt),
                FileReadResult.BeingWritten => Former(file),
                FileReadResult.TooLarge large => ReplyOf(Ordinary(file, $"its {large.Size} bytes are more than the {_options.MaxBytes} that are read")),
                FileReadResult.Failed failed when IsLasting(failed.Errno) => ReplyOf(Ordinary(file, $"it can't be read (error {failed.Errno})")),
                FileReadResult.Failed failed => new Failure(SystemError.FaultOf(failed.Errno), $"{file.Path} can't be read (error {failed.Errno})"),
                _ => throw new InvalidOperationException("a file read gave an unknown result"),
            };
        }
    }

    Task<Result<ISourceStream>> IStreamSource.OpenStream(StreamId stream) => Task.FromResult(OpenStream(stream));

    Task<Result<ISourceTopic>> IStreamSource.OpenTopic(TopicId topic) => Task.FromResult(OpenTopic(topic));

    async Task<Result<IPartitionSource>> IStreamSource.OpenPartition(PartitionId partition) =>
        await _clock.CatchUp().ConfigureAwait(false) is { } failure ? failure : OpenPartition(partition);

    /// <summary>A stream; may block.</summary>
    /// <param name="stream">Its id.</param>
    /// <returns>The stream, or why it can't be had.</returns>
    public Result<ISourceStream> OpenStream(StreamId stream)
    {
        var (life, content, failure) = Load(stream);
        if (failure is not null)
            return failure;
        var topics = content!.Topics.Select((topic, index) => EntryOf(stream, topic.Name, content.Numbers[index]));
        return new SimulatedStream(this, life!, [.. topics], _clock.StartedAt, _framing);
    }

    /// <summary>A topic.</summary>
    /// <param name="topic">Its id.</param>
    /// <returns>The topic, or why it can't be had.</returns>
    public Result<ISourceTopic> OpenTopic(TopicId topic)
    {
        var (stream, number) = (SimulatedIds.StreamOf(topic), SimulatedIds.NumberOf(topic));
        if (FindEntry(stream)?.Stream is not { } life)
            return NotKnown(stream);
        return life.Numbers.Contains(number)
            ? new SimulatedTopicSource(life.OfTopic(number), SimulatedIds.Partition(topic))
            : new Failure(Fault.Deleted, $"topic {topic} was deleted");
    }

    /// <summary>A partition; may block.</summary>
    /// <param name="partition">Its id.</param>
    /// <returns>The partition, or why it can't be opened.</returns>
    public Result<IPartitionSource> OpenPartition(PartitionId partition)
    {
        if (SimulatedIds.IndexOf(partition) != SimulatedIds.OnlyIndex)
            return new Failure(Fault.NotFound, "a simulated topic has one partition, 0");
        var id = SimulatedIds.TopicOf(partition);
        var stream = SimulatedIds.StreamOf(id);
        var topic = LoadTopic(id);
        if (topic.Failure is not null || _catalog.Find(stream)?.Stream is not { } life)
            return topic.Failure ?? NotKnown(stream);
        return new SimulatedPartition(topic.Value!.Schedule, _clock, life.OfTopic(SimulatedIds.NumberOf(id)), _framing, () => LoadTopic(id));
    }

    /// <summary>Says that a stream is idle: what is kept in memory for it may be given back.</summary>
    /// <param name="stream">The stream.</param>
    public void GiveBack(StreamId stream) => _cache.Remove(stream);

    private static TopicEntry EntryOf(StreamId stream, EntityName name, int number)
    {
        var topic = SimulatedIds.Topic(stream, number);
        return new TopicEntry(name, topic, number, SimulatedIds.Partition(topic));
    }

    private static CatalogReply ReplyOf(CatalogEntry entry) =>
        entry.Stream is { } stream ? new CatalogReply.Stream(stream.Id) : new CatalogReply.Ordinary();

    private static Failure NotKnown(StreamId stream) => new(Fault.Stale, $"stream {stream} is not known any more");

    /// <summary>Whether the file stays unreadable until it changes.</summary>
    private static bool IsLasting(int errno) => SystemError.FaultOf(errno) is Fault.AccessDenied or Fault.NotPermitted;

    /// <summary>
    /// Whether times that were read then tell of every later change. Only the time of the status change is asked: no user
    /// can set it, and every write moves it. Kernels move it in steps of up to 10 ms, some file systems of 1 or 2 s.
    /// </summary>
    private static bool IsSettled(FileVersion version, DateTimeOffset readAt)
    {
        const long NanosecondsPerSecond = 1_000_000_000;
        var step = version.ChangedAt % NanosecondsPerSecond == 0 ? 2 * NanosecondsPerSecond : NanosecondsPerSecond / 10;
        return (readAt - DateTimeOffset.UnixEpoch).Ticks * 100 - version.ChangedAt >= step;
    }

    private Lock GateOf(string path)
    {
        var hash = 0u;
        foreach (var unit in path)
            hash = (hash * 31) + unit;
        return _gates[hash % GateCount];
    }

    private Result<CatalogReply> Decide(ISimulatedFile file, FileReadResult.Content content, DateTimeOffset readAt)
    {
        var entry = new CatalogEntry
        {
            File = file,
            Path = file.Path,
            Version = content.Version,
            IsTrusted = IsSettled(content.Version, readAt),
            Hash = SHA256.HashData(content.Bytes.Span),
        };
        if (_sharing is null && _catalog.Find(content.Version) is { } former && former.Hash.Span.SequenceEqual(entry.Hash.Span))
        {
            entry = entry with { Stream = former.Stream };
        }
        else if (SimulatedStreamReader.Read(content.Bytes.Span, _options.Separator.Span, out var error) is { } document)
        {
            var begun = _sharing is null ? Begin(document) : Begin(_sharing.Streams, file.Path, entry.Hash, document);
            if (begun.Value is not { } life)
                return begun.Failure!;
            entry = entry with { Stream = life };
        }
        else
        {
            LogOrdinary(_logger, file.Path, error!.ToString());
        }
        _catalog.Put(entry);
        return ReplyOf(entry);
    }

    private StreamLife Begin(SimulatedDocument document)
    {
        var life = new StreamLife(_catalog.NewStream(), [.. Enumerable.Range(0, document.Topics.Count)]);
        _cache.Put(life.Id, new SimulatedContent(document.Topics, life.Numbers));
        return life;
    }

    private CatalogEntry Ordinary(ISimulatedFile file, string reason)
    {
        LogOrdinary(_logger, file.Path, reason);
        var entry = new CatalogEntry { File = file, Path = file.Path, Version = file.Version, IsTrusted = true, Hash = default };
        _catalog.Put(entry);
        return entry;
    }

    /// <summary>What a file was that is being written: the content before, if it still can be had.</summary>
    private CatalogReply Former(ISimulatedFile file) =>
        (_catalog.Find(file.Version) ?? _catalog.Find(file.Path)) is { Stream: { } stream } entry && _cache.Find(stream.Id) is not null
            ? ReplyOf(entry)
            : new CatalogReply.Ordinary();

    private Result<SimulatedTopic> LoadTopic(TopicId topic)
    {
        var (_, content, failure) = Load(SimulatedIds.StreamOf(topic));
        if (failure is not null)
            return failure;
        return content!.Find(SimulatedIds.NumberOf(topic)) is { } found ? found : new Failure(Fault.Deleted, $"topic {topic} was deleted");
    }

    private (StreamLife? Life, SimulatedContent? Content, Failure? Failure) Load(StreamId stream)
    {
        if (FindEntry(stream) is not { Stream: { } life } found)
            return (null, null, NotKnown(stream));
        lock (GateOf(found.Path))
        {
            if (_cache.Find(stream) is { } cached)
                return (life, cached, null);
            var read = ReadUnchanged(stream);
            if (read.Failure is not null)
                return (null, null, read.Failure);
            var document = SimulatedStreamReader.Read(read.Value!.Bytes.Span, _options.Separator.Span, out _)
                ?? throw new InvalidOperationException("bytes that were a stream are none any more");
            var content = new SimulatedContent(document.Topics, NumbersIn(life, read.Value.Bytes.Span));
            _cache.Put(stream, content);
            return (life, content, null);
        }
    }

    /// <summary>Reads a stream's file, where it still has the stream's content.</summary>
    private Result<FileReadResult.Content> ReadUnchanged(StreamId stream)
    {
        if (_catalog.Find(stream) is not { } entry)
            return NotKnown(stream);
        var readAt = _time.GetUtcNow();
        switch (entry.File.Read(_options.MaxBytes))
        {
            case FileReadResult.Content content when SHA256.HashData(content.Bytes.Span) is var hash && IsStill(entry, hash):
                if (content.Version != entry.Version || !entry.IsTrusted)
                    _catalog.Put(entry with { Version = content.Version, IsTrusted = IsSettled(content.Version, readAt), Hash = hash });
                return content;
            case FileReadResult.BeingWritten:
                return new Failure(Fault.Busy, $"{entry.Path} is being written");
            case FileReadResult.Failed failed when failed.Errno != SystemError.NoEntry:
                return new Failure(SystemError.FaultOf(failed.Errno), $"{entry.Path} can't be read (error {failed.Errno})");
            default:
                return new Failure(Fault.Stale, $"{entry.Path} is no longer the file that was stream {stream}");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} stays an ordinary file: {Reason}")]
    private static partial void LogOrdinary(ILogger logger, string path, string reason);
}
