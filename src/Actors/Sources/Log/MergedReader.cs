using System.Collections.Immutable;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>All partitions of a topic, open as one.</summary>
internal sealed class MergedReader : IPartitionReader
{
    private readonly LogSource _source;
    private readonly ImmutableArray<IncarnationId> _ids;
    private readonly IReadOnlyList<PartitionView> _parts;
    private readonly MergedView _view;
    private readonly IDisposable[] _watches;
    private int _isDisposed;

    private MergedReader(LogSource source, ImmutableArray<IncarnationId> ids, IReadOnlyList<PartitionView> parts, MergedView view, IDisposable[] watches) =>
        (_source, _ids, _parts, _view, _watches) = (source, ids, parts, view, watches);

    public PartitionStat Stat => new(
        _view.Length,
        _parts.Max(view => LogPartitionReader.ModifiedAt(view.Reader.Now)),
        _parts.Sum(view => view.Size.Messages));

    public long End => _view.Length;

    public bool IsEnded => _parts.All(view => view.Reader.Now.Deleted);

    /// <summary>Opens it.</summary>
    /// <param name="source">The log.</param>
    /// <param name="ids">The partitions.</param>
    /// <param name="opened">Their readers; where one could not be opened, the others are closed.</param>
    /// <param name="kind">How messages become bytes.</param>
    /// <param name="start">Where each partition begins; null for its oldest message.</param>
    /// <param name="changed">Called when a partition has grown or ended.</param>
    public static Result<IPartitionReader> Open(
        LogSource source, ImmutableArray<IncarnationId> ids, LogResult<PartitionReader>[] opened, ViewKind kind, StartPlace? start, Action changed)
    {
        var views = new List<PartitionView>();
        var fault = opened.FirstOrDefault(reader => !reader.Succeeded).Fault;
        foreach (var reader in opened)
        {
            if (fault is not null)
                break;
            var view = ViewOf(source, reader.Value, kind, start);
            if (view.Succeeded)
                views.Add(view.Value);
            fault = view.Fault;
        }
        // Watched before it is looked at, so that no growth after that goes unnoticed.
        IDisposable[] watches = fault is null ? [.. ids.Select(id => source.Watchers.Add(id, null, changed))] : [];
        var merged = fault is null ? MergedView.Open(views) : fault;
        if (merged.Succeeded)
            return new MergedReader(source, ids, views, merged.Value, watches);
        Dispose(watches.Concat(opened.Where(reader => reader.Succeeded).Select(reader => reader.Value)));
        source.Open.Leave(ids);
        return LogFailures.OfIncarnation(merged.Fault);
    }

    public Fault Read(long position, Span<byte> target, out int count)
    {
        var read = _view.Read(position, target);
        count = read.Succeeded ? read.Value : 0;
        return read.Succeeded ? Fault.None : LogFailures.FaultOf(read.Fault.Error);
    }

    // The messages of several partitions have no common offsets.
    public MessagePlace MessageAt(long position) => new(Fault.Invalid, 0);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        Dispose(_watches.Concat(_parts.Select(view => view.Reader)));
        _source.Open.Leave(_ids);
    }

    private static LogResult<PartitionView> ViewOf(LogSource source, PartitionReader reader, ViewKind kind, StartPlace? start)
    {
        if (start is null)
            return PartitionView.Open(reader, kind);
        var found = StartPlaceResolver.Resolve(start, reader, source.Clock);
        return found.Succeeded ? PartitionView.Open(reader, kind, found.Value) : found.Fault;
    }

    private static void Dispose(IEnumerable<IDisposable> items)
    {
        foreach (var item in items)
            item.Dispose();
    }
}
