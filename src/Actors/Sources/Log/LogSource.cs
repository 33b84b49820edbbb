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
            StreamEntry[] entries = [.. names.StreamNames.Values.Select(id => LogEntries.Of(names.Streams[id], Prefix))];
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

    internal bool GivesFiles => _options.GivesFiles;

    internal string Prefix => _options.IdPrefix;

    internal int PartitionsOfNewTopics => _options.Partitions;

    /// <inheritdoc/>
    public StreamEntry? Find(EntityName name) =>
        TextOf(name) is { } text && Store.Names.Stream(text) is { } stream ? LogEntries.Of(stream, Prefix) : null;

    /// <inheritdoc/>
    public Task<Result<StreamEntry>> CreateStream(EntityName name)
    {
        if (TextOf(name) is not { } text)
            return Task.FromResult<Result<StreamEntry>>(NotText);
        return After.Then(
            Store.ChangeNamesAsync(names => names.CreateStream(text, _options.Framing)),
            made => made.Succeeded ? LogEntries.Of(made.Value, Prefix) : (Result<StreamEntry>)LogFailures.FailureOf(made.Fault));
    }

    /// <inheritdoc/>
    public Task<Failure?> RenameStream(StreamId stream, EntityName name)
    {
        if (TextOf(name) is not { } text)
            return Task.FromResult<Failure?>(NotText);
        return LogIds.TryParse(stream, out var id, Prefix) ? Change(names => names.RenameStream(id, text)) : NotMine(stream);
    }

    /// <inheritdoc/>
    public Task<Result<ISourceStream>> OpenStream(StreamId stream) => Task.FromResult<Result<ISourceStream>>(
        LogIds.TryParse(stream, out var id, Prefix) && Store.Names.Streams.TryGetValue(id, out var named)
            ? new LogStream(this, named)
            : new Failure(Fault.Deleted, $"there is no stream {stream}"));

    /// <inheritdoc/>
    public Task<Result<ISourceTopic>> OpenTopic(TopicId topic) => Task.FromResult<Result<ISourceTopic>>(
        LogIds.TryParse(topic, out var id, Prefix) && Store.Names.Topics.TryGetValue(id, out var named)
            ? new LogTopic(this, named)
            : new Failure(Fault.Deleted, $"there is no topic {topic}"));

    /// <inheritdoc/>
    public Task<Result<IPartitionSource>> OpenPartition(PartitionId partition)
    {
        if (!LogIds.TryParse(partition, out var id, out var index, Prefix) || !Store.Names.Topics.TryGetValue(id, out var topic) ||
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
    /// <param name="prefix">What all ids of the volume begin with.</param>
    public static PartitionId PartitionOf(ulong topic, int index, string prefix) => LogIds.Partition(topic, index, prefix);

    /// <summary>Removes a partition that has no name any more, and tells those who wait for more of it; one that is not there is fine.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Null, or why not.</returns>
    public async Task<LogFault?> RemovePartition(IncarnationId id)
    {
        var fault = await After.On(Store.DeleteAsync(id)).ConfigureAwait(false);
        Watchers.Raise(id, null);
        return fault is { Error: LogError.NotFound } ? null : fault;
    }

    /// <summary>A name as the table of names has it; null where it is no UTF-8.</summary>
    internal static string? TextOf(EntityName name) => Utf8.IsValid(name.Bytes) ? Encoding.UTF8.GetString(name.Bytes) : null;

    /// <summary>Why a name can't be given.</summary>
    internal static Failure NotText => new(Fault.Invalid, "a name in a log is UTF-8");

    /// <summary>Why something is not done to what no log has.</summary>
    internal static Task<Failure?> NotMine(object id) => Task.FromResult<Failure?>(new Failure(Fault.NotFound, $"no log has {id}"));

    /// <summary>Why nothing is deleted where that is not allowed.</summary>
    internal static Failure NoDelete => new(Fault.NotPermitted, "the settings of the volume do not allow deletes");

    /// <summary>Changes names.</summary>
    internal Task<Failure?> Change(Func<LogCatalog, LogFault?> change) =>
        After.Then(Store.ChangeNamesAsync(change), fault => fault is null ? null : LogFailures.FailureOf(fault));

    /// <summary>
    /// Takes names out of the table; the partitions that had them go in the background, and who waits for more of one is told
    /// when it is gone.
    /// </summary>
    /// <param name="forget">Takes out the names.</param>
    /// <returns>Null, or why not.</returns>
    internal Task<Failure?> Delete(Func<LogCatalog, LogResult<IReadOnlyList<IncarnationId>>> forget) => !_options.MayDelete
        ? Task.FromResult<Failure?>(NoDelete)
        : After.Then(Store.ChangeNamesAsync(forget), nameless =>
        {
            if (!nameless.Succeeded)
                return LogFailures.FailureOf(nameless.Fault);
            Store.RemoveLater(nameless.Value, id => Watchers.Raise(id, null));
            return null;
        });
}
