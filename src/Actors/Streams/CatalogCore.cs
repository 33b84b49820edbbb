using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>What a <see cref="CatalogCore{TAsker}"/> wants done; a closed set.</summary>
/// <typeparam name="TAsker">Who asks.</typeparam>
public abstract record CatalogEffect<TAsker>
{
    private CatalogEffect()
    {
    }

    /// <summary>Answer someone.</summary>
    /// <param name="To">Who.</param>
    /// <param name="Message">A <see cref="CatalogReply"/> or a <see cref="Failure"/>.</param>
    public sealed record Reply(TAsker To, object Message) : CatalogEffect<TAsker>;

    /// <summary>Resolve a file; the outcome goes to <see cref="CatalogCore{TAsker}.Resolved"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="File">The file.</param>
    public sealed record Resolve(long Epoch, ISimulatedFile File) : CatalogEffect<TAsker>;
}

/// <summary>
/// Has files resolved, each version of one once, however many ask for it at the same time. Every call is one step. One
/// caller at a time.
/// </summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class CatalogCore<TAsker>
{
    private readonly long _epoch;
    private readonly int _maxPending;
    private readonly Dictionary<FileVersion, List<TAsker>> _resolving = [];
    private int _pending;

    /// <summary>Makes the core of an actor that was just started.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public CatalogCore(EntitySettings settings, long epoch)
    {
        _epoch = epoch;
        _maxPending = settings.MaxPending;
    }

    /// <summary>Handles a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<CatalogEffect<TAsker>> Handle(CatalogRequest.Resolve request, TAsker asker)
    {
        if (_pending >= _maxPending)
            return [new CatalogEffect<TAsker>.Reply(asker, new Failure(Fault.Overloaded, $"{_maxPending} look-ups wait for files to be read"))];
        _pending++;
        var key = request.File.Version;
        if (_resolving.TryGetValue(key, out var askers))
        {
            askers.Add(asker);
            return [];
        }
        _resolving[key] = [asker];
        return [new CatalogEffect<TAsker>.Resolve(_epoch, request.File)];
    }

    /// <summary>Takes the outcome of <see cref="CatalogEffect{TAsker}.Resolve"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="file">The file.</param>
    /// <param name="outcome">What it is, or why that can't be told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<CatalogEffect<TAsker>> Resolved(long epoch, ISimulatedFile file, Result<CatalogReply> outcome)
    {
        if (epoch != _epoch || !_resolving.Remove(file.Version, out var askers))
            return [];
        _pending -= askers.Count;
        var reply = outcome.Value ?? (object)outcome.Failure!;
        return askers.ConvertAll(CatalogEffect<TAsker> (asker) => new CatalogEffect<TAsker>.Reply(asker, reply));
    }

    /// <summary>The actor ends, or starts anew: whoever waits is told.</summary>
    /// <param name="failure">What they are told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<CatalogEffect<TAsker>> Stop(Failure failure)
    {
        var effects = new List<CatalogEffect<TAsker>>();
        foreach (var askers in _resolving.Values)
            effects.AddRange(askers.ConvertAll(asker => new CatalogEffect<TAsker>.Reply(asker, failure)));
        _resolving.Clear();
        _pending = 0;
        return effects;
    }
}
