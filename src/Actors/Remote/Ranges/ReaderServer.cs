using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using StreamActors.Cluster;
using StreamActors.Messages;

namespace StreamActors.Remote;

/// <summary>
/// Serves the bytes of readers of this host to others. A reader is known by a number from when the answer to its open leaves
/// until its handle is closed, its shard moves away, or its asker is gone. Any thread may call.
/// </summary>
public sealed class ReaderServer : IPeerByteServer
{
    // What is read at a time, and waits until the asker has room for it. Each time costs a change of threads.
    private const int ChunkBytes = 512 << 10;

    // What is read before the head can be written: short answers are most.
    private const int FirstBytes = 128 << 10;

    private static readonly RangeHead Gone = new(Fault.UnknownHandle, null);

    private readonly ConcurrentDictionary<long, ServedReader> _readers = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Member, HandleId Handle), long> _numbers = [];
    private long _lastNumber;

    /// <summary>How many readers are served.</summary>
    public int Count => _readers.Count;

    /// <inheritdoc/>
    public async Task ServeAsync(string from, ReadOnlyMemory<byte> request, PipeWriter answer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var asked = RangeForms.ReadRequest(request.Span);
        // A number that another member was told is none for this one.
        if (!_readers.TryGetValue(asked.Reader, out var served) || served.Member != from || !served.TryEnter())
        {
            RangeForms.Write(Gone, answer);
            await answer.FlushAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        try
        {
            var left = Begin(served, asked, answer, out var position);
            while (left > 0 && (await answer.FlushAsync(cancellationToken).ConfigureAwait(false)) is { IsCompleted: false, IsCanceled: false })
            {
                var count = Next(served, position, left, answer);
                // The rest can't be read: the asker learns why when he asks for it.
                if (count == 0)
                    break;
                position += count;
                left -= count;
            }
            await answer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            served.Leave();
        }
    }

    /// <summary>Serves a reader from now on, instead of the one that its handle had before.</summary>
    /// <returns>Its number.</returns>
    internal long Add(ServedReader served)
    {
        ServedReader? before = null;
        long number;
        lock (_gate)
        {
            number = ++_lastNumber;
            if (_numbers.TryGetValue((served.Member, served.Handle), out var old))
                _readers.TryRemove(old, out before);
            _numbers[(served.Member, served.Handle)] = number;
            _readers[number] = served;
        }
        // Its entity has forgotten the one before, and the asker has no way to it.
        if (before is not null && before.Reader != served.Reader)
            before.GiveUp();
        return number;
    }

    /// <summary>Serves the reader of a handle no longer.</summary>
    internal void Remove(string member, HandleId handle) => Take(member, handle)?.GiveUp();

    /// <summary>Gives up the readers that nobody else knows any more.</summary>
    /// <param name="isOver">Which they are.</param>
    /// <returns>What was given up.</returns>
    internal IReadOnlyList<ServedReader> RemoveAll(Func<ServedReader, bool> isOver)
    {
        var removed = new List<ServedReader>();
        foreach (var (_, served) in _readers)
        {
            if (!isOver(served) || Take(served.Member, served.Handle) is not { } taken)
                continue;
            taken.GiveUp();
            removed.Add(taken);
        }
        return removed;
    }

    /// <summary>Writes the head, and the first of the bytes: only who has read some knows what the head says.</summary>
    /// <returns>How many bytes are to follow, from the position on.</returns>
    private static int Begin(ServedReader served, RangeRequest asked, PipeWriter answer, out long position)
    {
        position = asked.From;
        RangeHead head;
        var first = Array.Empty<byte>();
        var spans = Array.Empty<MessageSpan>();
        var count = 0;
        try
        {
            switch (asked.Kind)
            {
                case RangeKind.Message:
                    var place = served.Reader.MessageAt(position);
                    head = new RangeHead(place.Fault, null, place.Offset, place.Begin);
                    break;
                case RangeKind.Spans:
                    var now = ReaderState.Of(served.Reader);
                    spans = new MessageSpan[Math.Min(asked.Count, now.Stat.Messages - Math.Min(position, now.Stat.Messages))];
                    var told = served.Reader.ReadSpans(position, spans, out var messages);
                    Array.Resize(ref spans, told == Fault.None ? messages : 0);
                    head = new RangeHead(told, now, Length: spans.Length * RangeForms.SpanBytes);
                    break;
                default:
                    var state = ReaderState.Of(served.Reader);
                    var length = (int)Math.Clamp(state.End - position, 0, asked.Count);
                    first = ArrayPool<byte>.Shared.Rent(Math.Min(length, FirstBytes));
                    var fault = served.Reader.Read(position, first.AsSpan(0, Math.Min(length, FirstBytes)), out count);
                    head = new RangeHead(fault, state, Length: fault == Fault.None ? length : 0);
                    break;
            }
        }
        catch (ObjectDisposedException)
        {
            // Its handle was closed meanwhile.
            head = Gone;
        }
        // Asked after all that it tells.
        if (!served.MayAnswer)
            head = Gone;
        RangeForms.Write(head, answer);
        if (head.Length > 0)
        {
            RangeForms.Write(spans, answer);
            answer.Write(first.AsSpan(0, count));
        }
        if (first.Length > 0)
            ArrayPool<byte>.Shared.Return(first);
        position += count;
        return count > 0 ? head.Length - count : 0;
    }

    /// <summary>Writes more of the bytes.</summary>
    /// <returns>How many; 0 where no more can be read.</returns>
    /// <exception cref="IOException">The shard is this host's no longer.</exception>
    private static int Next(ServedReader served, long position, int left, PipeWriter answer)
    {
        var target = answer.GetSpan(Math.Min(left, ChunkBytes));
        target = target[..Math.Min(target.Length, left)];
        int count;
        try
        {
            if (served.Reader.Read(position, target, out count) != Fault.None)
                return 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
        if (!served.MayAnswer)
            throw new IOException("the partition is another host's by now");
        answer.Advance(count);
        return count;
    }

    private ServedReader? Take(string member, HandleId handle)
    {
        lock (_gate)
            return _numbers.Remove((member, handle), out var number) && _readers.TryRemove(number, out var served) ? served : null;
    }
}
