using StreamActors.Cluster;
using StreamActors.Messages;

namespace StreamActors.Remote;

/// <summary>
/// A reader that lies on another host. What was fetched of its view is read at once; else whoever reads waits for it. Who
/// reads on has more fetched ahead of him.
/// </summary>
internal sealed class RemoteReader : IPartitionReader
{
    // How exactly silence is measured.
    private const int PiecesOfDeadline = 8;

    // How often in a row something is fetched that then is not there.
    private const int MaxTries = 4;

    private readonly string _member;
    private readonly long _number;
    private readonly IPeerByteClient _client;
    private readonly RemoteReadSettings _settings;
    private readonly TimeProvider _clock;
    private readonly CachedView _view;
    private readonly Action<RemoteReader> _disposed;
    private readonly Lock _gate = new();
    private readonly List<Fetch> _fetches = [];
    private ReaderState _state;
    private long _next;
    private int _window;
    private long _lastAsked;

    // The last request that had been sent when the newest answer came.
    private long _askedBefore;
    private bool _isDisposed;

    /// <summary>Makes one.</summary>
    /// <param name="opened">Where it lies, and what it was when it was opened.</param>
    /// <param name="view">What is kept of its bytes; left when this is disposed of.</param>
    /// <param name="client">Asks the other host.</param>
    /// <param name="settings">The bounds.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="disposed">Told once.</param>
    public RemoteReader(
        OpenedElsewhere opened, CachedView view, IPeerByteClient client, RemoteReadSettings settings, TimeProvider clock, Action<RemoteReader> disposed)
    {
        (_member, _number, _state) = (opened.Member, opened.Reader, opened.State);
        (_view, _client, _settings, _clock, _disposed) = (view, client, settings, clock, disposed);
    }

    public PartitionStat Stat => State.Stat;

    public long End => State.End;

    public bool IsEnded => State.IsEnded;

    public bool IsComplete => State.IsComplete;

    public Failure? Stalled => State.Stalled;

    public bool IsElsewhere => true;

    private ReaderState State => Volatile.Read(ref _state);

