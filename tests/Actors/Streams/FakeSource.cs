using System.Text;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Actors.Tests.Streams;

/// <summary>A source of one stream, which does what a test tells it.</summary>
internal sealed class FakeSource : IStreamSource
{
    public static readonly StreamId Stream = new("7");

    public List<string> Calls { get; } = [];

    public FakePartition Partition { get; } = new();

    public FakeStream Content => field ??= new FakeStream(this);

    public FakeTopic Topic => field ??= new FakeTopic();

    public Failure? Failure { get; set; }

    public Exception? Throws { get; set; }

    public static TopicEntry Entry(string name, int number) => new(new EntityName(name), new TopicId($"{Stream}.{number}"), number, null);

    public Task<Result<ISourceStream>> OpenStream(StreamId stream) => Opened<ISourceStream>(stream.Value, Content);

    public Task<Result<ISourceTopic>> OpenTopic(TopicId topic) => Opened<ISourceTopic>(topic.Value, Topic);

    public Task<Result<IPartitionSource>> OpenPartition(PartitionId partition) => Opened<IPartitionSource>(partition.Value, Partition);

    public Task<Failure?> Called(string call)
    {
        Calls.Add(call);
        return Throws is null ? Task.FromResult(Failure) : throw Throws;
    }

    private async Task<Result<T>> Opened<T>(string id, T opened)
        where T : class => await Called($"open {id}") is { } failure ? failure : new Result<T>(opened);
}

/// <summary>A stream whose topics a test sets.</summary>
internal sealed class FakeStream(FakeSource source) : ISourceStream
{
    public bool IsEnded { get; set; }

    public DateTimeOffset CreatedAt => DateTimeOffset.UnixEpoch;

    public Framing Framing => Framing.Lines;

    public IReadOnlyList<TopicEntry> Topics { get; set; } = [FakeSource.Entry("a", 0), FakeSource.Entry("b", 1)];

    public bool Outdated { get; set; }

    public bool IsOutdated(EntityName? name) => Outdated;

    public Task<Failure?> Refresh(EntityName? name) => source.Called($"refresh {name}");

    public TopicEntry? Find(EntityName name) => Topics.FirstOrDefault(topic => topic.Name.Equals(name));

    public async Task<Result<TopicEntry>> CreateTopic(EntityName name) =>
        await source.Called($"create {name}") is { } failure ? failure : FakeSource.Entry(name.ToString(), 2);

    public Task<Failure?> RenameTopic(TopicId topic, StreamId target, EntityName name) => source.Called($"rename {topic} {target} {name}");

    public Task<Failure?> SetFraming(Framing framing) => source.Called("set framing");

    public Task<Failure?> DeleteTopic(TopicId topic) => source.Called($"delete {topic}");

    public Task<Failure?> Delete()
    {
        IsEnded = true;
        return source.Called("delete");
    }

    public void Dispose() => source.Calls.Add("give back");
}

/// <summary>A topic whose partitions a test sets.</summary>
internal sealed class FakeTopic : ISourceTopic
{
    public bool IsEnded { get; set; }

    public IReadOnlyList<PartitionId> Partitions { get; set; } = [new("7.0.0"), new("7.0.1")];

    public bool Outdated { get; set; }

    public bool IsOutdated(int? index) => Outdated;

    /// <summary>What a merged view shows.</summary>
    public FakePartition Merged { get; } = new();

    public Action? Changed { get; private set; }

    public Task<Result<TopicReply.Found>> AddPartition(int index)
    {
        Partitions = [.. Partitions, new PartitionId($"7.0.{index}")];
        return Task.FromResult<Result<TopicReply.Found>>(new TopicReply.Found(Partitions[index]));
    }

    public Task<Failure?> Sync() => Task.FromResult<Failure?>(null);

    public Task<Result<IPartitionReader>> OpenMerged(ViewKind kind, StartPlace? start, Action changed)
    {
        Changed = changed;
        return Merged.OpenReader(default);
    }

    public Task<Result<TopicReply.Cursors>> ListCursors() =>
        Task.FromResult<Result<TopicReply.Cursors>>(new TopicReply.Cursors([new EntityName("c")]));
}

/// <summary>A partition whose text a test sets, or appends to.</summary>
internal sealed class FakePartition : IPartitionSource
{
    private readonly List<Action> _watchers = [];

    public string Text { get; set; } = "";

    public TimeSpan? UntilNext { get; set; }

    public bool HandsOver { get; set; }

