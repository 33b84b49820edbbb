using System.Text;
using System.Text.Unicode;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// Streams of a log directory. Names are looked up in the table as it is at that moment, so that every change is seen by
/// everyone at once.
/// </summary>
public sealed class LogSource : IStreamSource, IStreamVolume
{
    private const int MostAtATime = 100;

    private readonly LogSourceOptions _options;
    private (NamesSnapshot Names, IReadOnlyList<StreamEntry> Entries)? _streams;

    /// <summary>Makes the source.</summary>
    /// <param name="store">The log directory; whoever opened it closes it.</param>
    /// <param name="options">How the streams are.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="continuations">Where work goes on that waited for the log.</param>
    public LogSource(LogStore store, LogSourceOptions options, TimeProvider clock, TaskScheduler continuations)
    {
        Store = store;
        _options = options;
        Clock = clock;
        After = new Continuations(continuations);
        Held = new HeldPartitions(options.MaxHeld);
        Open = new OpenPartitions(options.MaxOpen);
        Batches = new BatchPool(options.MessageMaxBytes, clock);
    }

    /// <inheritdoc/>
    public IReadOnlyList<StreamEntry> Streams
    {
        get
        {
            var names = Store.Names;
            if (_streams is { } known && ReferenceEquals(known.Names, names))
                return known.Entries;
            StreamEntry[] entries = [.. names.StreamNames.Values.Select(id => LogEntries.Of(names.Streams[id]))];
            _streams = (names, entries);
            return entries;
        }
    }

    internal LogStore Store { get; }

    internal Continuations After { get; }

    /// <summary>The names as they are now.</summary>
    internal NamesSnapshot Names => _options.Names?.Now ?? Store.Names;

    /// <summary>Whether the log itself says which named cursors there are.</summary>
    internal bool HasOwnCursors => _options.Names is null;

    /// <summary>Whether what this host knows may be told.</summary>
    internal bool MayAnswer => _options.MayAnswer?.Invoke() != false;

    internal Watchers Watchers { get; } = new();

    internal BatchPool Batches { get; }

    internal HeldPartitions Held { get; }

    internal OpenPartitions Open { get; }

    internal TimeProvider Clock { get; }

    private int AtATime => Math.Clamp(_options.MaxActive / 2, 1, MostAtATime);

    internal bool GivesFiles => _options.GivesFiles;

    /// <inheritdoc/>
    public StreamEntry? Find(EntityName name) =>
        TextOf(name) is { } text && Store.Names.Stream(text) is { } stream ? LogEntries.Of(stream) : null;

    /// <inheritdoc/>
    public Task<Result<StreamEntry>> CreateStream(EntityName name)
    {
        if (TextOf(name) is not { } text)
            return Task.FromResult<Result<StreamEntry>>(NotText);
        return After.Then(
            Store.ChangeNamesAsync(names => names.CreateStream(text, _options.Framing)),
            made => made.Succeeded ? LogEntries.Of(made.Value) : (Result<StreamEntry>)LogFailures.FailureOf(made.Fault));
    }

    /// <inheritdoc/>
    public Task<Failure?> RenameStream(StreamId stream, EntityName name)
    {
        if (TextOf(name) is not { } text)
            return Task.FromResult<Failure?>(NotText);
        return LogIds.TryParse(stream, out var id) ? Change(names => names.RenameStream(id, text)) : NotMine(stream);
    }

    /// <inheritdoc/>
    public Task<Result<ISourceStream>> OpenStream(StreamId stream) => Task.FromResult<Result<ISourceStream>>(
        LogIds.TryParse(stream, out var id) && Store.Names.Streams.TryGetValue(id, out var named)
            ? new LogStream(this, named)
            : new Failure(Fault.Deleted, $"there is no stream {stream}"));

    /// <inheritdoc/>
    public Task<Result<ISourceTopic>> OpenTopic(TopicId topic) => Task.FromResult<Result<ISourceTopic>>(
        LogIds.TryParse(topic, out var id) && Store.Names.Topics.TryGetValue(id, out var named)
            ? new LogTopic(this, named)
            : new Failure(Fault.Deleted, $"there is no topic {topic}"));

    /// <inheritdoc/>
    public Task<Result<IPartitionSource>> OpenPartition(PartitionId partition)
    {
        if (!LogIds.TryParse(partition, out var id, out var index) || !Store.Names.Topics.TryGetValue(id, out var topic) ||
            index >= topic.Partitions.Length)
            return Task.FromResult<Result<IPartitionSource>>(new Failure(Fault.Deleted, $"there is no partition {partition}"));
        return After.Then(Store.OpenReaderAsync(topic.Partitions[index]), opened =>
        {
            if (!opened.Succeeded)
                return (Result<IPartitionSource>)LogFailures.OfIncarnation(opened.Fault);
            var made = new LogPartition(this, topic, topic.Partitions[index]);
            made.Hold(opened.Value);
            return made;
        });
    }

