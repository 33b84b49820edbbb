using System.Text.Json;
using System.Text.Json.Serialization;
using StreamActors.Etcd;
using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>
/// The release of streams that several hosts show: how many messages of each topic are released stands in etcd, and is told by none
/// before it stands there. So sizes are the same on all hosts, and never go back, whatever their clocks do. While somebody watches,
/// this host counts on when it is time; of several that do, one is first.
/// </summary>
public sealed class SharedReleaseClock : IReleaseClock, IDisposable
{
    private const string Key = "count";

    // Where the interval is shorter, several messages are released at a time.
    private static readonly TimeSpan LeastStep = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRelease = TimeSpan.FromDays(1_000_000);
    private static readonly TimeSpan LongestStep = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryWait = TimeSpan.FromMilliseconds(500);

    private readonly EtcdTable _table;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly Lock _gate = new();
    private readonly List<Action> _watchers = [];
    private readonly ITimer _timer;
    private State _state;

    // When the count was last seen to change, by a clock that nobody sets.
    private long _changedAt;
    private bool _isCounting;
    private bool _isDisposed;

    /// <summary>Makes it.</summary>
    /// <param name="table">Where the count stands; whoever made it disposes of it after this. It is nobody else's.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interval">From one message to the next, above zero.</param>
    public SharedReleaseClock(EtcdTable table, TimeProvider time, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        (_table, _time, _interval) = (table, time, interval);
        _changedAt = time.GetTimestamp();
        _state = new State(new ReleaseCount(time.GetUtcNow().ToUnixTimeMilliseconds(), 0), 0);
        _timer = time.CreateTimer(_ => _ = CountAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _table.Changed = () =>
        {
            if (_table.Rows.TryGetValue(Key, out var row))
                Adopt(row);
        };
    }

    /// <inheritdoc/>
    public DateTimeOffset StartedAt => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _state).Count.Started);

    /// <inheritdoc/>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Math.Min(Volatile.Read(ref _state).Count.Released, TimeSpan.MaxValue.Ticks / _interval.Ticks) * _interval.Ticks);

    /// <inheritdoc/>
    public int Released(TimeSpan elapsed, int total) => (int)Math.Clamp(elapsed.Ticks / _interval.Ticks, 0, total);

    /// <inheritdoc/>
    public TimeSpan? UntilNext(TimeSpan elapsed, int total) => null;

    /// <inheritdoc/>
    public DateTimeOffset ReleasedAt(int released) => StartedAt + TimeSpan.FromTicks((long)Int128.Min((Int128)released * _interval.Ticks, LongestRelease.Ticks));

    /// <inheritdoc/>
    public async Task<Failure?> CatchUp()
    {
        var read = await _table.ReadAsync(Key).ConfigureAwait(false);
        // What others have told stands there, also where this host's copy is behind.
        while (read.Value is { } row)
        {
            Adopt(row);
            if (Next(row) is not { } next)
                return null;
            read = await _table.ChangeAsync(row, next).ConfigureAwait(false);
        }
        return new Failure(Fault.TimedOut, $"etcd: {read.Fault!.Detail}", read.Fault.Cause);
    }

    /// <inheritdoc/>
    public IDisposable? Watch(Action released)
    {
        lock (_gate)
        {
            _watchers.Add(released);
            if (_watchers.Count == 1)
                SetTimer(TimeSpan.Zero);
        }
        return new Watching(this, released);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _timer.Dispose();
    }

    /// <summary>What is to stand there instead, once there is more to release; null while there is not.</summary>
    private string? Next(EtcdRow row)
    {
        var (state, now) = (Volatile.Read(ref _state), _time.GetUtcNow());
        // Where somebody has deleted it, it goes on from what this host has told.
        if (ReleaseCount.TryRead(row.Value) is not { } known)
            return (state.Revision == 0 ? new ReleaseCount(now.ToUnixTimeMilliseconds(), 0) : state.Count).Write();
        var due = (now - DateTimeOffset.FromUnixTimeMilliseconds(known.Started)).Ticks / _interval.Ticks;
        // A clock that was set back holds nothing up.
        if (state.Revision != 0 && _time.GetElapsedTime(Volatile.Read(ref _changedAt)) >= _interval + RetryWait)
            due = Math.Max(due, known.Released + 1);
        due = Math.Max(due, state.Count.Released);
        due = Math.Min(due, int.MaxValue);
        return due > known.Released ? (known with { Released = due }).Write() : null;
    }

    private void Adopt(EtcdRow row)
    {
        if (ReleaseCount.TryRead(row.Value) is not { } count)
            return;
        Action[] told;
        lock (_gate)
        {
            if (row.Revision <= _state.Revision || (_state.Revision != 0 && count.Released <= _state.Count.Released))
                return;
            Volatile.Write(ref _state, new State(count, row.Revision));
            Volatile.Write(ref _changedAt, _time.GetTimestamp());
            told = [.. _watchers];
        }
        foreach (var watcher in told)
            watcher();
    }

    private async Task CountAsync()
    {
        lock (_gate)
        {
            if (_isCounting || _isDisposed)
                return;
            _isCounting = true;
        }
        var failure = await CatchUp().ConfigureAwait(false);
        lock (_gate)
        {
            _isCounting = false;
            if (_watchers.Count > 0)
                SetTimer(failure is null ? UntilDue() : RetryWait);
        }
    }

    private TimeSpan UntilDue()
    {
        var count = _state.Count;
        var elapsed = _time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(count.Started);
        var due = ((Int128)(count.Released + 1) * _interval.Ticks) - elapsed.Ticks;
        var latest = (_interval + RetryWait - _time.GetElapsedTime(_changedAt)).Ticks;
        return TimeSpan.FromTicks((long)Int128.Clamp(Int128.Min(due, latest), LeastStep.Ticks, LongestStep.Ticks));
    }

    private void SetTimer(TimeSpan due)
    {
        // Timers count in milliseconds and cut; to be early by a part of one would mean to ask twice.
        if (!_isDisposed)
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private void Unwatch(Action released)
    {
        lock (_gate)
        {
            _watchers.Remove(released);
            if (_watchers.Count == 0 && !_isDisposed)
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed record State(ReleaseCount Count, long Revision);

    private sealed class Watching(SharedReleaseClock clock, Action released) : IDisposable
    {
        public void Dispose() => clock.Unwatch(released);
    }
}

/// <summary>How far a release has come, as it stands in etcd.</summary>
/// <param name="Started">When it began, in milliseconds since 1970 UTC.</param>
/// <param name="Released">How many messages of each topic are released, where it has so many.</param>
internal sealed record ReleaseCount(long Started, long Released)
{
    /// <summary>Reads it; null where the text is none.</summary>
    public static ReleaseCount? TryRead(string? text)
    {
        try
        {
            return text is not null && JsonSerializer.Deserialize(text, SharedStreamsJson.Default.ReleaseCount) is { Started: >= 0, Released: >= 0 and <= int.MaxValue } read ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Its text.</summary>
    public string Write() => JsonSerializer.Serialize(this, SharedStreamsJson.Default.ReleaseCount);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(ReleaseCount))]
[JsonSerializable(typeof(SharedStreamRow))]
internal sealed partial class SharedStreamsJson : JsonSerializerContext;
