namespace StreamActors.Messages;

/// <summary>
/// Messages that are to be appended together: all of them or none. Its writer fills it; from the request that carries it
/// until the reply it belongs to whoever was asked, and then it can be cleared and used again. One caller at a time.
/// </summary>
public sealed class MessageBatch
{
    private readonly List<Kept> _messages = [];
    private byte[] _bytes = [];
    private int _length;

    /// <summary>How many messages it has.</summary>
    public int Count => _messages.Count;

    /// <summary>How many bytes its values and keys have.</summary>
    public int Length => _length;

    /// <summary>Which append of which writer this is, so that it is known where it comes twice; null where nobody sends it twice.</summary>
    public WriterStamp? Stamp { get; set; }

    /// <summary>Empties it; the memory stays.</summary>
    public void Clear()
    {
        Stamp = null;
        _messages.Clear();
        _length = 0;
    }

    /// <summary>Adds a message that has nothing but a value. Its time is that of the append.</summary>
    /// <param name="value">The value.</param>
    public void Add(ReadOnlySpan<byte> value) => _messages.Add(new Kept(Keep(value), value.Length, null));

    /// <summary>Adds a message.</summary>
    /// <param name="value">The value; null (a tombstone) is not empty.</param>
    /// <param name="key">The key; null is not empty.</param>
    /// <param name="headers">In their order; null means none.</param>
    /// <param name="timestamp">Milliseconds since 1970 UTC; null for the time of the append.</param>
    public void Add(ReadOnlyMemory<byte>? value, ReadOnlyMemory<byte>? key, IReadOnlyList<MessageHeader>? headers, long? timestamp) =>
        _messages.Add(new Kept(
            Keep(value.GetValueOrDefault().Span), value?.Length ?? -1,
            new More(Keep(key.GetValueOrDefault().Span), key?.Length ?? -1, headers, timestamp)));

    /// <summary>A message.</summary>
    /// <param name="index">From 0.</param>
    /// <returns>The message; its bytes are the batch's own.</returns>
    public BatchedMessage this[int index]
    {
        get
        {
            var item = _messages[index];
            var value = Bytes(item.Value, item.ValueLength);
            return item.More is { } more
                ? new BatchedMessage(value, Bytes(more.Key, more.KeyLength), more.Headers, more.Timestamp)
                : new BatchedMessage(value, null, null, null);
        }
    }

    /// <summary>The value of a message that was added as nothing else.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="value">The value; the batch's own bytes.</param>
    /// <returns>False where it was added with a key, headers or a time, or may have them.</returns>
    public bool TryGetBare(int index, out ReadOnlySpan<byte> value)
    {
        var item = _messages[index];
        value = item.More is null ? _bytes.AsSpan(item.Value, item.ValueLength) : default;
        return item.More is null;
    }

    private ReadOnlyMemory<byte>? Bytes(int start, int length) => length < 0 ? default(ReadOnlyMemory<byte>?) : _bytes.AsMemory(start, length);

    private int Keep(ReadOnlySpan<byte> bytes)
    {
        var end = checked(_length + bytes.Length);
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(end, 2L * _bytes.Length)));
        bytes.CopyTo(_bytes.AsSpan(_length));
        (var start, _length) = (_length, end);
        return start;
    }

    private readonly record struct Kept(int Value, int ValueLength, More? More);

    private sealed record More(int Key, int KeyLength, IReadOnlyList<MessageHeader>? Headers, long? Timestamp);
}

/// <summary>A message of a <see cref="MessageBatch"/>.</summary>
/// <param name="Value">The value; null (a tombstone) is not empty.</param>
/// <param name="Key">The key; null is not empty.</param>
/// <param name="Headers">In their order; null means none.</param>
/// <param name="Timestamp">Milliseconds since 1970 UTC; null for the time of the append.</param>
public readonly record struct BatchedMessage(
    ReadOnlyMemory<byte>? Value, ReadOnlyMemory<byte>? Key, IReadOnlyList<MessageHeader>? Headers, long? Timestamp);

/// <summary>
/// One append of a writer, which makes one after the other: the next one has another number, also where it is unknown what
/// became of this one. An append that is sent again has the same.
/// </summary>
/// <param name="Writer">Whose, unlike any other writer's of the cluster; not negative.</param>
/// <param name="Number">Rises from append to append; not negative.</param>
public readonly record struct WriterStamp(long Writer, int Number);