    public Failure? OpenFailure { get; set; }

    public List<FakeReader> Readers { get; } = [];

    public Exception? StatThrows { get; set; }

    public Exception? EndThrows { get; set; }

    public bool IsEnded { get; set; }

    public bool IsComplete { get; set; } = true;

    public Failure? Stalled { get; set; }

    /// <summary>How often its readers were told that somebody waits for what is yet to come.</summary>
    public int Awaits { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>The appends that wait to be ended by the test, where <see cref="HoldsAppends"/> is set.</summary>
    public Queue<TaskCompletionSource<Result<PartitionReply.Appended>>> Appends { get; } = new();

    public bool HoldsAppends { get; set; }

    public PartitionStat Now => new(Text.Length, DateTimeOffset.UnixEpoch, Messages);

    private int Messages => Text.Count(c => c == '\n');

    public IDisposable Watch(Action changed)
    {
        _watchers.Add(changed);
        return new Unwatch(() => _watchers.Remove(changed));
    }

    public Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start) =>
        StatThrows is null ? Given(new PartitionReply.Found(ViewId.Default, Now)) : throw StatThrows;

    public Task<Result<PartitionReply.Stated>> Stat(ViewId view) =>
        StatThrows is null ? Given(new PartitionReply.Stated(Now)) : throw StatThrows;

    public Task<Result<PartitionReply.Described>> Describe() => Given(new PartitionReply.Described(
        new(0, Messages, Messages, Text.Length, DateTimeOffset.UnixEpoch, null, null, Framing.Lines, 0, true)));

    public Task<Result<IPartitionReader>> OpenReader(ViewId view)
    {
        if (OpenFailure is not null)
            return Task.FromResult<Result<IPartitionReader>>(OpenFailure);
        Readers.Add(new FakeReader(this));
        return Task.FromResult(new Result<IPartitionReader>(Readers[^1]));
    }

    public Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind) => OpenReader(default);

    public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch)
    {
        var added = string.Concat(Enumerable.Range(0, batch.Count).Select(i => Encoding.ASCII.GetString(batch[i].Value!.Value.Span) + "\n"));
        if (!HoldsAppends)
            return Given(new PartitionReply.Appended(Add(added)));
        var held = new TaskCompletionSource<Result<PartitionReply.Appended>>();
        Appends.Enqueue(held);
        return held.Task;
    }

    public Task<Failure?> Sync() => Task.FromResult<Failure?>(null);

    public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor) => Given(new PartitionReply.CursorAt(new CursorState(1, 2)));

    public Task<Failure?> CreateCursor(EntityName cursor) => Task.FromResult<Failure?>(null);

    public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place) => Task.FromResult<Failure?>(null);

    public Task<Failure?> Acknowledge(EntityName cursor, long offset) => Task.FromResult<Failure?>(null);

    public Task<Failure?> ForgetCursor(EntityName cursor) => Task.FromResult<Failure?>(null);

    public void Delete()
    {
        IsEnded = true;
        Raise();
    }

    public void Raise()
    {
        foreach (var watcher in _watchers.ToArray())
            watcher();
    }

    public void Dispose() => IsDisposed = true;

    private int Add(string added)
    {
        var first = Messages;
        Text += added;
        return first;
    }

    private static Task<Result<T>> Given<T>(T reply)
        where T : class => Task.FromResult<Result<T>>(reply);

    private sealed class Unwatch(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

/// <summary>An open partition.</summary>
internal sealed class FakeReader(FakePartition partition) : IPartitionReader
{
    public bool IsDisposed { get; private set; }

    public PartitionStat Stat => partition.Now;

    public long End => partition.EndThrows is null ? partition.Text.Length : throw partition.EndThrows;

    public bool IsEnded => partition.IsEnded;

    public bool IsComplete => partition.IsComplete;

    public Failure? Stalled => partition.Stalled;

    public bool IsLetGo { get; private set; }

    public void Awaited() => partition.Awaits++;

    public void LetGo() => IsLetGo = true;

    public Fault Read(long position, Span<byte> target, out int count)
    {
        var rest = Encoding.ASCII.GetBytes(partition.Text).AsSpan((int)Math.Min(position, End));
        count = Math.Min(rest.Length, target.Length);
        rest[..count].CopyTo(target);
        return Fault.None;
    }

    public MessagePlace MessageAt(long position) => new(Fault.None, partition.Text.Take((int)position).Count(c => c == '\n'));

    public void Dispose() => IsDisposed = true;
}
