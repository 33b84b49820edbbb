using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>The reader of a handle, and what has to be given back with it.</summary>
internal sealed class OpenReader
{
    /// <summary>How often an operation opens the handle anew, where its host changes again and again.</summary>
    public const int MaxReopens = 4;

    // Waits that lasted longer do not count: a tail waits through as many hosts as there are in its time.
    private static readonly TimeSpan s_quick = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Action<OpenReader> _closed;

    private IPartitionReader _reader;

    // The one before may still be read from, or the one that the actor has is another: it is disposed of with the next.
    private IPartitionReader? _other;
    private bool _isGivenBack;

    /// <summary>Makes one.</summary>
    /// <param name="link">Who knows the handle.</param>
    /// <param name="reader">The bytes; disposed of with this.</param>
    /// <param name="closed">Told once, when it is given back.</param>
    public OpenReader(ReaderLink link, IPartitionReader reader, Action<OpenReader> closed)
    {
        Link = link;
        _reader = reader;
        _closed = closed;
        link.Reopened = Reopened;
    }

    /// <summary>Who knows the handle.</summary>
    public ReaderLink Link { get; }

    /// <summary>The bytes; another reader of the same ones, once the handle was opened anew.</summary>
    public IPartitionReader Reader => Volatile.Read(ref _reader);

    /// <summary>
    /// Reads bytes, and waits for those that lie on another host. Where that does not have them any more, they are asked of
    /// the next one.
    /// </summary>
    /// <param name="position">Position in bytes.</param>
    /// <param name="target">Where to; empty where only what is told of them is to be as of now.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The outcome; the task does not fail.</returns>
    public async ValueTask<ReadOutcome> ReadAsync(long position, Memory<byte> target, CancellationToken cancellation)
    {
        for (var opens = 0; ; opens++)
        {
            var reader = Reader;
            var outcome = await reader.ReadAsync(position, target, cancellation).ConfigureAwait(false);
            if (outcome.Fault != Fault.UnknownHandle || opens == MaxReopens)
                return outcome;
            if (await ReopenAsync(reader).ConfigureAwait(false) is { } failure)
                return new ReadOutcome(failure.Fault, 0);
        }
    }

    /// <summary>
    /// Opens the handle anew, because a reader of it, or its wait, is not known any more; not where somebody has done that
    /// meanwhile: with each open the reader of the one before is lost. The task does not fail.
    /// </summary>
    /// <param name="lost">The reader that the handle had when that was asked.</param>
    /// <returns>Null, or why it can't be opened again.</returns>
    public Task<Failure?> ReopenAsync(IPartitionReader lost) => Reader == lost ? Link.ReopenAsync() : Task.FromResult<Failure?>(null);

    /// <summary>
    /// Waits again where the actor did not know the handle, because it was restarted: it is told of the handle again. The
    /// task does not fail.
    /// </summary>
    /// <param name="lost">The reader that the handle had when it waited.</param>
    /// <param name="waiter">Names the wait.</param>
    /// <param name="position">Position in bytes.</param>
    /// <param name="untilComplete">Whether the wait ends, too, when everything is there that the source has.</param>
    /// <returns>The reply.</returns>
    public async Task<object> WaitAnewAsync(IPartitionReader lost, WaiterId waiter, long position, bool untilComplete)
    {
        for (var opens = 0; ; opens++)
        {
            if (await ReopenAsync(lost).ConfigureAwait(false) is { } failure)
                return failure;
            lost = Reader;
            var since = Link.Context.Clock.GetTimestamp();
            object reply;
            try
            {
                reply = await Link.Wait(waiter, position, untilComplete).ConfigureAwait(false);
            }
            catch (Exception cause)
            {
                reply = ErrnoTable.FailureOf(cause);
            }
            if (IsLong(since))
                opens = 0;
            if (reply is not Failure { Fault: Fault.UnknownHandle } || opens == MaxReopens)
                return reply;
        }
    }

    /// <summary>Whether a wait has lasted so long that what was opened anew before it counts no more.</summary>
    /// <param name="since">When it began.</param>
    public bool IsLong(long since) => Link.Context.Clock.GetElapsedTime(since) > s_quick;

    /// <summary>Gives everything back. Idempotent.</summary>
    public void GiveBack()
    {
        lock (_gate)
        {
            if (_isGivenBack)
                return;
            _isGivenBack = true;
        }
        _closed(this);
        Link.Close();
        Reader.Dispose();
        _other?.Dispose();
    }

    /// <summary>
    /// The new reader takes the place of the old one: a view has the same bytes whenever it is opened, and a cursor goes on where
    /// its name is. What is merged would have another order: it is read on as before, and the actor has the new reader only to see
    /// by it that there is more.
    /// </summary>
    private void Reopened(IPartitionReader opened)
    {
        lock (_gate)
        {
            if (!_isGivenBack)
            {
                _other?.Dispose();
                (_other, var reader) = Link is ReaderLink.OfTopic ? (opened, _reader) : (_reader, opened);
                Link.Shift = Link is ReaderLink.OfTopic ? ShiftOf(opened, reader) : 0;
                Volatile.Write(ref _reader, reader);
                return;
            }
        }
        // The handle was closed while it was opened anew.
        Link.Close();
        opened.Dispose();
    }

    /// <summary>By how much one reader is further than another: both grow by the same bytes, perhaps at this moment.</summary>
    private static long ShiftOf(IPartitionReader one, IPartitionReader other)
    {
        while (true)
        {
            var end = other.End;
            var shift = one.End - end;
            if (other.End == end)
                return shift;
        }
    }
}
