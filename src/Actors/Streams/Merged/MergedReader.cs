using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources.Log;

namespace StreamActors.Streams;

/// <summary>
/// All partitions of a topic as one, each read where it is. The order is this reader's own, so that it goes on whichever host of a
/// partition is lost: it has the same bytes from the next one.
/// </summary>
internal sealed class MergedReader : IPartitionReader
{
    // Of all partitions together.
    private const int SpansBudget = 64 << 10;
    private const int BytesBudget = 4 << 20;
    private const int MinSpans = 64, MaxSpans = 4096;
    private const int MinBytes = 4 << 10, MaxBytes = 128 << 10;

    private readonly ReadTurns _turns = new();
    private readonly MergedPart[] _parts;
    private readonly MergedView _view;

    private MergedReader(MergedPart[] parts, MergedView view) => (_parts, _view) = (parts, view);

    public PartitionStat Stat
    {
        get
        {
            var (messages, bytes) = (0L, 0L);
            foreach (var size in _parts.Select(part => part.Told))
                (messages, bytes) = (messages + size.Messages, bytes + size.Bytes);
            return new PartitionStat(bytes, _parts.Max(part => part.Reader.Stat.ModifiedAt), messages);
        }
    }

    public long End => _view.Length;

    public bool IsEnded => _parts.All(part => part.Reader.IsEnded);

    public bool IsComplete => _parts.All(part => part.Reader.IsComplete);

    public Failure? Stalled => _parts.Select(part => part.Reader.Stalled).FirstOrDefault(failure => failure is not null);

    public bool IsElsewhere => true;

    /// <summary>Merges partitions that are open.</summary>
    /// <param name="handles">The partitions, in the order of their indexes; this reader's where it can be had.</param>
    /// <returns>The reader, or why it can't be had.</returns>
    public static LogResult<MergedReader> Open(IReadOnlyList<PartHandle> handles)
    {
        var spans = Math.Clamp(SpansBudget / handles.Count, MinSpans, MaxSpans);
        var bytes = Math.Clamp(BytesBudget / handles.Count, MinBytes, MaxBytes);
        MergedPart[] parts = [.. handles.Select(handle => new MergedPart(handle, spans, bytes))];
        var view = MergedView.Open(parts);
        return view.Succeeded ? new MergedReader(parts, view.Value) : view.Fault;
    }

    /// <summary>Tells when there is more, or nothing more comes.</summary>
    /// <param name="untilComplete">Whether completeness is told, too.</param>
    /// <param name="changed">Told on any thread, once for each partition; why nothing comes of it, where that is so.</param>
    public void Watch(bool untilComplete, Action<Failure?> changed)
    {
        foreach (var part in _parts)
            part.Watch(untilComplete, changed);
    }

    /// <remarks>Part of what is read may have to be brought, and where it is at hand, too, others may be reading.</remarks>
    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = 0;
        return Fault.NotHere;
    }

    public async ValueTask<ReadOutcome> ReadAsync(long position, Memory<byte> target, CancellationToken cancellation)
    {
        if (await _turns.EnterAsync(cancellation).ConfigureAwait(false) is not Fault.None and var refused)
            return new ReadOutcome(refused, 0);
        try
        {
            return target.IsEmpty
                ? new ReadOutcome((await RefreshAsync(cancellation).ConfigureAwait(false))?.Fault ?? Fault.None, 0)
                : await ReadInTurnAsync(position, target, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave();
        }
    }

    // The messages of several partitions have no common offsets.
    public MessagePlace MessageAt(long position) => new(Fault.Invalid, 0);

    public void Dispose()
    {
        foreach (var part in _parts)
            part.Handle.Dispose();
    }

    private async Task<ReadOutcome> ReadInTurnAsync(long position, Memory<byte> target, CancellationToken cancellation)
    {
        var done = 0;
        for (var isFresh = false; done < target.Length;)
        {
            var read = _view.Read(position + done, target.Span[done..]);
            if (read.Succeeded && read.Value > 0)
            {
                done += read.Value;
                continue;
            }
            // At the end, as far as is known here.
            if (read.Succeeded && (isFresh || done > 0))
                break;
            isFresh |= read.Succeeded;
            var fault = read.Succeeded ? (await RefreshAsync(cancellation).ConfigureAwait(false))?.Fault
                : read.Fault.Error == LogError.Evicted ? (await BringAsync(cancellation).ConfigureAwait(false))?.Fault
                : LogFailures.FaultOf(read.Fault.Error);
            // What comes before the fault is whole; the next read begins with it.
            if (fault is { } failed)
                return done > 0 ? new ReadOutcome(Fault.None, done) : new ReadOutcome(failed, 0);
        }
        return new ReadOutcome(Fault.None, done);
    }

    private Task<Failure?> RefreshAsync(CancellationToken cancellation) => AllAsync(_parts.Select(part => part.RefreshAsync(cancellation)));

    private Task<Failure?> BringAsync(CancellationToken cancellation) =>
        AllAsync(_parts.Where(part => part.IsWanting).Select(part => part.BringAsync(cancellation)));

    private static async Task<Failure?> AllAsync(IEnumerable<Task<Failure?>> parts) =>
        (await Task.WhenAll(parts).ConfigureAwait(false)).FirstOrDefault(failure => failure is not null);
}
