using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>Which handles read by which named cursors, and how far they have acknowledged. One caller at a time.</summary>
internal sealed class NamedCursors
{
    private readonly Dictionary<EntityName, HandleId> _handles = [];
    private readonly Dictionary<HandleId, Reading> _readings = [];

    /// <summary>Whether a handle reads by a cursor, or is being opened for it.</summary>
    public bool IsOpen(EntityName cursor) => _handles.ContainsKey(cursor);

    /// <summary>Whether another handle reads by a cursor.</summary>
    public bool IsOpenBeside(HandleId handle, EntityName cursor) => _handles.TryGetValue(cursor, out var other) && other != handle;

    /// <summary>The cursor that a handle reads by.</summary>
    public EntityName? Of(HandleId handle) => _readings.TryGetValue(handle, out var reading) ? reading.Cursor : null;

    /// <summary>A handle reads by a cursor from now on.</summary>
    public void Open(HandleId handle, EntityName cursor)
    {
        _handles[cursor] = handle;
        _readings[handle] = new Reading(cursor);
    }

    /// <summary>A handle does no longer.</summary>
    /// <returns>The cursor that nobody reads by any more; null where the handle read by none.</returns>
    public EntityName? Close(HandleId handle)
    {
        if (!_readings.Remove(handle, out var reading))
            return null;
        _handles.Remove(reading.Cursor);
        return reading.Cursor;
    }

    /// <summary>Begins to acknowledge.</summary>
    /// <returns>False where that much was acknowledged already, or is about to be.</returns>
    public bool Begin(HandleId handle, long offset)
    {
        var reading = _readings[handle];
        if (offset <= reading.Asked)
            return false;
        reading.Asked = offset;
        return true;
    }

    /// <summary>Ends acknowledging; after a failure the same offset can be acknowledged again.</summary>
    public void Acknowledged(HandleId handle, bool succeeded)
    {
        if (!succeeded && _readings.TryGetValue(handle, out var reading))
            reading.Asked = -1;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _handles.Clear();
        _readings.Clear();
    }

    private sealed class Reading(EntityName cursor)
    {
        public EntityName Cursor => cursor;

        public long Asked { get; set; } = -1;
    }
}
