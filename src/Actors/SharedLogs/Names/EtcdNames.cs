using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using StreamActors.Etcd;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources.Log;

namespace StreamActors.SharedLogs;

/// <summary>
/// The names of a volume in etcd. This host keeps a copy by a watch. A change is computed from the copy and committed only where
/// nobody has changed streams or topics since; else it is computed anew. Ids are made of etcd's revision, so that none is ever
/// given twice, whatever is deleted by hand.
/// </summary>
public sealed class EtcdNames : ISharedNames, IDisposable
{
    // So often others may come first before a change is refused as Busy.
    private const int MaxTries = 20;

    private static readonly ImmutableSortedDictionary<string, ulong> NoCursors = ImmutableSortedDictionary.Create<string, ulong>(StringComparer.Ordinal);

    private readonly IEtcd _etcd;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _patience;
    private readonly ILogger _log;
    private readonly KnownRecords _records = new();
    private readonly NamesKeys _keys;
    private readonly Steps _steps = new();
    private readonly EtcdMirror _mirror;

    // Only in steps.
    private readonly List<(Func<NamesState, bool> Until, TaskCompletionSource<NamesState?> Promise)> _waiting = [];
    private EtcdError? _failing;
    private bool _isDisposed;
    private NamesState? _state;

    /// <summary>Makes it, and begins to copy.</summary>
    /// <param name="etcd">Where the names are.</param>
    /// <param name="prefix">The beginning of their keys, which no other volume has.</param>
    /// <param name="clock">What time it is, and the clock of waits.</param>
    /// <param name="patience">How long a change may wait for etcd, and for the copy to know it.</param>
    /// <param name="log">Told of keys that mean nothing, and of what etcd refuses.</param>
    public EtcdNames(IEtcd etcd, string prefix, TimeProvider clock, TimeSpan patience, ILogger log)
    {
        (_etcd, _clock, _patience, _log, _keys) = (etcd, clock, patience, log, new NamesKeys(prefix));
        _mirror = new EtcdMirror(etcd, prefix, clock, _steps.Run, _ => Follow(), Note);
        _steps.Begin();
    }

    /// <summary>Told, in turn, when the copy has changed. Set before anything else is done; it does not block.</summary>
    public Action? Changed { get; set; }

    /// <inheritdoc/>
    public NamesSnapshot Now => State.Names;

    /// <summary>The names as they are known.</summary>
    internal NamesState State => Volatile.Read(ref _state) ?? NamesState.Of(_keys, [], 0, new KnownRecords());

    /// <summary>Ends when the names are known the first time.</summary>
    /// <returns>False where they are not within the patience.</returns>
    public async Task<bool> ReadyAsync() => await WaitAsync(_ => true).ConfigureAwait(false) is not null;

