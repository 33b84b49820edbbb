namespace StreamActors.Etcd.Gateway;

/// <summary>The endpoints, of which one is preferred until it fails.</summary>
internal sealed class Endpoints(IReadOnlyList<Uri> addresses) : IDisposable
{
    private readonly Endpoint[] _all = [.. addresses.Select(address => new Endpoint(address))];
    private int _preferred;

    public int Count => _all.Length;

    public Endpoint Preferred => _all[Volatile.Read(ref _preferred)];

    /// <summary>Passes on from an endpoint that failed; of several callers that saw it fail only the first does.</summary>
    public void PassOn(Endpoint failed)
    {
        var index = Array.IndexOf(_all, failed);
        Interlocked.CompareExchange(ref _preferred, (index + 1) % _all.Length, index);
        failed.Fail();
    }

    public void Dispose()
    {
        foreach (var endpoint in _all) endpoint.Dispose();
    }
}