    /// <summary>It was told that the partition has grown.</summary>
    public void Learn(long end)
    {
        lock (_gate)
            if (end > _state.End)
                Volatile.Write(ref _state, _state with { End = end });
    }

    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = _view.Copy(position, target);
        // Of what has ended all is known.
        if (count == target.Length || (State is { IsEnded: true } last && position + count >= last.End))
        {
            ReadOn(position, count);
            return Fault.None;
        }
        count = 0;
        return Fault.NotHere;
    }

    public MessagePlace MessageAt(long position) => new(Fault.NotHere, 0);

    public async ValueTask<ReadOutcome> ReadAsync(long position, Memory<byte> target, CancellationToken cancellation)
    {
        try
        {
            return target.IsEmpty
                ? new ReadOutcome(await AskStateAsync(cancellation).ConfigureAwait(false), 0)
                : await FetchedAsync(position, target, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new ReadOutcome(Fault.Cancelled, 0);
        }
    }

    public async ValueTask<MessagePlace> MessageAtAsync(long position)
    {
        var (fault, head) = await AskAsync(new RangeRequest(RangeKind.Message, _number, position), CancellationToken.None).ConfigureAwait(false);
        return new MessagePlace(fault, head?.Offset ?? 0, head?.Begin);
    }

    public Fault ReadSpans(long message, Span<MessageSpan> target, out int count)
    {
        count = 0;
        return Fault.NotHere;
    }

    public async ValueTask<ReadOutcome> ReadSpansAsync(long message, Memory<MessageSpan> target, CancellationToken cancellation)
    {
        var count = 0;
        var wanted = Math.Min(target.Length, RangeForms.MaxSpans);
        var fault = await TalkAsync(new RangeRequest(RangeKind.Spans, _number, message, wanted), TakeAsync, cancellation).ConfigureAwait(false);
        return new ReadOutcome(fault, fault == Fault.None ? count : 0);

        async Task TakeAsync(Stream answer, RangeHead head, CancellationToken silence, Action goesOn)
        {
            if (head.Length > wanted * RangeForms.SpanBytes || head.Length % RangeForms.SpanBytes != 0)
                throw CommonForms.Refused($"{head.Length} bytes are told of {wanted} messages");
            var bytes = new byte[head.Length];
            await answer.ReadExactlyAsync(bytes, silence).ConfigureAwait(false);
            count = bytes.Length / RangeForms.SpanBytes;
            RangeForms.ReadSpans(bytes, target.Span[..count]);
        }
    }

    public void Dispose()
    {
        Fetch[] fetches;
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            fetches = [.. _fetches];
        }
        foreach (var fetch in fetches)
            fetch.CancelUnlessAwaited();
        _view.Leave();
        _disposed(this);
    }

    private async Task<ReadOutcome> FetchedAsync(long position, Memory<byte> target, CancellationToken cancellation)
    {
        var count = 0;
        // A fetch that began before the call may know less than there is by now: only an own one tells the end.
        Fetch? own = null;
        for (var tries = 0; ;)
        {
            var copied = _view.Copy(position + count, target.Span[count..]);
            count += copied;
            var missing = position + count;
            if (count == target.Length)
                break;
            if (own is { IsEnded: true, Fault: Fault.None, Told: { } told } && missing >= told.End)
            {
                // For a while an owner may have less than the one before him has shown: what is missing is waited for there.
                if (count == 0 && !told.IsComplete && !told.IsEnded)
                    return new ReadOutcome(Fault.NotHere, 0);
                break;
            }
            if (own is { IsEnded: true, Fault: not Fault.None } failed)
                return count > 0 ? new ReadOutcome(Fault.None, count) : new ReadOutcome(failed.Fault, 0);
            // What does not come, though it is said to be there, is not asked for without end.
            tries = copied > 0 ? 0 : tries + 1;
            if (tries > MaxTries)
                return new ReadOutcome(count > 0 ? Fault.None : Fault.InputOutput, count);
            if (_view.FetchOf(missing) is not { } fetch)
                fetch = own = Begin(missing, position + target.Length + WindowAt(position));
            // To the last byte that it brings, so that who reads much is not woken for each piece of it.
            await fetch.WaitAsync(Math.Min(position + target.Length, fetch.Limit) - 1, cancellation).ConfigureAwait(false);
        }
        ReadOn(position, count);
        return new ReadOutcome(Fault.None, count);
    }

    /// <summary>How much is to be fetched behind a read: more for one who reads on.</summary>
    private int WindowAt(long position)
    {
        lock (_gate)
            return position == _next ? _window : 0;
    }

    /// <summary>A read was answered: who goes on where the last one ended has more fetched before he asks for it.</summary>
    private void ReadOn(long position, int count)
    {
        long begin;
        int window;
        lock (_gate)
        {
            _window = position != _next ? 0 : (int)Math.Min(Math.Max(2L * Math.Max(_window, count), Block.Size), _settings.ReadAheadBytes);
            _next = position + count;
            if (_isDisposed || _window == 0)
                return;
            window = _window;
            begin = _view.FirstMissing(_next, _next + (window / 2));
            if (begin >= Math.Min(_next + (window / 2), _state.End))
                return;
        }
        if (_view.FetchOf(begin) is null)
            Begin(begin, begin + window);
    }

    private Fetch Begin(long position, long end)
    {
        var begin = _view.BeginOf(position);
        // To the end of a block, but never so long that what it brings pushes itself out.
        var whole = (end + Block.Size - 1) / Block.Size * Block.Size;
        var length = Math.Min(whole - begin, 2L * _settings.ReadAheadBytes);
        var fetch = new Fetch(begin, begin + length, new CancellationTokenSource());
        lock (_gate)
            _fetches.Add(fetch);
        _view.Began(fetch);
        _ = FetchAsync(fetch, (int)length);
        return fetch;
    }

    private async Task FetchAsync(Fetch fetch, int length)
    {
        var fault = Fault.Crashed;
        try
        {
            fault = await FetchAsync(fetch, new RangeRequest(RangeKind.Bytes, _number, fetch.Begin, length)).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
                _fetches.Remove(fetch);
            _view.Ended(fetch);
            fetch.End(fault);
        }
    }

    private Task<Fault> FetchAsync(Fetch fetch, RangeRequest request)
    {
        return TalkAsync(request, TakeAsync, fetch.Cancellation);

        async Task TakeAsync(Stream answer, RangeHead head, CancellationToken silence, Action goesOn)
        {
            fetch.Told = head.State;
            for (var left = head.Length; left > 0;)
            {
                var position = fetch.Begin + head.Length - left;
                var block = _view.BlockOf(position, out var offset);
                int read;
                try
                {
                    var room = block.Room(offset);
                    read = await answer.ReadAsync(room[..Math.Min(left, room.Length)], silence).ConfigureAwait(false);
                    block.Wrote(offset, read);
                }
                finally
                {
                    _view.LetGo(block);
                }
                // The rest can't be read: whoever wants it learns why.
                if (read == 0)
                    break;
                left -= read;
                goesOn();
                fetch.Reached(position + read);
            }
        }
    }

    private async Task<Fault> AskStateAsync(CancellationToken cancellation) =>
        (await AskAsync(new RangeRequest(RangeKind.Bytes, _number, 0), cancellation).ConfigureAwait(false)).Fault;

    private async Task<(Fault Fault, RangeHead? Head)> AskAsync(RangeRequest request, CancellationToken cancellation)
    {
        RangeHead? told = null;
        var fault = await TalkAsync(request, TakeAsync, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return (fault, told);

        Task TakeAsync(Stream answer, RangeHead head, CancellationToken silence, Action goesOn)
        {
            told = head;
            return Task.CompletedTask;
        }
    }

    /// <summary>Asks, learns the state, and goes on with the answer. The task does not fail.</summary>
    private async Task<Fault> TalkAsync(
        RangeRequest request, Func<Stream, RangeHead, CancellationToken, Action, Task> goOn, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_settings.Deadline, _clock);
        var heardAt = _clock.GetTimestamp();
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        var asked = Interlocked.Increment(ref _lastAsked);
        try
        {
            var answer = await _client.OpenAsync(_member, RangeForms.Write(request), silence.Token).ConfigureAwait(false);
            await using (answer.ConfigureAwait(false))
            {
                var head = await RangeForms.ReadHeadAsync(answer, silence.Token).ConfigureAwait(false);
                if (head.State is { } state)
                    Learn(state, asked);
                if (head.Fault == Fault.None)
                    await goOn(answer, head, silence.Token, GoesOn).ConfigureAwait(false);
                return head.Fault;
            }
        }
        catch (OperationCanceledException)
        {
            return cancellation.IsCancellationRequested ? Fault.Cancelled : Fault.TimedOut;
        }
        catch (IOException)
        {
            // The host is gone, or gives the partition up: the next owner has the same bytes.
            return Fault.UnknownHandle;
        }
        catch (PeerFormatException)
        {
            return Fault.InputOutput;
        }

        // Not at each piece: to set a timer costs more than to look at the clock.
        void GoesOn()
        {
            if (_clock.GetElapsedTime(heardAt) < _settings.Deadline / PiecesOfDeadline)
                return;
            heardAt = _clock.GetTimestamp();
            deadline.CancelAfter(_settings.Deadline);
        }
    }

    /// <summary>
    /// Learns what was answered. Answers may overtake each other, so that one that tells less is known to be newer only where it was asked
    /// for after another had come; and then what was shown stays.
    /// </summary>
    private void Learn(ReaderState state, long asked)
    {
        lock (_gate)
        {
            if (state.End < _state.End && asked <= _askedBefore)
                return;
            _askedBefore = Interlocked.Read(ref _lastAsked);
            Volatile.Write(ref _state, state.End >= _state.End ? state : state with { Stat = _state.Stat, End = _state.End });
        }
    }
}
