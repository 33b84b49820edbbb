using System.Text;

namespace StreamActors.Logs;

/// <content>What is kept with a partition besides its messages: named cursors, and properties of its owner.</content>
public sealed partial class LogDirectory
{
    /// <summary>Sets or forgets a named cursor.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="name">The cursor's name, at most 255 bytes of UTF-8.</param>
    /// <param name="offset">The next offset that it has not acknowledged, or null to forget it.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? SetCursor(IncarnationId id, string name, long? offset) => Changing(() =>
    {
        var log = ActivateWithFiles(id);
        if (offset < 0 || Encoding.UTF8.GetByteCount(name) is 0 or > 255)
            throw new LogIOException(LogError.Invalid, "a cursor has a name of 1 to 255 bytes, and an offset that is not negative");
        if (offset is not null && !log.State.Cursors.ContainsKey(name) && log.State.Cursors.Count >= _options.MaxCursors)
            throw new LogIOException(LogError.Busy, $"partition {id} has {_options.MaxCursors} cursors, the most there may be");
        Commit(ControlRecord.Cursor(id, name, offset ?? -1), RecordKind.Cursor);
        log.State.SetCursor(name, offset ?? -1);
        log.Changed();
    });

    /// <summary>Makes a named cursor, at the oldest message.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="name">The cursor's name, at most 255 bytes of UTF-8.</param>
    /// <returns>Null, or why not: <see cref="LogError.Exists"/>.</returns>
    public LogFault? CreateCursor(IncarnationId id, string name)
    {
        var state = Guarded(() => _table.Activate(id).State);
        if (!state.Succeeded)
            return state.Fault;
        return state.Value.Cursors.ContainsKey(name)
            ? new LogFault(LogError.Exists, $"partition {id} has a cursor {name}")
            : SetCursor(id, name, state.Value.Begin.Offset);
    }

    /// <summary>Where a named cursor of several partitions is in one of them.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="home">The partition that says whether there is such a cursor; null where the caller knows that there is.</param>
    /// <param name="name">The cursor's name.</param>
    /// <returns>The next offset that it has not acknowledged, at first the oldest message's; null where there is no such cursor.</returns>
    public LogResult<long?> FindCursor(IncarnationId id, IncarnationId? home, string name) => Guarded<long?>(() =>
    {
        if (home is { } first && !_table.Activate(first).State.Cursors.ContainsKey(name))
            return null;
        var state = _table.Activate(id).State;
        return state.Cursors.TryGetValue(name, out var offset) ? offset : state.Begin.Offset;
    });

    /// <summary>The named cursors of a partition.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Names and offsets, in the order of the names.</returns>
    public LogResult<IReadOnlyList<KeyValuePair<string, long>>> Cursors(IncarnationId id) =>
        Guarded<IReadOnlyList<KeyValuePair<string, long>>>(() => [.. _table.Activate(id).State.Cursors]);

    /// <summary>Keeps a few bytes with a partition, for its owner: what a mirror knows of its source, for one.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="name">The property's name, 1 to 255 bytes of UTF-8.</param>
    /// <param name="value">At most <see cref="LogOptions.MaxPropertyBytes"/>; none forgets it.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? SetProperty(IncarnationId id, string name, ReadOnlyMemory<byte> value) => Changing(() =>
    {
        var log = ActivateWithFiles(id);
        if (value.Length > LogOptions.MaxPropertyBytes || Encoding.UTF8.GetByteCount(name) is 0 or > 255)
            throw new LogIOException(LogError.TooLarge, $"a property has a name of 1 to 255 bytes, and at most {LogOptions.MaxPropertyBytes} bytes");
        if (!value.IsEmpty && !log.State.Properties.ContainsKey(name) && log.State.Properties.Count >= LogOptions.MaxProperties)
            throw new LogIOException(LogError.Busy, $"partition {id} has {LogOptions.MaxProperties} properties, the most there may be");
        Commit(ControlRecord.Property(id, name, value.Span), RecordKind.Property);
        log.State.SetProperty(name, value.Span);
        log.Changed();
    });

    /// <summary>What <see cref="SetProperty"/> keeps with a partition.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Names and values, in the order of the names.</returns>
    public LogResult<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Properties(IncarnationId id) =>
        Guarded<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>>(() =>
            [.. _table.Activate(id).State.Properties.Select(pair => KeyValuePair.Create(pair.Key, (ReadOnlyMemory<byte>)pair.Value))]);
}
