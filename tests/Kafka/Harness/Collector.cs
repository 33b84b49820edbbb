using System.Text;

namespace StreamActors.Kafka.Tests;

/// <summary>Takes messages of a partition, and lets a test wait for them.</summary>
internal sealed class Collector : IFetchSink
{
    /// <summary>No wait of a test takes longer; one that does fails.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly object _gate = new();
    private readonly List<FetchedMessage> _messages = [];
    private long _end = -1;
    private Failure? _failure;

    public IReadOnlyList<FetchedMessage> Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public IEnumerable<string> Values => Messages.Select(message => Encoding.UTF8.GetString(message.Message.Value.GetValueOrDefault().Span));

    public void Take(IReadOnlyList<FetchedMessage> messages)
    {
        lock (_gate)
        {
            _messages.AddRange(messages.Select(Copy));
            Monitor.PulseAll(_gate);
        }
    }

    public void ReachedEnd(long next)
    {
        lock (_gate)
        {
            _end = next;
            Monitor.PulseAll(_gate);
        }
    }

    public void Failed(Failure failure)
    {
        lock (_gate)
        {
            _failure = failure;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until everything before an offset was fetched.</summary>
    public void WaitForEnd(long next) => Wait(() => _end >= next);

    /// <summary>Waits for messages.</summary>
    public void WaitForCount(int count) => Wait(() => _messages.Count >= count);

    /// <summary>Waits until the partition can't be fetched.</summary>
    public Failure WaitForFailure()
    {
        Wait(() => _failure is not null);
        return _failure!;
    }

    /// <summary>The bytes of what is taken are used again after the call.</summary>
    private static FetchedMessage Copy(FetchedMessage fetched) => fetched with
    {
        Message = fetched.Message with
        {
            Value = Copy(fetched.Message.Value),
            Key = Copy(fetched.Message.Key),
            Headers = fetched.Message.Headers?.Select(header => new MessageHeader(header.Name, Copy(header.Value))).ToArray(),
        },
    };

    private static ReadOnlyMemory<byte>? Copy(ReadOnlyMemory<byte>? bytes) => bytes is { } given ? given.ToArray() : default(ReadOnlyMemory<byte>?);

    private void Wait(Func<bool> until)
    {
        var deadline = DateTime.UtcNow + Deadline;
        lock (_gate)
        {
            while (!until())
                if (!Monitor.Wait(_gate, Deadline) || DateTime.UtcNow > deadline)
                    throw new TimeoutException($"{_messages.Count} messages, end {_end}, {_failure}");
        }
    }
}
