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

    /// <summary>Takes all out.</summary>
    public IReadOnlyList<(TRequest Request, TAsker Asker)> Take()
    {
        var taken = _requests;
        _requests = [];
        return taken;
    }
}
