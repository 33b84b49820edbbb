namespace StreamActors.Logs;

/// <summary>
/// Where a view's byte 0 is. A start that has not come yet is found the first time that anybody looks after it has come,
/// for good. Where retention may have removed it by then, the view has no bytes that anyone could name: it stays
/// <see cref="LogError.Removed"/>.
/// </summary>
internal sealed class ViewOrigin
{
    private readonly PartitionReader _reader;
    private readonly ViewStart _start;
    private long _pendingFrom;
    private Found? _found;

    private ViewOrigin(PartitionReader reader, ViewStart start, LogPlace? place)
    {
        _reader = reader;
        _start = start;
        _pendingFrom = HasCome(reader.Opened) ? 0 : reader.Opened.End.Ordinal;
        _found = place is { } known ? new Found(known, null) : null;
    }

    public static LogResult<ViewOrigin> Open(PartitionReader reader, ViewStart start)
    {
        if (start.Kind != ViewStartKind.Ordinal)
            return new ViewOrigin(reader, start, null);
        var begin = reader.Opened.Begin;
        if (start.Value == begin.Ordinal)
            return new ViewOrigin(reader, start, begin);
        var place = reader.Place(start.Value);
        return place.Succeeded ? new ViewOrigin(reader, start, place.Value) : place.Fault;
    }

    /// <summary>The boundary before the first message; null where it has not come yet.</summary>
    public LogPlace? Find()
    {
        if ((Volatile.Read(ref _found) ?? Look()) is not { } found)
            return null;
        return found.Fault is null ? found.Place : throw found.Fault.ToException();
    }

    private Found? Look()
    {
        var now = _reader.Now;
        if (!HasCome(now))
        {
            // None of those that are there, whatever becomes of them.
            Volatile.Write(ref _pendingFrom, now.End.Ordinal);
            return null;
        }
        var byOffset = _start.Kind == ViewStartKind.Offset;
        var ordinal = SnapshotReader.Find(_reader, now, byOffset ? LogMeasure.Offset : LogMeasure.Time, _start.Value);
        var place = _reader.Place(ordinal).Value;
        var begin = _reader.Now.Begin.Ordinal;
        // Where messages were removed that may have been the view's, only an exact offset tells that its own is kept.
        var isCertain = begin <= Volatile.Read(ref _pendingFrom) || ordinal > begin || (byOffset && place.Offset == _start.Value);
        var found = isCertain ? new Found(place, null) : new Found(default, new LogFault(
            LogError.Removed, $"the beginning of a view of partition {now.Id} was removed before anyone read it"));
        return Interlocked.CompareExchange(ref _found, found, null) ?? found;
    }

    private bool HasCome(PartitionSnapshot now) => now.End.Ordinal > 0 &&
        (_start.Kind == ViewStartKind.Offset ? now.End.Offset > _start.Value : now.MaxTimestamp >= _start.Value);

    private sealed record Found(LogPlace Place, LogFault? Fault);
}