    /// <summary>The id of a topic's partition.</summary>
    /// <param name="topic">The topic's id.</param>
    /// <param name="index">The partition's number.</param>
    public static PartitionId PartitionOf(ulong topic, int index) => LogIds.Partition(topic, index);

    /// <summary>Removes a partition that has no name any more, and tells those who wait for more of it; one that is not there is fine.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Null, or why not.</returns>
    public async Task<LogFault?> RemovePartition(IncarnationId id)
    {
        var fault = await Store.DeleteAsync(id).ConfigureAwait(false);
        Watchers.Raise(id, null);
        return fault is { Error: LogError.NotFound } ? null : fault;
    }

    /// <summary>A name as the table of names has it; null where it is no UTF-8.</summary>
    internal static string? TextOf(EntityName name) => Utf8.IsValid(name.Bytes) ? Encoding.UTF8.GetString(name.Bytes) : null;

    /// <summary>Why a name can't be given.</summary>
    internal static Failure NotText => new(Fault.Invalid, "a name in a log is UTF-8");

    /// <summary>Why something is not done to what no log has.</summary>
    internal static Task<Failure?> NotMine(object id) => Task.FromResult<Failure?>(new Failure(Fault.NotFound, $"no log has {id}"));

    /// <summary>Changes names.</summary>
    internal Task<Failure?> Change(Func<LogCatalog, LogFault?> change) =>
        After.Then(Store.ChangeNamesAsync(change), fault => fault is null ? null : LogFailures.FailureOf(fault));

    /// <summary>
    /// Makes the partitions of a new topic, so many at a time that there never are many more open than may be, and that
    /// others' appends come between.
    /// </summary>
    /// <param name="framing">How their messages become bytes.</param>
    /// <param name="made">Gets their ids.</param>
    /// <returns>Null, or why not all.</returns>
    internal Task<LogFault?> MakePartitions(Framing framing, List<IncarnationId> made)
    {
        var count = Math.Min(AtATime, _options.Partitions - made.Count);
        if (count == 0)
            return Task.FromResult<LogFault?>(null);
        return After.Bind(MakeRoom(count), tried => After.Bind(MakeSome(count, framing), some =>
        {
            if (!some.Succeeded)
                return Task.FromResult<LogFault?>(some.Fault);
            made.AddRange(some.Value);
            foreach (var id in some.Value)
                _ = Store.PassivateAsync(id).AsTask();
            return MakePartitions(framing, made);
        }));
    }

    private Task<LogResult<IReadOnlyList<IncarnationId>>> MakeSome(int count, Framing framing) =>
        Store.ChangeNamesAsync(names => names.MakePartitions(count, framing)).AsTask();

    /// <summary>Lets partitions be closed that nobody uses, where new ones would be too many; it is tried, and that is enough.</summary>
    internal Task<LogFault?> MakeRoom(int count) => Store.ActiveCount + count <= _options.MaxActive
        ? Task.FromResult<LogFault?>(null)
        : Store.CheckpointAsync().AsTask();

    /// <summary>
    /// Takes names out of the table, and then removes the partitions that had them, so many at a time that others' appends
    /// come between. Who waits for more of them is told.
    /// </summary>
    /// <param name="forget">Takes out the names.</param>
    /// <returns>Null, or why not.</returns>
    internal Task<Failure?> Delete(Func<LogCatalog, LogResult<IReadOnlyList<IncarnationId>>> forget)
    {
        var forgotten = Store.ChangeNamesAsync(forget).AsTask();
        return After.Bind(forgotten, nameless => nameless.Succeeded
            ? Remove(nameless.Value.ToArray())
            : Task.FromResult<Failure?>(LogFailures.FailureOf(nameless.Fault)));
    }

    private Task<Failure?> Remove(ArraySegment<IncarnationId> nameless)
    {
        var some = nameless[..Math.Min(AtATime, nameless.Count)];
        if (some.Count == 0)
            return Task.FromResult<Failure?>(null);
        var removed = Store.ChangeNamesAsync(names => names.DropPartitions(some)).AsTask();
        return After.Bind(removed, fault =>
        {
            foreach (var id in some)
                Watchers.Raise(id, null);
            return fault is null ? Remove(nameless[some.Count..]) : Task.FromResult<Failure?>(LogFailures.FailureOf(fault));
        });
    }
}
