using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>The requests that wait while an entity opens its source, in their order.</summary>
/// <typeparam name="TRequest">The requests.</typeparam>
/// <typeparam name="TAsker">Who asks.</typeparam>
internal sealed class Pending<TRequest, TAsker>(int maximum)
{
    private List<(TRequest Request, TAsker Asker)> _requests = [];

    /// <summary>Keeps a request.</summary>
    /// <returns>Null, or why it can't be kept.</returns>
    public Failure? Add(TRequest request, TAsker asker)
    {
        if (_requests.Count >= maximum)
            return new Failure(Fault.Overloaded, $"{maximum} requests wait for the source");
        _requests.Add((request, asker));
        return null;
    }

    /// <summary>Takes some out.</summary>
    /// <param name="which">Which they are.</param>
    /// <returns>Who asked them.</returns>
    public IReadOnlyList<TAsker> Take(Predicate<TRequest> which)
    {
        TAsker[] taken = [.. _requests.Where(waiting => which(waiting.Request)).Select(waiting => waiting.Asker)];
        if (taken.Length > 0)
            _requests.RemoveAll(waiting => which(waiting.Request));
        return taken;
    }

    /// <summary>Takes all out.</summary>
    public IReadOnlyList<(TRequest Request, TAsker Asker)> Take()
    {
        var taken = _requests;
        _requests = [];
        return taken;
    }
}
