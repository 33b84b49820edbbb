using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using StreamActors.Cluster;
using StreamActors.Peers.Wire;

namespace StreamActors.Peers;

/// <summary>
/// The stream from this host to one incarnation of another member: connects, agrees, sends what is queued, and begins again
/// when it breaks, until it is disposed of. What is sent while the member can't be reached is lost, and asks are given back.
/// </summary>
internal sealed class PeerLink : IDisposable
{
    // So much is put into one write.
    private const int BatchBytes = 64 << 10;
    private const int KeptBufferBytes = 1 << 20;

    // The share of a pause that chance may add, so that members do not try in step.
    private const double PauseSpread = 0.25;

    private readonly PeerContext _context;
    private readonly string _self;
    private readonly Channel<PeerMessage> _queue;
    private readonly CancellationTokenSource _disposed = new();
    private TaskCompletionSource<PeerAgreement> _open = NewPromise();
    private volatile bool _isDown;
    private volatile bool _isUnreachable;
    private volatile bool _isReached;
    private volatile bool _isOverfull;

    public PeerLink(PeerContext context, string self, MemberRecord member)
    {
        (_context, _self, Member) = (context, self, member);
        _queue = Channel.CreateBounded<PeerMessage>(context.Options.MaxQueued);
        _ = RunAsync();
    }

    /// <summary>The other member.</summary>
    public MemberRecord Member { get; }

    /// <summary>Whether the last try to reach it failed.</summary>
    public bool IsUnreachable => _isUnreachable;

    /// <summary>Whether it is reached now.</summary>
    public bool IsReached => _isReached;

    /// <summary>What both have agreed on; fails where the member can't be reached.</summary>
    public Task<PeerAgreement> Agreement => Volatile.Read(ref _open).Task;

    /// <summary>Sends, or loses.</summary>
    public void Send(PeerMessage message)
    {
        if (_isDown)
        {
            _context.GiveBack(message);
            return;
        }
        if (_queue.Writer.TryWrite(message))
        {
            _isOverfull = false;
            // It may have broken meanwhile, for good.
            if (_isDown) Drain();
            return;
        }
        _context.GiveBack(message);
        if (_isOverfull) return;
        _isOverfull = true;
        _context.Log.Overfull(Member.Name, _context.Options.MaxQueued);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDown = true;
        _disposed.Cancel();
    }

    private async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var pause = _context.Options.MinBackoff;
        string? told = null;
        while (!_disposed.IsCancellationRequested)
        {
            string reason;
            try
            {
                await ConnectAsync(() =>
                {
                    pause = _context.Options.MinBackoff;
                    told = null;
                    _isReached = true;
                    TellReachable(true);
                }).ConfigureAwait(false);
                reason = "it has closed the connection";
            }
            catch (Exception cause)
            {
                reason = ReasonOf(cause);
            }
            Break(reason);
            if (_disposed.IsCancellationRequested) break;
            TellReachable(false);
            if (told != reason) _context.Log.NotReached(Member.Name, Member.Address, told = reason);
            var spread = 1 + (PauseSpread * _context.Chance.NextDouble());
            await Task.Delay(pause * spread, _context.Time, _disposed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < _context.Options.MaxBackoff ? pause * 2 : _context.Options.MaxBackoff;
            _isDown = _disposed.IsCancellationRequested;
        }
        Break("it is left");
    }

    private void TellReachable(bool isReachable)
    {
        var isKnown = _isUnreachable != isReachable;
        _isUnreachable = !isReachable;
        if (isReachable || !isKnown) _context.Changed();
    }

    // Whoever waits is told. What is queued would be sent again before it could go out.
    private void Break(string reason)
    {
        _isDown = true;
        _isReached = false;
        Drain();
        var failed = Interlocked.Exchange(ref _open, NewPromise());
        failed.TrySetException(new PeerUnavailableException($"Member {Member.Name} at {Member.Address} can't be reached: {reason}."));
    }

    private void Drain()
    {
        while (_queue.Reader.TryRead(out var message)) _context.GiveBack(message);
    }

    private async Task ConnectAsync(Action agreed)
    {
        using var connection = CancellationTokenSource.CreateLinkedTokenSource(_disposed.Token);
        using var content = new OpenContent();
        using var request = _context.Connections.Post(Member.Address, PeerConnections.MessagesPath, content);
        HttpResponseMessage? response = null;
        try
        {
            var deadline = _context.Time.CreateTimer(_ => connection.Cancel(), null, _context.Options.ConnectTimeout, Timeout.InfiniteTimeSpan);
            Stream output;
            PipeReader input;
            PeerAgreement agreement;
            await using (deadline.ConfigureAwait(false))
            {
                var answering = _context.Connections.Messages.SendAsync(request, connection.Token);
                if (await Task.WhenAny(content.Begun, answering).ConfigureAwait(false) == answering)
                    response = await answering.ConfigureAwait(false);
                output = await content.Begun.WaitAsync(connection.Token).ConfigureAwait(false);
                var hello = Hello();
                await WriteAsync(output, new Frame { Hello = hello }, connection.Token).ConfigureAwait(false);
                response ??= await answering.ConfigureAwait(false);
                if (response.StatusCode != HttpStatusCode.OK) throw new PeerUnavailableException($"it answers {(int)response.StatusCode}");
                input = PipeReader.Create(await response.Content.ReadAsStreamAsync(connection.Token).ConfigureAwait(false));
                var greeting = await Frames.ReadAsync(input, Frames.MaxGreetingBytes, connection.Token).ConfigureAwait(false);
                agreement = Agree(hello, greeting);
                await WriteAsync(output, ProofOf(hello, greeting!.Welcome), connection.Token).ConfigureAwait(false);
                Accept(await Frames.ReadAsync(input, Frames.MaxGreetingBytes, connection.Token).ConfigureAwait(false));
            }
            agreed();
            _context.Log.Reached(Member.Name, Member.Address, agreement.Version);
            Volatile.Read(ref _open).TrySetResult(agreement);
            var frames = new MessageFrames(_context.Codec, _self, Member.Uid, agreement.Version, _context.Options.MaxFrameBytes, _context.Log);
            var listening = ListenAsync(input, connection.Token);
            var sending = SendAsync(output, frames, connection.Token);
            await await Task.WhenAny(listening, sending).ConfigureAwait(false);
        }
        finally
        {
            await connection.CancelAsync().ConfigureAwait(false);
            response?.Dispose();
        }
    }

