using System.Collections.Immutable;

namespace StreamActors.Etcd;

/// <summary>A row of an <see cref="EtcdTable"/>.</summary>
/// <param name="Key">Its key, without the table's prefix.</param>
/// <param name="Value">What stands there; null for nothing.</param>
/// <param name="Revision">The revision that changed it last; 0 where nothing stands there.</param>
public sealed record EtcdRow(string Key, string? Value, long Revision);

/// <summary>
/// What several hosts have in common, beneath a prefix that is the table's own. This host keeps a copy by a watch, so that a look
/// costs nothing; a row is changed only where nobody has changed it since it was read. Safe for several threads.
/// </summary>
public sealed class EtcdTable : IDisposable
{
    private readonly IEtcd _etcd;
    private readonly string _prefix;
    private readonly Steps _steps = new();
    private readonly EtcdMirror _mirror;
    private readonly Action<EtcdFault> _failed;
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Only in steps.
    private EtcdError? _failing;
    private ImmutableSortedDictionary<string, EtcdRow> _rows = ImmutableSortedDictionary.Create<string, EtcdRow>(StringComparer.Ordinal);

    /// <summary>Makes it, and begins to copy.</summary>
    /// <param name="etcd">Where the rows are.</param>
    /// <param name="prefix">The beginning of their keys.</param>
    /// <param name="clock">The clock of waits.</param>
    /// <param name="failed">Told why the copy can't be had, once for each kind of fault in a row; it goes on by itself. Any thread may tell.</param>
    public EtcdTable(IEtcd etcd, string prefix, TimeProvider clock, Action<EtcdFault> failed)
    {
        (_etcd, _prefix) = (etcd, prefix);
        _failed = failed;
        _mirror = new EtcdMirror(etcd, prefix, clock, _steps.Run, Follow, Note);
        _steps.Begin();
    }

    /// <summary>Told, by any thread and in turn, when the copy has changed. Set before anything else is done; it does not block.</summary>
    public Action? Changed { get; set; }

    /// <summary>The copy, by keys. It may be behind.</summary>
    public ImmutableSortedDictionary<string, EtcdRow> Rows => Volatile.Read(ref _rows);

    /// <summary>Ends when the rows are known the first time.</summary>
    public Task Listed => _listed.Task;

    /// <summary>Reads a row as it is now.</summary>
    /// <param name="key">Its key.</param>
    /// <returns>The row, or why etcd does not tell.</returns>
    public async Task<EtcdResult<EtcdRow>> ReadAsync(string key)
    {
        var read = await _etcd.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Get(_prefix + key))).ConfigureAwait(false);
        return read.Succeeded ? RowOf(key, read.Value) : read.Fault;
    }

    /// <summary>Changes a row, where it still is as it was read.</summary>
    /// <param name="known">The row as it was read.</param>
    /// <param name="value">What is to stand there; null for nothing.</param>
    /// <returns>The row as it is after that: with this value, or as somebody else has changed it. Or why etcd does not tell.</returns>
    public async Task<EtcdResult<EtcdRow>> ChangeAsync(EtcdRow known, string? value)
    {
        ArgumentNullException.ThrowIfNull(known);
        var key = _prefix + known.Key;
        var written = await _etcd.CommitAsync(EtcdTransaction.If(new EtcdCondition.ModifiedAt(key, known.Revision))
            .Do(value is null ? new EtcdOperation.Delete(key) : new EtcdOperation.Put(key, value))
            .Else(new EtcdOperation.Get(key))).ConfigureAwait(false);
        if (!written.Succeeded)
            return written.Fault;
        return written.Value.Succeeded
            ? new EtcdRow(known.Key, value, value is null ? 0 : written.Value.Revision) : RowOf(known.Key, written.Value);
    }

    /// <inheritdoc/>
    public void Dispose() => _steps.Run(_mirror.Dispose);

    private static EtcdRow RowOf(string key, EtcdCommit found) =>
        found.Found is [var entry] ? new EtcdRow(key, entry.Value, entry.ModRevision) : new EtcdRow(key, null, 0);

    private void Follow(IReadOnlyList<EtcdEvent> changes)
    {
        var rows = _rows.ToBuilder();
        foreach (var (entry, isDelete) in changes)
        {
            var key = entry.Key[_prefix.Length..];
            if (isDelete)
                rows.Remove(key);
            else
                rows[key] = new EtcdRow(key, entry.Value, entry.ModRevision);
        }
        _failing = null;
        Volatile.Write(ref _rows, rows.ToImmutable());
        _listed.TrySetResult();
        Changed?.Invoke();
    }

    private void Note(EtcdFault fault)
    {
        if (fault.Error is EtcdError.Compacted or EtcdError.Closed || fault.Error == _failing)
            return;
        _failing = fault.Error;
        _failed(fault);
    }
}
