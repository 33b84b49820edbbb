using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// What is fetched for a mirror: where it has to catch up, at that pace until it comes to the end, from there on as one that waits.
/// What is wanted is one thing, what is fetched another: whoever changes what is wanted brings the other in line, or leaves it to the
/// thread that is just doing so. Safe for several threads.
/// </summary>
/// <param name="begin">Begins to fetch.</param>
/// <param name="sink">Takes what comes of what is wanted, and of nothing else.</param>
internal sealed class MirrorFetch(BeginFetch begin, IFetchSink sink)
{
    private readonly Lock _gate = new();
    private volatile FetchRun? _wanted;
    private FetchRun? _begun;
    private IDisposable? _fetching;
    private bool _isChanging;

    /// <summary>Whether something is wanted. It is fetched, or will be at once.</summary>
    public bool IsActive => _wanted is not null;

    /// <summary>Fetches, where nothing is fetched.</summary>
    /// <param name="offset">The first offset that is wanted.</param>
    /// <param name="pace">How, until it comes to the end.</param>
    /// <returns>Null, or why it can't begin; the sink is told where another thread begins it.</returns>
    public Failure? Start(long offset, FetchPace pace)
    {
        FetchRun run;
        lock (_gate)
        {
            if (_wanted is not null)
                return null;
            _wanted = run = new FetchRun(sink, offset, pace);
        }
        return Change(run);
    }

    /// <summary>Ends it, and waits for a call of the sink, so that the caller must hold no lock that the sink takes.</summary>
    /// <param name="unless">Whether it goes on, asked when nobody can start it; null where it ends in any case.</param>
    public void Stop(Func<bool>? unless = null)
    {
        FetchRun? ended;
        lock (_gate)
        {
            if (unless?.Invoke() == true)
                return;
            (ended, _wanted) = (_wanted, null);
        }
        ended?.End();
        Change(null);
    }

    /// <summary>All that there are came: what was caught up with is waited for.</summary>
    /// <param name="next">The next message gets at least this offset.</param>
    public void ReachedEnd(long next)
    {
        FetchRun ended;
        var run = new FetchRun(sink, next, FetchPace.Tail);
        lock (_gate)
        {
            if (_wanted is not { Pace: FetchPace.CatchUp } caughtUp)
                return;
            (ended, _wanted) = (caughtUp, run);
        }
        ended.End();
        // Where it can't begin, whoever tends the mirror finds that nothing is fetched.
        Change(run);
    }

    /// <summary>Brings what is fetched in line with what is wanted, unless another thread does.</summary>
    /// <param name="mine">What the caller wants; of another run the sink is told where it can't begin.</param>
    /// <returns>Null, or why what the caller wants can't begin.</returns>
    private Failure? Change(FetchRun? mine)
    {
        lock (_gate)
        {
            if (_isChanging)
                return null;
            _isChanging = true;
        }
        Failure? refused = null;
        while (HasChanged(out var ended, out var run))
        {
            // The partition has to be free before it is fetched again.
            ended?.Dispose();
            if (run is null || Begin(run) is not { } failure)
                continue;
            if (run == mine)
                refused = failure;
            else
                run.Failed(failure);
            lock (_gate)
                _wanted = _wanted == run ? null : _wanted;
        }
        return refused;
    }

    /// <summary>Whether what is fetched is not what is wanted; where it is, the change is over.</summary>
    private bool HasChanged(out IDisposable? ended, out FetchRun? wanted)
    {
        lock (_gate)
        {
            (ended, wanted) = (null, _wanted);
            _isChanging = wanted != _begun;
            if (_isChanging)
                (ended, _fetching, _begun) = (_fetching, null, null);
            return _isChanging;
        }
    }

    private Failure? Begin(FetchRun run)
    {
        try
        {
            var started = begin(run.Offset, run, run.Pace);
            lock (_gate)
                if (started.Value is { } fetching)
                    (_fetching, _begun) = (fetching, run);
            return started.Failure;
        }
        catch
        {
            lock (_gate)
                (_isChanging, _wanted) = (false, null);
            throw;
        }
    }
}

/// <summary>Begins to fetch a partition.</summary>
/// <param name="offset">The first offset that is wanted.</param>
/// <param name="sink">Takes the messages, also before this has returned.</param>
/// <param name="pace">How.</param>
/// <returns>What ends it, or why it can't begin.</returns>
internal delegate Result<IDisposable> BeginFetch(long offset, IFetchSink sink, FetchPace pace);
