using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>
/// A partition that is merged with others, wherever it is. What its host has to be asked for is wanted, and brought before the step
/// is tried again. One caller at a time, but for <see cref="Told"/> and <see cref="Watch"/>.
/// </summary>
internal sealed class MergedPart(PartHandle handle, int maxSpans, int maxBytes) : MergeSource(SpansAtOnce, windowBytes: 0)
{
    private const int SpansAtOnce = 64;
    private const int FirstBytes = 4096;

    private readonly Lock _gate = new();
    private (long Messages, long Bytes) _size;
    private bool _isWatched;
    private bool _isWatchedUntilComplete;

    private MessageSpan[] _spans = [];
    private long _spansFrom;
    private int _spansCount;
    private byte[] _bytes = [];
    private long _bytesFrom;
    private int _bytesCount;
    private long? _wantedMessage;
    private long? _wantedByte;

    /// <summary>The handle.</summary>
    public PartHandle Handle => handle;

    /// <summary>The reader that the handle has now.</summary>
    public IPartitionReader Reader => handle.Reader;

    /// <summary>Whether something has to be brought.</summary>
    public bool IsWanting => _wantedMessage is not null || _wantedByte is not null;

    /// <summary>How many messages there are and how many bytes they are, as far as this host was told.</summary>
    /// <remarks>The next host may know less at first than the last one has told.</remarks>
    public (long Messages, long Bytes) Told
    {
        get
        {
            var stat = Reader.Stat;
            lock (_gate)
                return _size = stat.Messages > _size.Messages ? (stat.Messages, stat.Size) : _size;
        }
    }

    protected override (long Messages, long Bytes) Size => Told;

    /// <summary>Brings what is wanted. The task does not fail.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null, or why it can't be had.</returns>
    public async Task<Failure?> BringAsync(CancellationToken cancellation)
    {
        Failure? failure = null;
        if (_wantedMessage is { } message)
        {
            // Those that follow known ones are where these end; of others it is only known that they are somewhere.
            var place = _spansCount > 0 && message == _spansFrom + _spansCount && _spans[_spansCount - 1] is var last ? last.Position + last.Length : 0;
            _spans = Grown(_spans, SpansAtOnce, maxSpans);
            (failure, _spansCount) = await handle.ReadAsync(
                (reader, token) => reader.ReadSpansAsync(message, _spans, token), (reader, fault) => fault == Fault.NotHere ? place : reader.End, cancellation).ConfigureAwait(false);
            _spansFrom = message;
        }
        if (failure is null && _wantedByte is { } position)
        {
            _bytes = Grown(_bytes, FirstBytes, maxBytes);
            (failure, _bytesCount) = await handle.ReadAsync(
                (reader, token) => reader.ReadAsync(position, _bytes, token), (_, _) => position, cancellation).ConfigureAwait(false);
            _bytesFrom = position;
        }
        (_wantedMessage, _wantedByte) = (null, null);
        return failure;
    }

    /// <summary>Makes sure that <see cref="Told"/> is as of a moment after the call. The task does not fail.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null, or why it can't be told.</returns>
    public async Task<Failure?> RefreshAsync(CancellationToken cancellation) => (await handle.ReadAsync(
        (reader, token) => reader.ReadAsync(0, Memory<byte>.Empty, token), missing: null, cancellation).ConfigureAwait(false)).Failure;

    /// <summary>Tells once when there is more than <see cref="Told"/> tells now, or than it told when this was asked last and not told yet.</summary>
    /// <param name="untilComplete">Whether completeness is told, too.</param>
    /// <param name="changed">Told on any thread; why nothing comes, where that is so.</param>
    public void Watch(bool untilComplete, Action<Failure?> changed)
    {
        // Of one that is so already nothing more is told, or the same for ever.
        if (Reader.IsEnded || (untilComplete && Reader.IsComplete))
            return;
        lock (_gate)
        {
            ref var isWatched = ref untilComplete ? ref _isWatchedUntilComplete : ref _isWatched;
            if (isWatched)
                return;
            isWatched = true;
        }
        _ = WatchAsync(untilComplete, changed);
    }

    protected override int ReadSpans(long message, Span<MessageSpan> target)
    {
        if (message >= _spansFrom && message < _spansFrom + _spansCount)
        {
            var brought = _spans.AsSpan((int)(message - _spansFrom), (int)Math.Min(target.Length, _spansFrom + _spansCount - message));
            brought.CopyTo(target);
            return brought.Length;
        }
        // What keeps them from being told is found when they are brought.
        if (Reader.ReadSpans(message, target, out var count) == Fault.None && count > 0)
            return count;
        _wantedMessage = message;
        return 0;
    }

    protected override int Read(long position, Span<byte> target)
    {
        if (position < _bytesFrom || position >= _bytesFrom + _bytesCount)
        {
            (_bytesFrom, _bytesCount) = (position, 0);
            if (!Reader.IsElsewhere)
            {
                _bytes = Grown(_bytes, FirstBytes, maxBytes);
                if (Reader.Read(position, _bytes, out _bytesCount) != Fault.None)
                    _bytesCount = 0;
            }
            if (_bytesCount == 0)
            {
                _wantedByte = position;
                return 0;
            }
        }
        var brought = _bytes.AsSpan((int)(position - _bytesFrom), (int)Math.Min(target.Length, _bytesFrom + _bytesCount - position));
        brought.CopyTo(target);
        return brought.Length;
    }

    private async Task WatchAsync(bool untilComplete, Action<Failure?> changed)
    {
        var failure = await handle.WaitAsync(Told.Bytes, untilComplete, CancellationToken.None).ConfigureAwait(false)
            ?? await RefreshAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_gate)
        {
            if (untilComplete)
                _isWatchedUntilComplete = false;
            else
                _isWatched = false;
        }
        changed(failure);
    }

    /// <summary>What is brought at a time is more, the more is read.</summary>
    private static T[] Grown<T>(T[] buffer, int first, int most) => buffer.Length >= most ? buffer : new T[Math.Min(most, Math.Max(first, buffer.Length * 2))];
}