    private Hello Hello() => new()
    {
        Cluster = _context.Options.ClusterName,
        From = _self,
        To = Member.Uid,
        Oldest = _context.Options.OldestProtocol,
        Newest = _context.Options.NewestProtocol,
        Nonce = Handshake.Nonce(),
    };

    private static void Accept(Frame? answer, Frame.ContentOneofCase expected = Frame.ContentOneofCase.Accepted)
    {
        if (answer is null) throw new PeerUnavailableException("it has closed the connection");
        if (answer.ContentCase == Frame.ContentOneofCase.Refusal) throw new PeerRefusedException(answer.Refusal.Reason);
        if (answer.ContentCase != expected) throw new PeerFormatException("it does not greet as a member does");
    }

    private PeerAgreement Agree(Hello hello, Frame? greeting)
    {
        Accept(greeting, Frame.ContentOneofCase.Welcome);
        var welcome = greeting!.Welcome;
        var secret = _context.Options.Secret;
        if (welcome.Version < hello.Oldest || welcome.Version > hello.Newest || welcome.Nonce.Length != Handshake.NonceBytes)
            throw new PeerFormatException("it does not welcome in a version that was offered");
        if (!Handshake.Matches(Handshake.WelcomeProof(secret, hello, welcome.Version, welcome.Nonce), welcome.Proof))
            throw new PeerRefusedException(Refusal.Types.Reason.WrongSecret);
        return new PeerAgreement(welcome.Version, Handshake.Token(secret, hello, welcome.Version, welcome.Nonce));
    }

    private Frame ProofOf(Hello hello, Welcome welcome) => new()
    {
        Proof = new Proof
        {
            Proof_ = Google.Protobuf.ByteString.CopyFrom(
                Handshake.HelloProof(_context.Options.Secret, hello, welcome.Version, welcome.Nonce)),
        },
    };

    // Nothing comes on this side any more, but for why it ends.
    private static async Task ListenAsync(PipeReader input, CancellationToken cancellationToken)
    {
        if (await Frames.ReadAsync(input, Frames.MaxGreetingBytes, cancellationToken).ConfigureAwait(false) is not { } frame) return;
        throw frame.ContentCase == Frame.ContentOneofCase.Refusal
            ? new PeerRefusedException(frame.Refusal.Reason) : new PeerFormatException("it sends what nobody waits for");
    }

    private async Task SendAsync(Stream output, MessageFrames frames, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(BatchBytes);
        while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (buffer.WrittenCount < BatchBytes && _queue.Reader.TryRead(out var message))
                if (frames.Write(message, buffer) is { } instead) _context.Receive(instead);
            if (buffer.WrittenCount == 0) continue;
            await output.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (buffer.Capacity > KeptBufferBytes) buffer = new ArrayBufferWriter<byte>(BatchBytes);
            else buffer.ResetWrittenCount();
        }
    }

    private static async Task WriteAsync(Stream output, Frame frame, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Frames.Write(buffer, frame);
        await output.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private string ReasonOf(Exception cause) => cause switch
    {
        OperationCanceledException => string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"it did not answer within {_context.Options.ConnectTimeout.TotalSeconds} s"),
        PeerRefusedException { Reason: Refusal.Types.Reason.WrongSecret } => "it does not have the same secret",
        PeerRefusedException refused => $"it refuses this host ({refused.Reason})",
        HttpRequestException { InnerException: { } inner } => inner.Message,
        _ => cause.Message,
    };

    private static TaskCompletionSource<PeerAgreement> NewPromise()
    {
        var promise = new TaskCompletionSource<PeerAgreement>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Nobody may be waiting when it fails.
        _ = promise.Task.ContinueWith(
            static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return promise;
    }
}

/// <summary>What two members have agreed on.</summary>
/// <param name="Version">The version of the protocol.</param>
/// <param name="Token">What requests beside the stream are known by.</param>
internal sealed record PeerAgreement(int Version, string Token)
{
    /// <inheritdoc/>
    public override string ToString() => $"version {Version}";
}

/// <summary>The other member said why it does not speak to this host, or this host does not to it.</summary>
/// <param name="reason">Why.</param>
internal sealed class PeerRefusedException(Refusal.Types.Reason reason) : Exception($"refused: {reason}")
{
    public Refusal.Types.Reason Reason => reason;
}