    /// <inheritdoc/>
    public async Task<LogFault?> Refresh()
    {
        var read = await _etcd.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Get(_keys.Version))).ConfigureAwait(false);
        if (!read.Succeeded)
            return FaultOf(read.Fault);
        var version = read.Value.Found is [var found] ? found.ModRevision : 0;
        return await WaitAsync(now => now.Version >= version).ConfigureAwait(false) is null ? Unknown("etcd does not tell the names") : null;
    }

    /// <inheritdoc/>
    public bool IsUsed(ulong stream) => State.Used.Contains(stream);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ulong> CursorsOf(ulong topic) => State.Cursors.GetValueOrDefault(topic, NoCursors);

    /// <inheritdoc/>
    public Task<LogResult<NamedStream>> CreateStream(string name, Framing framing) =>
        ChangeAsync(edit => edit.CreateStream(name, framing), (names, id) => names.Streams.GetValueOrDefault(id));

    /// <inheritdoc/>
    public Task<LogFault?> RenameStream(ulong stream, string name) => ChangeAsync(edit => edit.RenameStream(stream, name));

    /// <inheritdoc/>
    public Task<LogFault?> SetFraming(ulong stream, Framing framing) => ChangeAsync(edit => edit.SetFraming(stream, framing));

    /// <inheritdoc/>
    public Task<LogResult<NamedStream>> Use(ulong stream) => ChangeAsync(
        edit =>
        {
            edit.Use(stream);
            return stream;
        },
        (names, id) => names.Streams.GetValueOrDefault(id));

    /// <inheritdoc/>
    public async Task<LogFault?> DeleteStream(ulong stream)
    {
        var fault = await ChangeAsync(edit => edit.DeleteStream(stream)).ConfigureAwait(false);
        // What fails now is done by whoever clears next.
        if (fault is null)
            await ClearGoneStreamsAsync().ConfigureAwait(false);
        return fault;
    }

    /// <inheritdoc/>
    public Task<LogResult<NamedTopic>> CreateTopic(ulong stream, string name, int partitions) =>
        ChangeAsync(edit => edit.CreateTopic(stream, name, partitions), (names, id) => names.Topics.GetValueOrDefault(id));

    /// <inheritdoc/>
    public Task<LogResult<NamedTopic>> AddPartition(ulong topic, int index) => ChangeAsync(
        edit =>
        {
            edit.AddPartition(topic, index);
            return topic;
        },
        (names, id) => names.Topics.GetValueOrDefault(id));

    /// <inheritdoc/>
    public Task<LogFault?> RenameTopic(ulong topic, ulong from, ulong to, string name) =>
        ChangeAsync(edit => edit.RenameTopic(topic, from, to, name));

    /// <inheritdoc/>
    public Task<LogFault?> DeleteTopic(ulong topic, ulong stream) => ChangeAsync(edit => edit.DeleteTopic(topic, stream));

    /// <inheritdoc/>
    public Task<LogFault?> CreateCursor(ulong topic, string name) => ChangeAsync(edit => edit.CreateCursor(topic, name));

    /// <inheritdoc/>
    public async Task<LogFault?> ForgetCursor(ulong topic, string name)
    {
        if (!CursorsOf(topic).ContainsKey(name))
            return null;
        var commit = await _etcd.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Delete(_keys.Cursor(topic, name)))).ConfigureAwait(false);
        return commit.Succeeded ? await KnowAsync(commit.Value.Revision).ConfigureAwait(false) : FaultOf(commit.Fault);
    }

    /// <summary>Forgets the topics of streams that were deleted, each in a transaction of its own: there may be more than one may have.</summary>
    /// <returns>Ends when that is done, or can't be done now.</returns>
    public async Task ClearGoneStreamsAsync()
    {
        foreach (var (id, gone) in State.Gone.Where(gone => gone.Value.Record.Partitions is null).ToArray())
        {
            foreach (var (topic, record) in State.Hidden.Where(topic => topic.Record.Stream == id).ToArray())
                if (await ChangeAsync(edit => edit.Forget(topic, record.Partitions)).ConfigureAwait(false) is not null)
                    return;
            await _etcd.CommitAsync(EtcdTransaction.If(new EtcdCondition.ModifiedAt(_keys.GoneOf(id), gone.ModRevision))
                .Do(new EtcdOperation.Delete(_keys.GoneOf(id)))).ConfigureAwait(false);
        }
    }

    /// <summary>Takes note that partitions of a deleted topic are removed; with the last the topic is forgotten for good.</summary>
    /// <param name="topic">The topic's id.</param>
    /// <param name="indexes">The numbers of the partitions.</param>
    internal async Task RemovedAsync(ulong topic, IReadOnlyCollection<int> indexes)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var state = State;
            if (!state.Gone.TryGetValue(topic, out var gone) || gone.Record.Partitions is not { } partitions)
                return;
            ulong[] left = [.. partitions.Select((id, index) => indexes.Contains(index) ? 0 : id)];
            var key = _keys.GoneOf(topic);
            var isLast = left.All(id => id == 0);
            EtcdOperation[] done = isLast
                ? [new EtcdOperation.Delete(key), .. state.Cursors.GetValueOrDefault(topic, NoCursors).Keys.Take(100)
                    .Select(name => new EtcdOperation.Delete(_keys.Cursor(topic, name)))]
                : [new EtcdOperation.Put(key, NamesRecords.Write(new GoneRecord(left)))];
            var commit = await _etcd.CommitAsync(EtcdTransaction.If(new EtcdCondition.ModifiedAt(key, gone.ModRevision)).Do(done)).ConfigureAwait(false);
            if (commit.Value is not { } outcome)
                return;
            await WaitAsync(outcome.Succeeded ? now => now.Revision >= outcome.Revision : now => now.Revision > state.Revision).ConfigureAwait(false);
            if (outcome.Succeeded)
                return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _steps.Run(() =>
    {
        _isDisposed = true;
        _mirror.Dispose();
        foreach (var (_, promise) in _waiting)
            promise.TrySetResult(null);
        _waiting.Clear();
    });

    private async Task<LogFault?> ChangeAsync(Action<NamesEdit> change)
    {
        var changed = await ChangeAsync<string>(
            edit =>
            {
                change(edit);
                return 0;
            },
            (_, _) => "").ConfigureAwait(false);
        return changed.Fault;
    }

    private async Task<LogResult<T>> ChangeAsync<T>(Func<NamesEdit, ulong> change, Func<NamesSnapshot, ulong, T?> result)
        where T : class
    {
        Func<NamesState, bool> until = _ => true;
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await WaitAsync(until).ConfigureAwait(false) is not { } state)
                return Unknown("etcd does not tell the names");
            var edit = new NamesEdit(_keys, state, NextId(state), _clock.GetUtcNow().ToUnixTimeMilliseconds());
            ulong id;
            try
            {
                id = change(edit);
            }
            catch (LogIOException refused)
            {
                return LogFault.Of(refused);
            }
            if (edit.Operations.Count > 0)
            {
                var commit = await _etcd.CommitAsync(EtcdTransaction.If(new EtcdCondition.ModifiedAt(_keys.Version, state.Version))
                    .Do([.. edit.Operations, new EtcdOperation.Put(_keys.Version, "")])
                    .Else(new EtcdOperation.Get(_keys.Version))).ConfigureAwait(false);
                if (!commit.Succeeded)
                    return FaultOf(commit.Fault);
                if (!commit.Value.Succeeded)
                {
                    // Somebody else was first, and this host does not know it yet.
                    var version = commit.Value.Found is [var found] ? found.ModRevision : 0;
                    until = now => now.Version >= version && now.Version != state.Version;
                    continue;
                }
                if (await KnowAsync(commit.Value.Revision).ConfigureAwait(false) is { } late)
                    return late;
            }
            return result(Now, id) is { } made ? made : new LogFault(LogError.NotFound, "it was deleted meanwhile");
        }
        return new LogFault(LogError.Busy, "names are being changed by others");
    }

    private static ulong NextId(NamesState state) => (ulong)state.Revision * NamesEdit.MaxIds;

    private async Task<LogFault?> KnowAsync(long revision) =>
        await WaitAsync(now => now.Revision >= revision).ConfigureAwait(false) is null ? Unknown("etcd does not tell what it did") : null;

    /// <summary>The names as soon as they are as one wants them; null where that takes longer than the patience.</summary>
    private async Task<NamesState?> WaitAsync(Func<NamesState, bool> until)
    {
        // Who waits goes on in the step that has brought what it waits for.
        var promise = new TaskCompletionSource<NamesState?>();
        _steps.Run(() =>
        {
            if (_isDisposed)
                promise.SetResult(null);
            else if (_state is { } state && until(state))
                promise.SetResult(state);
            else
                _waiting.Add((until, promise));
        });
        using var timer = _clock.CreateTimer(
            _ => _steps.Run(() =>
            {
                if (promise.TrySetResult(null))
                    _waiting.RemoveAll(waiting => waiting.Promise == promise);
            }),
            null, _patience, Timeout.InfiniteTimeSpan);
        return await promise.Task.ConfigureAwait(false);
    }

    private void Follow()
    {
        var state = NamesState.Of(_keys, _mirror.Entries.Values, _mirror.Revision, _records);
        foreach (var (key, reason) in state.Strange)
            if (_state?.Strange.GetValueOrDefault(key) != reason)
                _log.Strange(key, reason);
        _failing = null;
        Volatile.Write(ref _state, state);
        foreach (var waiting in _waiting.Where(waiting => waiting.Until(state)).ToArray())
        {
            _waiting.Remove(waiting);
            waiting.Promise.TrySetResult(state);
        }
        Changed?.Invoke();
    }

    private void Note(EtcdFault fault)
    {
        if (fault.Error == EtcdError.Compacted || fault.Error == _failing)
            return;
        _failing = fault.Error;
        _log.NamesFail(fault.Cause, fault.Error, fault.Detail);
    }

    private static LogFault FaultOf(EtcdFault fault) => new(
        fault.Error switch
        {
            EtcdError.NoSpace => LogError.NoSpace,
            EtcdError.Denied => LogError.Denied,
            EtcdError.Busy => LogError.Busy,
            EtcdError.Invalid => LogError.TooLarge,
            _ => LogError.Unconfirmed,
        },
        $"etcd: {fault.Detail}", fault.Cause);

    private static LogFault Unknown(string what) => new(LogError.Unconfirmed, what);
}
