using System.Diagnostics.CodeAnalysis;
using System.Text;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Actors.Tests.Streams;

/// <summary>A source of one stream, which does what a test tells it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The token source has neither timer nor handle.")]
internal sealed class FakeSource : IStreamSource
{
    public static readonly StreamId Stream = new("7");

    private readonly CancellationTokenSource _deleted = new();

    public List<string> Calls { get; } = [];

    public FakePartition Partition { get; } = new();

    public Failure? Failure { get; set; }

    public Exception? Throws { get; set; }

    public List<TopicEntry> Topics { get; } = [Entry("a", 0), Entry("b", 1)];

    public static TopicEntry Entry(string name, int number) => new(new EntityName(name), new TopicId($"{Stream}.{number}"), number, null);

    public Result<StreamTopics> OpenStream(StreamId stream) =>
        Called($"open {stream}") ?? (Result<StreamTopics>)new StreamTopics([.. Topics], DateTimeOffset.UnixEpoch, Framing.Lines, _deleted.Token);

    public Result<TopicPartitions> OpenTopic(TopicId topic) =>
        Called($"open {topic}") ?? (Result<TopicPartitions>)new TopicPartitions([new PartitionId($"{topic}.0"), new PartitionId($"{topic}.1")], _deleted.Token);

    public Result<IPartitionSource> OpenPartition(PartitionId partition) =>
        Called($"open {partition}") is { } failure ? failure : new Result<IPartitionSource>(Partition);

    public Failure? DeleteTopic(TopicId topic) => Called($"delete {topic}");

    public Failure? DeleteStream(StreamId stream)
    {
        _deleted.Cancel();
        return Called($"delete {stream}");
    }

    public void GiveBack(StreamId stream) => Calls.Add($"give back {stream}");

    private Failure? Called(string call)
    {
        Calls.Add(call);
        return Throws is null ? Failure : throw Throws;
    }
}

/// <summary>A partition whose text a test sets.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The token source has neither timer nor handle.")]
internal sealed class FakePartition : IPartitionSource
{
    private readonly CancellationTokenSource _deleted = new();

    public string Text { get; set; } = "";

    public TimeSpan? UntilNext { get; set; }

    public Failure? OpenFailure { get; set; }

    public List<FakeReader> Readers { get; } = [];

    public Exception? StatThrows { get; set; }

    public PartitionStat Stat => StatThrows is null ? new(End, DateTimeOffset.UnixEpoch, Text.Count(c => c == '\n')) : throw StatThrows;

    public PartitionDescription Description =>
        new(0, Stat.Messages, Stat.Messages, End, DateTimeOffset.UnixEpoch, null, null, Framing.Lines, 0, true);

    public long End => Text.Length;

    public bool IsEnded => _deleted.IsCancellationRequested;

    public CancellationToken Deleted => _deleted.Token;

    public Result<IPartitionReader> OpenReader()
    {
        if (OpenFailure is not null)
            return OpenFailure;
        Readers.Add(new FakeReader(this));
        return Readers[^1];
    }

    public void Delete() => _deleted.Cancel();
}

/// <summary>An open partition.</summary>
internal sealed class FakeReader(FakePartition partition) : IPartitionReader
{
    public bool IsDisposed { get; private set; }

    public PartitionStat Stat => partition.Stat;

    public long End => partition.End;

    public bool IsEnded => partition.IsEnded;

    public Fault Read(long position, Span<byte> target, out int count)
    {
        var rest = Encoding.ASCII.GetBytes(partition.Text).AsSpan((int)Math.Min(position, partition.End));
        count = Math.Min(rest.Length, target.Length);
        rest[..count].CopyTo(target);
        return Fault.None;
    }

    public Fault OffsetAt(long position, out long offset)
    {
        offset = partition.Text.Take((int)position).Count(c => c == '\n');
        return Fault.None;
    }

    public void Dispose() => IsDisposed = true;
}
